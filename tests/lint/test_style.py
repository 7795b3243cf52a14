"""Habits that a machine can check: each ban with its reason."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    """The project's files; outside a checkout, all that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


class Style(unittest.TestCase):
    def ban(self, pattern: str, reason: str, *where: str) -> None:
        files = tracked(*where)
        self.assertTrue(files, where)
        this = Path(__file__).resolve()
        for path in files:
            if path.resolve() == this:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(pattern, line):
                    self.fail(f"{path.relative_to(ROOT)}:{number}: {reason}: {line.strip()}")

    def test_no_test_sleeps(self) -> None:
        self.ban(r"sleep_for|usleep|time\.sleep|asyncio\.sleep\([^0]", "wait for a condition instead",
                 "tests/*.cpp", "tests/*.hpp", "tests/*.py", "bindings/**/tests/*.py")

    def test_nothing_is_left_for_later_in_a_comment(self) -> None:
        self.ban(r"\b(TODO|FIXME|XXX|HACK)\b", "do it, or write it into an issue",
                 "*.cpp", "*.hpp", "*.py", "*.sh", "*.cmake", "*.yaml")

    def test_nobody_captures_everything_by_value(self) -> None:
        self.ban(r"\[=[\],]", "name what a lambda keeps", "*.cpp", "*.hpp")

    def test_headers_are_guarded_once(self) -> None:
        for path in tracked("common/*.hpp", "sidecar/*.hpp", "tests/*.hpp"):
            with self.subTest(path=str(path.relative_to(ROOT))):
                self.assertTrue(path.read_text().startswith("#pragma once\n"))

    def test_no_line_is_longer_than_100_columns(self) -> None:
        self.ban(r"^.{101,}$", "longer than 100 columns", "*.cpp", "*.hpp")

    def test_sources_are_formatted(self) -> None:
        files = [str(path) for path in tracked("*.cpp", "*.hpp")]
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[:2000])

    def test_shell_scripts_pass_shellcheck(self) -> None:
        files = [str(path) for path in tracked("*.sh", ".ci/run")]
        done = subprocess.run(["shellcheck", "-x", *files], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


class Sizes(unittest.TestCase):
    """A file that has outgrown one idea wants splitting along an idea."""

    def test_sources_and_headers_keep_to_a_size_that_one_can_hold_in_mind(self) -> None:
        limits = {".cpp": 450, ".hpp": 200}
        for path in tracked("common/*.?pp", "sidecar/*.?pp"):
            lines = len(path.read_text().splitlines())
            with self.subTest(path=str(path.relative_to(ROOT)), lines=lines):
                # The body of a template is a source that has to be included.
                kind = ".cpp" if path.stem.endswith("_impl") else path.suffix
                self.assertLessEqual(lines, limits[kind])

    def test_main_stays_a_table_of_contents(self) -> None:
        self.assertLessEqual(len((ROOT / "sidecar/main.cpp").read_text().splitlines()), 150)

    def test_the_readme_is_read_in_one_sitting(self) -> None:
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), 150)


if __name__ == "__main__":
    unittest.main()
