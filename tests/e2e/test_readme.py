"""What the README promises: each of its commands is run as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import PATIENCE, ROOT, Process  # noqa: E402

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.S)


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("SEALBUS_", "JWT", "PYTHON"))}


class Readme(unittest.TestCase):
    def setUp(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="sealbus-readme-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def test_it_has_the_blocks_that_these_tests_run(self) -> None:
        self.assertEqual(len(BLOCKS), 3)
        commands = [line.split("#")[0].strip() for line in BLOCKS[0].splitlines()]
        # The second one is what runs this test.
        self.assertEqual(commands, ["bash examples/quickstart.sh", "bash tests/run.sh"])

    def test_the_quickstart_shows_every_outcome_and_exits_0(self) -> None:
        done = subprocess.run(
            ["bash", "examples/quickstart.sh", "--once", "--yes"], cwd=ROOT, text=True,
            env=clean_environment() | {"PORT": "4300"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout)
        for shown in (
            "received CreateUser from user-123 permissions=users:create,users:read "
            'payload={"name":"Ada"}',
            '200 {"service":"my-service"', '"code":"authentication_required"',
            '"code":"invalid_signature"', '"missing":["users:create"]',
        ):
            self.assertIn(shown, done.stdout)
        self.assertNotRegex(done.stdout, r"eyJ[\w-]+\.eyJ[\w-]+\.", "a token was printed")

    def test_the_quickstart_names_the_holder_of_a_busy_port(self) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 4311)):
            done = subprocess.run(
                ["bash", "examples/quickstart.sh", "--once", "--yes"], cwd=ROOT, text=True,
                env=clean_environment() | {"PORT": "4310"}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"127\.0\.0\.1:4311 is in use by .*python")

    def test_the_commands_by_hand_start_everything_and_their_requests_are_answered(self) -> None:
        for name in ("examples", "bindings", "build"):
            (self.dir / name).symlink_to(ROOT / name)
        script = BLOCKS[1] + """
        until curl -fs localhost:3001/readyz >/dev/null && curl -fs localhost:3002/readyz >/dev/null
        do read -t 0.1 <> <(:) || true; done
        """ + BLOCKS[2] + "\necho; echo the end\nwait\n"
        environment = clean_environment()
        process = Process("README", ["setsid", "bash", "-euc", script], environment, self.dir)
        self.addCleanup(process.kill)
        self.addCleanup(self.end_group, process)
        process.wait_for("the end", patience=3 * PATIENCE)
        output = process.output()
        self.assertIn('"contract":"Endpoint","userId":"test-user"', output)
        self.assertIn('"contract":"CreateUser","userId":"user-123"', output)
        self.assertIn('"name":"CreateUser"', output)

    @staticmethod
    def end_group(process: Process) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    def test_the_service_of_the_readme_is_ten_lines_that_python_takes(self) -> None:
        block = re.findall(r"```python\n(.*?)```", README, re.S)[0]
        self.assertLessEqual(len(block.splitlines()), 10)
        compile(block, "README.md", "exec")

    def test_the_binding_installs_into_a_virtual_environment(self) -> None:
        command = re.search(r"`(python3 -m venv .*?)`", README)[1]
        (self.dir / "bindings").symlink_to(ROOT / "bindings")
        line = command.replace("python3 -m", "/usr/bin/python3 -m", 1)
        done = subprocess.run(["bash", "-ec", line], cwd=self.dir, env=clean_environment(),
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = subprocess.run([".venv/bin/python", "-c", "import sealbus; sealbus.Service"],
                              cwd=self.dir, env=clean_environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
