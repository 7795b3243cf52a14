"""Sealbus as processes: an installation in a folder of its own, with keys, ports that the system
picks, and log lines to wait for. Nothing here sleeps: every wait ends with what it waits for.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEALBUS = str(Path(os.environ.get("SEALBUS_BIN", ROOT / "build/release/bin/sealbus")).resolve())
PYTHON = "/usr/bin/python3"
# A sanitizer makes everything slower; a test that waits this long has failed.
PATIENCE = float(os.environ.get("SEALBUS_TEST_PATIENCE", "20"))
# It also keeps memory that was given back: how much a process grew then says nothing.
SANITIZED = "SEALBUS_TEST_SANITIZED" in os.environ



class Process:
    """A child whose output is read line by line, so that a test can wait for a line."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.name = name
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        full = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(cwd)}
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if variable in os.environ:
                full[variable] = os.environ[variable]
        self._child = subprocess.Popen(
            command,
            env=full | env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        self._child.stdout.close()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, pattern: str, after: int = 0, patience: float = PATIENCE) -> re.Match[str]:
        """The first line from number `after` on that has the pattern in it."""
        found = None

        def look() -> bool:
            nonlocal found
            for line in self.lines[after:]:
                found = re.search(pattern, line)
                if found:
                    return True
            return self._ended

        with self._news:
            self._news.wait_for(look, patience)
        if found is None:
            raise AssertionError(f"{self.name}: no line with {pattern!r} in:\n{self.output()}")
        return found

    def logged_at(self, pattern: str, after: int = 0) -> datetime:
        """When the line that `wait_for` finds was logged."""
        line = self.wait_for(r"^(\S+Z) .*" + pattern, after)
        return datetime.fromisoformat(line[1])

    def output(self) -> str:
        return "\n".join(self.lines)

    def signal(self, number: int) -> None:
        self._child.send_signal(number)

    def wait(self, patience: float = PATIENCE) -> int:
        code = self._child.wait(patience)
        self._reader.join(patience)
        return code

    def alive(self) -> bool:
        return self._child.poll() is None

    def terminate(self) -> int:
        if self.alive():
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        if self.alive():
            self._child.kill()
        self.wait()

    def resident_kib(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class Installation:
    """One ingress, its services and their keys, in a folder that is removed at the end."""

    def __init__(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="sealbus-test-"))
        self.secret = "a-secret-of-the-tests-that-has-48-bytes-exactly-"
        self.write("jwt.secret", self.secret)
        self.write("root.key", self.run("keys", "root"))
        self.processes: list[Process] = []
        self.http_port = 0
        self.admin_port = 0

    # ------------------------------------------------------------ files and tools

    def write(self, name: str, text: str) -> Path:
        path = self.dir / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        return self.run_raw(*arguments, env=env, check=True).stdout

    def run_raw(
        self, *arguments: str, env: dict[str, str] | None = None, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SEALBUS_", "JWT"))}
        return subprocess.run(
            [SEALBUS, *arguments],
            env=inherited | (env or {}),
            cwd=self.dir,
            capture_output=True,
            text=True,
            check=check,
            timeout=PATIENCE,
        )

    def service_key(self, service: str) -> Path:
        text = self.run("keys", "derive", "--root", str(self.dir / "root.key"), service)
        return self.write(f"{service}.key", text)

    def token(self, sub: str = "user-123", permissions: str = "", **options: str) -> str:
        arguments = ["--sub", sub, "--secret-file", str(self.dir / "jwt.secret")]
        if permissions:
            arguments += ["--permissions", permissions]
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}", value]
        return self.run("token", "mint", *arguments).strip()

    @property
    def bus(self) -> str:
        return f"ipc://{self.dir}/bus"

    def door(self, service: str) -> str:
        return f"ipc://{self.dir}/{service}.door"

    # ------------------------------------------------------------ processes

    def start(self, name: str, command: list[str], env: dict[str, str | None]) -> Process:
        given = {variable: value for variable, value in env.items() if value is not None}
        process = Process(name, command, given, self.dir)
        self.processes.append(process)
        return process

    def ingress(self, *arguments: str, **env: str | None) -> Process:
        """With HS256 and open registration, unless told otherwise (None: not set). Waits until it
        listens."""
        process = self.start(
            "ingress",
            [SEALBUS, "ingress", *arguments],
            {
                "JWT_SECRET_FILE": str(self.dir / "jwt.secret"),
                "SEALBUS_KEY_FILE": str(self.dir / "root.key"),
                "SEALBUS_HTTP": "127.0.0.1:0",
                "SEALBUS_ADMIN": "127.0.0.1:0",
                "SEALBUS_BUS": self.bus,
                "SEALBUS_REGISTRATION": "open",
            }
            | env,
        )
        self.http_port = int(process.wait_for(r"HTTP: listening on .*:(\d+)$")[1])
        self.admin_port = int(process.wait_for(r"Admin: listening on .*:(\d+)$")[1])
        return process

    def sidecar(
        self, service: str, contracts: str | None, *arguments: str, **env: str | None
    ) -> Process:
        """`contracts` is inline YAML, None for none. Waits until its door is open."""
        process = self.start(
            f"sidecar of {service}",
            [SEALBUS, "sidecar", *arguments],
            {
                "SEALBUS_SERVICE": service,
                "SEALBUS_KEY_FILE": str(self.service_key(service)),
                "SEALBUS_BUS": self.bus,
                "SEALBUS_DELIVER": self.door(service),
                "SEALBUS_ADMIN": "127.0.0.1:0",
                "SEALBUS_CONTRACTS": contracts,
            }
            | env,
        )
        process.wait_for(r"Admin: listening on ")
        return process

    def service(self, code: str, door: str) -> Process:
        """A Python service: `code` registers handlers on `service`."""
        program = "import asyncio, sys, sealbus\nservice = sealbus.Service()\n" + code
        program += "\nprint('service starts', flush=True)\nasyncio.run(service.run())\n"
        return self.start(
            "service",
            [PYTHON, "-u", "-c", program],
            {"SEALBUS_DELIVER": door, "PYTHONPATH": str(ROOT / "bindings/python")},
        )

    def remove(self) -> None:
        for process in reversed(self.processes):
            process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ------------------------------------------------------------ requests

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        port: int | None = None,
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.http_port, timeout=PATIENCE)
        try:
            sent = dict(headers or {})
            if token is not None:
                sent["Authorization"] = f"Bearer {token}"
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def admin(self, path: str) -> Response:
        return self.request("GET", path, port=self.admin_port)

    def wait_until_answered(self, method: str, path: str, token: str, patience: float = PATIENCE) -> Response:
        """Asks again until the answer is not 503; the clock ends it, nothing sleeps."""
        end = time.monotonic() + patience
        while True:
            response = self.request(method, path, token=token)
            if response.status != 503 or time.monotonic() > end:
                return response


class Requester(threading.Thread):
    """A request under way in a thread of its own."""

    def __init__(self, installation: Installation, *arguments: str, **options: str) -> None:
        super().__init__(daemon=True)
        self._call = lambda: installation.request(*arguments, **options)
        self.response: Response | None = None
        self.start()

    def run(self) -> None:
        self.response = self._call()

    def result(self, patience: float = 30) -> Response:
        self.join(patience)
        assert self.response is not None, "no response"
        return self.response
