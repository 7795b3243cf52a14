"""What the integration tests have in common: a service that echoes, fails, holds and dies."""

from __future__ import annotations

import os
import sys
import time
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cable import Cable  # noqa: E402, F401
from load import Load, Outcome, figures  # noqa: E402, F401
from processes import PATIENCE, SANITIZED, Installation, Process, Requester, Response  # noqa: E402, F401

CONTRACTS = """
- {name: Echo, method: [GET, POST], path: /api/echo, requiredPermissions: [users:create]}
- {name: EchoPart, method: GET, path: '/api/parts/{part}'}
- {name: Open, method: GET, path: /api/open, public: true}
- {name: Either, path: /api/either, requiredPermissions: {anyOf: [a:one, a:two]}}
- {name: Fail, path: /api/fail}
- {name: Hold, path: /api/hold, timeout: 60s}
- {name: Late, path: /api/late, timeout: 300ms}
- {name: Die, path: /api/die, timeout: 60s}
- {name: Big, method: GET, path: /api/big, timeout: 60s}
"""

# For a handler that is to hold until the test lets it go on (`SealbusTest.release`).
HOLDING = """
import os
def wait_for_release():
    gate = os.open("release", os.O_RDONLY)
    os.read(gate, 1)
    os.close(gate)

"""

CODE = HOLDING + """
@service.on("Echo", "EchoPart", "Open", "Either")
async def echo(auth, message):
    return {"userId": auth.user_id, "permissions": list(auth.permissions), "method": auth.method,
            "path": message.path, "params": dict(message.params), "query": message.query,
            "headers": dict(message.headers), "payload": message.payload.decode()}

@service.on("Fail")
async def fail(auth, message):
    raise RuntimeError("the password is swordfish")

@service.on("Hold", "Late")
def hold(auth, message):
    print("holding", flush=True)
    wait_for_release()
    return "released"

@service.on("Big")
async def big(auth, message):
    return b"x" * int(message.query)

@service.on("Die")
async def die(auth, message):
    os._exit(3)
"""


class SealbusTest(unittest.TestCase):
    """Each test has an installation of its own; what it started ends with it."""

    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)
        # Held open at both ends: whoever waits at it gets a byte of its own, and never an end.
        os.mkfifo(self.at.dir / "release")
        self._gate = os.open(self.at.dir / "release", os.O_RDWR)
        self.addCleanup(os.close, self._gate)

    def start_all(self, **ingress: str) -> None:
        """An ingress, the sidecar of `users` and a process of the service, in contact."""
        self.ingress = self.at.ingress(**ingress)
        self.sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_ACCEPT_DEVELOPMENT="true")
        self.service = self.at.service(CODE, self.at.door("users"))
        self.token = self.at.token("user-123", "users:create,users:read")
        response = self.at.wait_until_answered("GET", "/api/echo", self.token)
        self.assertEqual(response.status, 200, response.body)

    def wait_until(self, condition: Callable[[], object], what: str = "it holds") -> None:
        """Asks again and again; the clock ends it, nothing sleeps."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"it did not come about that {what}")

    def release(self) -> None:
        """Lets one handler that holds go on."""
        os.write(self._gate, b"1")

    def assert_refused(self, response: Response, status: int, code: str) -> None:
        self.assertEqual((response.status, response.json["code"]), (status, code), response.body)
