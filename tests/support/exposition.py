"""A strict reader of Prometheus' text format, version 0.0.4: what Prometheus would refuse, or take
for something else than was meant, is an error here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
UNITS = ("_seconds", "_bytes")

Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    name: str
    help: str
    kind: str = ""
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def value(self, suffix: str = "", **labels: str) -> float:
        """Of the one series with exactly these labels; 0 if there is none."""
        return self.samples.get((self.name + suffix, tuple(sorted(labels.items()))), 0)

    def total(self, **labels: str) -> float:
        """Of all series that have these labels among theirs."""
        wanted = set(labels.items())
        return sum(value for (name, has), value in self.samples.items() if wanted <= set(has))

    def series(self) -> list[dict[str, str]]:
        return [dict(labels) for _, labels in self.samples]


def _labels(text: str) -> Labels:
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"not a label: {text[at:]!r}"
        found.append((match[1], match[2]))
        at = match.end()
        assert at == len(text) or text[at] == ",", f"after a label: {text[at:]!r}"
        at += 1
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), f"a label twice: {text!r}"
    return tuple(sorted(found))


def _number(text: str) -> float:
    special = {"+Inf": math.inf, "-Inf": -math.inf, "NaN": math.nan}
    if text in special:
        return special[text]
    assert re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text), f"not a number: {text!r}"
    return float(text)


def _check_histogram(family: Family) -> None:
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for (name, labels), value in family.samples.items():
        if name.endswith("_bucket"):
            bound = dict(labels)["le"]
            rest = tuple(pair for pair in labels if pair[0] != "le")
            groups.setdefault(rest, []).append((_number(bound), value))
    assert groups, f"{family.name} has no buckets"
    for labels, buckets in groups.items():
        bounds, counts = zip(*buckets)
        assert list(bounds) == sorted(set(bounds)) and bounds[-1] == math.inf, (family.name, bounds)
        assert list(counts) == sorted(counts), f"{family.name}: buckets do not add up"
        count = family.samples[(family.name + "_count", labels)]
        assert count == counts[-1], f"{family.name}: the count is not that of the last bucket"
        assert (family.name + "_sum", labels) in family.samples, f"{family.name} has no sum"


def _check(family: Family) -> None:
    assert family.kind in ("counter", "gauge", "histogram"), f"{family.name}: {family.kind!r}"
    assert re.fullmatch(r"[A-Z0-9].*\.", family.help), f"{family.name}: help is no sentence"
    assert family.samples, f"{family.name} has no series"
    assert (family.kind == "counter") == family.name.endswith("_total"), family.name
    if family.kind == "histogram":
        assert family.name.endswith(UNITS), f"{family.name} has no unit"
        return _check_histogram(family)
    for value in family.samples.values():
        assert not math.isnan(value) and (family.kind == "gauge" or value >= 0), family.name


def parse(text: str) -> dict[str, Family]:
    """Every family by its name."""
    assert text.endswith("\n"), "the last line has no end"
    families: dict[str, Family] = {}
    current: Family | None = None
    for line in text[:-1].split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (.+)", line):
            assert match[1] not in families, f"{match[1]} is there twice"
            current = families[match[1]] = Family(match[1], match[2])
            continue
        assert current is not None, f"before any family: {line!r}"
        if match := re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line):
            assert match[1] == current.name and not current.kind, f"misplaced: {line!r}"
            current.kind = match[2]
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        assert current.kind, f"before its type: {line!r}"
        suffixes = ("_bucket", "_sum", "_count") if current.kind == "histogram" else ("",)
        assert match[1] in [current.name + suffix for suffix in suffixes], f"misplaced: {line!r}"
        series = (match[1], _labels(match[2] or ""))
        assert series not in current.samples, f"a series twice: {line!r}"
        current.samples[series] = _number(match[3])
    for family in families.values():
        _check(family)
    return families
