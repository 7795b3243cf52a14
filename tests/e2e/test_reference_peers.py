"""The two roles of the second implementation, run against each other.

python3 tests/e2e/test_reference_peers.py
"""

import json
import sys
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sealbus_reference import RootKey, registration
from sealbus_reference.peers import (
    ReferenceIngress,
    ReferenceSidecar,
    Reply,
    Request,
    user,
)

ROOT = RootKey(bytes(range(32)))
CREATE_USER = registration.contract(
    "CreateUser", "/api/create-user", required={"allOf": ["users:create"]}
)


def echo(request: Request) -> Reply:
    """Answers with who asked, and what."""
    body = {"user": request.auth["userId"], "body": request.payload.decode()}
    return Reply(json.dumps(body).encode(), status=201, headers={"x-from": "reference"})


class Roles(unittest.TestCase):
    """One ingress and one sidecar, both driven by the test."""

    curve = False

    def setUp(self) -> None:
        self.ingress = ReferenceIngress("tcp://127.0.0.1:*", ROOT.text(), curve=self.curve)
        self.sidecar = self._sidecar()
        self._both_until(lambda: self.ingress.ready("users"))

    def tearDown(self) -> None:
        self.sidecar.close()
        self.ingress.close()

    def _sidecar(self, key: str = ROOT.derive("users").text()) -> ReferenceSidecar:
        connects_with = ROOT.derive("users").text() if self.curve else ""
        return ReferenceSidecar(
            self.ingress.endpoint, key, [CREATE_USER], echo, curve_key_text=connects_with
        )

    def _both_until(
        self, is_so: Callable[[], object], sidecar: ReferenceSidecar | None = None
    ) -> None:
        other = sidecar or self.sidecar

        def step() -> object:
            other.poll(0)
            return is_so()

        self.ingress.run_until(step)

    def test_a_registration_is_live_on_both_sides(self) -> None:
        self.assertTrue(self.sidecar.registered)
        self.assertEqual(self.ingress.live("users")[0].contracts, [CREATE_USER])

    def test_a_message_is_answered(self) -> None:
        message = self.ingress.message("users", "CreateUser", user("ada", "users:create"), b"hi")
        self._both_until(lambda: message in self.ingress.answers)
        answer = self.ingress.answers[message]
        self.assertEqual(answer.header["status"], 201)
        self.assertEqual(answer.header["headers"], {"x-from": "reference"})
        self.assertEqual(json.loads(answer.payload), {"user": "ada", "body": "hi"})

    def test_more_messages_than_the_first_credit_are_answered(self) -> None:
        asked = []
        for _ in range(3 * self.sidecar.capacity):
            self._both_until(lambda: self.ingress.ready("users"))
            asked.append(self.ingress.message("users", "CreateUser", user("ada", "users:create")))
        self._both_until(lambda: all(one in self.ingress.answers for one in asked))

    def test_a_message_without_permission_is_refused_under_seal(self) -> None:
        message = self.ingress.message("users", "CreateUser", user("eve"))
        self._both_until(lambda: message in self.ingress.answers)
        header = self.ingress.answers[message].header
        self.assertEqual((header["type"], header["code"]), ("refused", "permission_denied"))

    def test_another_key_is_met_with_silence(self) -> None:
        wrong = RootKey(bytes(32)).derive("users").text()
        thief = self._sidecar(wrong)
        self._both_until(lambda: self.ingress.refused["unknown_key"] == 1, thief)
        self.assertIsNone(thief.session)
        thief.close()

    def test_what_was_sent_once_is_not_taken_twice(self) -> None:
        for frames in self.sidecar.sent[1:]:
            self.sidecar.send_frames(frames)
        again = len(self.sidecar.sent) // 2
        self._both_until(lambda: self.ingress.refused["replayed"] == again)

    def test_a_session_belongs_to_its_connection(self) -> None:
        other = self._sidecar()
        other.send_frames(self.sidecar.sent[-1])
        self._both_until(lambda: self.ingress.refused["unknown_session"] == 1, other)
        other.close()

    def test_bye_ends_the_session(self) -> None:
        second = self._sidecar()
        self._both_until(lambda: len(self.ingress.live("users")) == 2, second)
        second.close()
        self._both_until(lambda: len(self.ingress.live("users")) == 1)


class RolesWithCurve(Roles):
    """The same on an encrypted connection."""

    curve = True

    def test_another_service_is_met_with_silence(self) -> None:
        thief = self._sidecar(ROOT.derive("orders").text())
        self._both_until(lambda: self.ingress.refused["unknown_key"] == 1, thief)
        self.assertIsNone(thief.session)
        thief.close()


if __name__ == "__main__":
    unittest.main()
