"""The floors of the house: a folder includes only from floors below its own, and third-party
libraries only where they are named. What a folder may have is written here once."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Lowest first; folders of one floor never include each other.
FLOORS: list[set[str]] = [
    {"common/base"},
    {"common/wire", "common/config", "common/bus", "common/http", "common/metrics",
     "common/audit"},
    {"common/identity"},
    {"common/contract", "common/jwt", "common/envelope", "common/tap"},
    {"sidecar/config"},
    {"sidecar/auth"},
    {"sidecar/ingress", "sidecar/delivery", "sidecar/admin", "sidecar/tools"},
    {"sidecar"},
]

# Where a library may be included: a folder, or files of it by the beginning of their names.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "spdlog/": ("common/base/log.cpp",),
    "sodium.h": ("common/base/secret.cpp", "common/base/random.cpp", "common/envelope/keys.cpp"),
    "msgpack": ("common/wire/writer.cpp",),
    "yaml-cpp/": ("common/config/",),
    "zmq.h": ("common/bus/",),
    "boost/": ("common/http/",),
    "openssl/": ("common/envelope/mac.cpp", "common/envelope/keys.cpp", "common/jwt/"),
    "simdjson.h": ("common/jwt/json.cpp",),
    "prometheus/": ("sidecar/admin/exposition.cpp",),
    "CLI/": ("sidecar/main.cpp",),
    "tl/": ("common/base/result.hpp", "sidecar/config/load.hpp"),
}


def sources() -> list[Path]:
    return sorted(
        path.relative_to(ROOT)
        for top in ("common", "sidecar")
        for path in (ROOT / top).rglob("*.?pp")
    )


def includes(path: Path) -> list[tuple[str, bool]]:
    """What a file includes, and whether in quotes."""
    found = re.findall(r'^#include ([<"])([^>"]+)[>"]', (ROOT / path).read_text(), re.M)
    return [(name, mark == '"') for mark, name in found]


def floor_of(folder: str) -> int:
    return next(i for i, floor in enumerate(FLOORS) if folder in floor)


class Floors(unittest.TestCase):
    def test_there_is_something_to_look_at(self) -> None:
        self.assertGreater(len(sources()), 50)

    def test_every_folder_has_a_floor(self) -> None:
        known = set().union(*FLOORS)
        self.assertEqual({str(path.parent) for path in sources()} - known, set())

    def test_a_folder_includes_only_from_floors_below_it(self) -> None:
        for path in sources():
            mine = str(path.parent)
            for name, quoted in includes(path):
                theirs = str(Path(name).parent)
                if not quoted or theirs == mine:
                    continue
                with self.subTest(file=str(path), include=name):
                    self.assertLess(floor_of(theirs), floor_of(mine))

    def test_our_own_headers_are_included_from_the_root(self) -> None:
        for path in sources():
            for name, quoted in includes(path):
                if quoted:
                    with self.subTest(file=str(path), include=name):
                        self.assertTrue((ROOT / name).is_file())

    def test_a_library_is_included_only_where_it_is_named(self) -> None:
        for path in sources():
            for name, quoted in includes(path):
                for library, places in LIBRARIES.items():
                    if not quoted and name.startswith(library):
                        with self.subTest(file=str(path), include=name):
                            self.assertTrue(str(path).startswith(places))


if __name__ == "__main__":
    unittest.main()
