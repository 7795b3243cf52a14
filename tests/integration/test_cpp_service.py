"""The C++ example behind a real ingress and sidecar: the same as the Python example to whoever calls,
and it comes back, and leaves, without anybody's loss."""

from __future__ import annotations

import os
import signal
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import PYTHON, ROOT, SEALBUS, Installation, Process, Response  # noqa: E402

CPP_SERVICE = os.environ.get("SEALBUS_CPP_SERVICE", str(Path(SEALBUS).with_name("cpp-service")))
PYTHON_SERVICE = str(ROOT / "examples/python-service/service.py")

CONTRACTS = """
- {name: CreateUser, method: [GET, POST], path: /api/create-user, requiredPermissions: [users:create]}
- {name: Endpoint, method: [GET, POST], path: /api/endpoint}
"""

JSON = {"Content-Type": "application/json"}
REQUESTS: list[tuple[str, str, bytes | None]] = [
    ("POST", "/api/create-user", b'{"name":"Ada"}'),
    ("GET", "/api/create-user?a=1", None),
    ("GET", "/api/endpoint", None),
    ("POST", "/api/endpoint", '{"z":"\u00fc\u009b\\u001b[31m\U0001f600","a":[1,-2,true,null,1.5]}'.encode()),
    ("POST", "/api/endpoint", b' "text" '),
    ("POST", "/api/endpoint", b"[" * 100 + b"]" * 100),
    ("POST", "/api/create-user", b'{"a":1,"a":2}'),
    ("POST", "/api/create-user", b'{"name":'),
    ("POST", "/api/create-user", b'"\xff"'),
    ("POST", "/api/create-user", b"NaN"),
    ("POST", "/api/create-user", b"[" * 100_000),
]


class CppService(unittest.TestCase):
    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)
        self.at.ingress()
        self.sidecar = self.at.sidecar("my-service", CONTRACTS)
        self.token = self.at.token("user-\u00fc", "users:create,users:read")

    def start_cpp(self) -> Process:
        return self.started("the C++ example", [CPP_SERVICE])

    def start_python(self) -> Process:
        return self.started("the Python example", [PYTHON, "-u", PYTHON_SERVICE])

    def started(self, name: str, command: list[str]) -> Process:
        """Waits until it answers."""
        environment = {
            "SEALBUS_DELIVER": self.at.door("my-service"),
            "PYTHONPATH": str(ROOT / "bindings/python"),
        }
        service = self.at.start(name, command, environment)
        response = self.at.wait_until_answered("GET", "/api/endpoint", self.token)
        self.assertEqual(response.status, 200, response.body + service.output().encode())
        return service

    def ask(self, method: str, path: str, body: bytes | None = None) -> Response:
        return self.at.request(method, path, body, JSON if body else None, self.token)

    def replies(self, service: Process) -> tuple[list[tuple], list[str]]:
        """The response to each request, and what the service printed of them."""
        answers = []
        for method, path, body in REQUESTS:
            answer = self.ask(method, path, body)
            answers.append((answer.status, answer.headers["Content-Type"], answer.json))
        self.assertEqual(service.terminate(), 0, service.output())
        return answers, [line for line in service.lines if line.startswith("received")]

    def test_its_replies_and_its_lines_are_those_of_the_python_example(self) -> None:
        python_replies, python_lines = self.replies(self.start_python())
        cpp_replies, cpp_lines = self.replies(self.start_cpp())
        for request, python, cpp in zip(REQUESTS, python_replies, cpp_replies, strict=True):
            with self.subTest(request=request[:2]):
                self.assertEqual(cpp, python)
        self.assertEqual(cpp_lines[-7:], python_lines[-7:])
        self.assertEqual([reply[0] for reply in cpp_replies], [200] * 7 + [400] * 4)
        self.assertTrue(all(line.isascii() and line.isprintable() for line in cpp_lines))

    def test_who_may_not_is_refused_before_it(self) -> None:
        service = self.start_cpp()
        reader = self.at.token("user-123", "users:read")
        answer = self.at.request("POST", "/api/create-user", b"{}", JSON, reader)
        self.assertEqual((answer.status, answer.json["code"]), (403, "insufficient_permissions"))
        self.assertFalse(any("CreateUser" in line for line in service.lines if "received" in line))

    def test_it_may_die_and_start_again_and_so_may_its_sidecar(self) -> None:
        first = self.start_cpp()
        first.kill()
        self.sidecar.wait_for("Door: .* is gone")
        second = self.start_cpp()
        self.assertEqual(self.ask("GET", "/api/endpoint").status, 200)
        self.sidecar.kill()
        self.at.sidecar("my-service", CONTRACTS)
        answer = self.at.wait_until_answered("GET", "/api/endpoint", self.token)
        self.assertEqual(answer.status, 200, second.output())
        self.assertTrue(second.alive())

    def test_sigterm_of_one_of_two_fails_no_request(self) -> None:
        leaving, staying = self.start_cpp(), self.start_cpp()
        subscribed = r"sealbus: info: subscribed as my-service"
        leaving.wait_for(subscribed)
        staying.wait_for(subscribed)
        gone = threading.Event()
        statuses: list[int] = []

        def ask_until_gone() -> None:
            after = 5
            while after > 0:
                after -= gone.is_set()
                statuses.append(self.ask("POST", "/api/endpoint", b'{"name":"Ada"}').status)

        callers = [threading.Thread(target=ask_until_gone, daemon=True) for _ in range(4)]
        for caller in callers:
            caller.start()
        leaving.wait_for("received Endpoint .*Ada")
        staying.wait_for("received Endpoint .*Ada")
        leaving.signal(signal.SIGTERM)
        self.assertEqual(leaving.wait(), 0, leaving.output())
        gone.set()
        for caller in callers:
            caller.join(60)
        self.assertEqual(set(statuses), {200}, leaving.output() + staying.output())


if __name__ == "__main__":
    unittest.main()
