"""CURVE between the second implementation and the real processes, both ways, over addresses that
are not loopback (0.0.0.0, which stays on this machine as well)."""

from __future__ import annotations

import json
import re
import sys
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "support")]

from processes import PATIENCE, Installation, Requester  # noqa: E402
from sealbus_reference import RootKey, registration  # noqa: E402
from sealbus_reference.peers import (  # noqa: E402
    ReferenceIngress, ReferenceSidecar, Reply, user)

CONTRACTS = "[{name: CreateUser, path: /api/create-user, requiredPermissions: [users:create]}]"
SERVICE = """
@service.on("CreateUser")
async def create_user(auth, message):
    return {"userId": auth.user_id, "payload": message.payload.decode()}
"""
GRANTS = "{users: {routes: [/api/**]}, orders: {routes: [/o/**]}}"


class AsSidecar(unittest.TestCase):
    """A real ingress, on every address of this machine; the sidecar is the reference."""

    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)

    def start(self, **ingress: str | None) -> None:
        self.ingress = self.at.ingress(SEALBUS_BUS="tcp://0.0.0.0:0", **ingress)
        port = self.ingress.wait_for(r"Bus: listening on .*:(\d+)$")[1]
        self.endpoint = f"tcp://0.0.0.0:{port}"

    def sidecar(self, service: str = "users", **options: object) -> ReferenceSidecar:
        contracts = [registration.contract("CreateUser", "/api/create-user",
                                           required={"allOf": ["users:create"], "anyOf": []})]
        sidecar = ReferenceSidecar(self.endpoint, self.at.service_key(service).read_text(), contracts,
                                   lambda request: Reply(request.payload, 201), **options)
        self.addCleanup(sidecar.close)
        return sidecar

    def assert_served(self, sidecar: ReferenceSidecar) -> None:
        sidecar.run_until(lambda: sidecar.registered)
        token = self.at.token("user-123", "users:create")
        request = Requester(self.at, "POST", "/api/create-user", "Ada", token=token)
        sidecar.run_until(lambda: request.response is not None)
        self.assertEqual((request.result().status, request.result().body), (201, b"Ada"))

    def assert_never_welcomed(self, sidecar: ReferenceSidecar, line: str) -> None:
        self.ingress.wait_for(line)
        sidecar.poll(0)
        self.assertIsNone(sidecar.session)

    def assert_never_connected(self, sidecar: ReferenceSidecar) -> None:
        """Whichever end notices first hangs up, so the log may not say why; it is counted."""
        counted = re.compile(rb'^sealbus_refusals_total\{code="curve_failed"\} [1-9]', re.MULTILINE)
        end = time.monotonic() + PATIENCE
        while not counted.search(self.at.admin("/metrics").body):
            self.assertLess(time.monotonic(), end, "no failed handshake was counted")
        sidecar.poll(0)
        self.assertIsNone(sidecar.session)

    def test_a_request_reaches_it_and_its_reply_is_the_response(self) -> None:
        self.start()
        self.assert_served(self.sidecar(curve=True))

    def test_a_list_of_services_admits_those_and_no_others(self) -> None:
        self.start(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS)
        self.assert_never_welcomed(
            self.sidecar("strangers", curve=True),
            r"connection from \S+ refused: unknown_key: no service here has this CURVE key")
        self.assert_served(self.sidecar(curve=True))

    def test_without_curve_it_gets_nowhere(self) -> None:
        self.start()
        self.assert_never_connected(self.sidecar())
        self.assert_served(self.sidecar(curve=True))

    def test_with_the_curve_key_of_another_service_its_hello_is_refused(self) -> None:
        self.start()
        orders = self.at.service_key("orders").read_text()
        self.assert_never_welcomed(self.sidecar(curve_key_text=orders), "hello refused: unknown_key")
        self.assert_served(self.sidecar(curve=True))

    def test_an_ingress_of_another_root_is_not_taken_for_ours(self) -> None:
        self.start()
        other = RootKey(bytes(32)).derive("users").text()
        self.assert_never_connected(self.sidecar(curve_key_text=other))


class AsIngress(unittest.TestCase):
    """A real sidecar with a real service; the ingress is the reference."""

    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)
        self.root = (self.at.dir / "root.key").read_text()

    def start(self, root: str = "", curve: bool = True, **sidecar: str) -> None:
        self.ingress = ReferenceIngress("tcp://0.0.0.0:*", root or self.root, curve=curve)
        self.addCleanup(self.ingress.close)
        self.sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_BUS=self.ingress.endpoint, **sidecar)

    def assert_serves(self) -> None:
        self.at.service(SERVICE, self.at.door("users"))
        self.ingress.run_until(lambda: self.ingress.ready("users"))
        auth = user("user-123", "users:create")
        message = self.ingress.message("users", "CreateUser", auth, b"Ada", method="POST",
                                       path="/api/create-user")
        self.ingress.run_until(lambda: message in self.ingress.answers)
        payload = json.loads(self.ingress.answers[message].payload)
        self.assertEqual(payload, {"userId": "user-123", "payload": "Ada"})

    def run_until_the_sidecar_says(self, line: str) -> None:
        def said() -> bool:
            return any(line in one for one in self.sidecar.lines)

        self.ingress.run_until(said)
        self.assertEqual(self.ingress.received, [])

    def test_a_message_reaches_the_service_and_the_reply_comes_back(self) -> None:
        self.start()
        self.assert_serves()

    def test_the_sidecar_says_nothing_to_an_ingress_of_another_root(self) -> None:
        self.start(root=RootKey(bytes(32)).text())
        self.run_until_the_sidecar_says("curve_failed: the ingress hung up")

    def test_the_sidecar_says_nothing_in_plaintext(self) -> None:
        self.start(curve=False)
        self.run_until_the_sidecar_says("curve_failed: the ingress")

    def test_plaintext_by_name_is_plaintext(self) -> None:
        self.start(curve=False, SEALBUS_BUS_PLAINTEXT="true")
        self.assert_serves()


if __name__ == "__main__":
    unittest.main()
