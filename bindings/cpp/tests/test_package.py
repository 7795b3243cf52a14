"""The package as it is installed: the program, the library, its headers, and find_package(sealbus).

SEALBUS_BUILD is the project's build, of which an installation is made into a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

CPP = Path(__file__).resolve().parents[1]
EXAMPLE = CPP.parents[1] / "examples/cpp-service"
BUILD = Path(os.environ.get("SEALBUS_BUILD", CPP.parents[1] / "build/release")).resolve()


def run(*command: object) -> str:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{command}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


class Package(unittest.TestCase):
    def setUp(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="sealbus-package-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def build(self, source: Path, prefix: Path) -> Path:
        """Configures and builds a copy of it, so that nothing is found by way of the tree."""
        copy, build = self.dir / source.name, self.dir / f"{source.name}-build"
        shutil.copytree(source, copy)
        run("cmake", "-G", "Ninja", "-S", copy, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", build)
        return build

    def test_an_installation_is_found_and_what_is_built_with_it_runs(self) -> None:
        prefix = self.dir / "prefix"
        run("cmake", "--install", BUILD, "--prefix", prefix)
        self.assertTrue(os.access(prefix / "bin/sealbus", os.X_OK))
        build = self.build(CPP / "tests/package", prefix)
        run(build / "ten-lines")
        self.assertTrue((self.build(EXAMPLE, prefix) / "cpp-service").is_file())
        for file in prefix.rglob("*.cmake"):
            with self.subTest(file=file.name):
                self.assertNotIn(str(CPP), file.read_text())

    def test_the_package_has_the_version_of_the_program(self) -> None:
        version = (BUILD / "bindings/cpp/sealbus-config-version.cmake").read_text()
        program = run(BUILD / "bin/sealbus", "--version").split()[-1]
        self.assertIn(f'set(PACKAGE_VERSION "{program}")', version)

    def test_the_binding_builds_by_itself_and_includes_nothing_else_of_the_project(self) -> None:
        copy = self.dir / "cpp"
        shutil.copytree(CPP, copy, ignore=shutil.ignore_patterns("tests"))
        build = self.dir / "build"
        run("cmake", "-G", "Ninja", "-S", copy, "-B", build, "-DCMAKE_CXX_FLAGS=-Werror")
        run("cmake", "--build", build)
        run("cmake", "--install", build, "--prefix", self.dir / "alone")
        self.assertTrue((self.dir / "alone/include/sealbus/service.hpp").is_file())


if __name__ == "__main__":
    unittest.main()
