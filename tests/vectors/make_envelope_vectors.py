#!/usr/bin/env python3
"""Makes tests/vectors/envelope from the second implementation of common/envelope/FORMAT.md.

    make_envelope_vectors.py            write the files
    make_envelope_vectors.py --check    exit 1 if what would be written is not what is there
    make_envelope_vectors.py --count    accept and reject cases for each numbered check

Every case is tried against the second implementation as it is made: a case whose outcome is not
what the case says ends the run. The first implementation is held to the files by its unit tests.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from envelope_cases import accepted, delivered, malformed, outside, parts  # noqa: E402
from envelope_cases.judge import judge  # noqa: E402
from envelope_cases.scene import Case, defaults  # noqa: E402

TARGET = HERE / "envelope"

NUMBERED: dict[str, Iterable[Case]] = {
    "accept": accepted.cases(),
    "check1": outside.check_1(),
    "check2": outside.check_2(),
    "check3": outside.check_3(),
    "check4": outside.check_4(),
    "check5": outside.check_5(),
    "check6": malformed.cases(),
    "check7": outside.check_7(),
    "check8": delivered.cases(),
}


def plain(value: Any) -> Any:
    """`value` as JSON has it: bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def written(case: Case) -> dict[str, Any]:
    """A case as it stands in its file, with what the second implementation makes of it."""
    entry = {
        "name": case.name,
        "result": "reject" if case.reason else "accept",
        "reason": case.reason,
        "check": case.check,
        "receiver": case.receiver,
        "seen": case.seen,
        "frames": plain(case.frames),
        **case.more,
    }
    outcome = judge(defaults() | entry)
    if outcome.get("reason") != case.reason:
        raise SystemExit(f"{case.name}: expected {case.reason}, found {outcome}")
    return entry | plain(outcome)


def numbered(cases: Iterable[Case]) -> dict[str, Any]:
    """All of one file, each case under its own name, and before them what all have in common."""
    entries = [written(case) for case in cases]
    twice = [n for n, count in Counter(entry["name"] for entry in entries).items() if count > 1]
    if twice:
        raise SystemExit(f"the same name twice: {twice}")
    return {"defaults": [defaults()], "cases": entries}


def files() -> Iterator[tuple[str, Any]]:
    """Every file's name and content."""
    for name, cases in NUMBERED.items():
        yield name, numbered(cases)
    yield "keys", parts.keys()
    yield "proof", {"cases": list(parts.proofs())}
    yield "authcontext", {"cases": plain(list(parts.auth_contexts()))}
    yield "registration", {"cases": plain(list(parts.registrations()))}


def text_of(content: Any) -> str:
    """JSON with one case on each line, so that changes can be read."""
    lists = []
    for name, entries in content.items():
        lines = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in entries)
        lists.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(lists) + "\n}\n"


def count() -> None:
    """How many cases there are."""
    totals: Counter[tuple[str, str]] = Counter()
    for name, content in files():
        if name == "keys":
            totals[name, "accept"] = len(content["derived"]) + len(content["texts"])
            totals[name, "reject"] = len(content["noKeys"])
            continue
        for entry in content["cases"]:
            totals[name, entry["result"]] += 1
    print(f"{'file':<14}{'accept':>8}{'reject':>8}")
    for name in dict.fromkeys(name for name, _ in totals):
        print(f"{name:<14}{totals[name, 'accept']:>8}{totals[name, 'reject']:>8}")
    sums = [sum(n for (_, one), n in totals.items() if one == r) for r in ("accept", "reject")]
    print(f"{'all':<14}{sums[0]:>8}{sums[1]:>8}")


def main() -> int:
    """Parses the arguments, and does what they say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--count", action="store_true", help="print how many cases there are")
    arguments = parser.parse_args()
    if arguments.count:
        count()
        return 0
    TARGET.mkdir(exist_ok=True)
    different = 0
    for name, content in files():
        path, text = TARGET / f"{name}.json", text_of(content)
        if not arguments.check:
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            print(f"{path.name} is not what this script makes", file=sys.stderr)
            different += 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
