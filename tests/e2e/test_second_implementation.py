"""The second implementation of the envelope, made from FORMAT.md alone, talks to the real processes:
as a sidecar to an ingress, and as an ingress to a sidecar. What it recorded is used against them.
"""

from __future__ import annotations

import json
import random
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "support")]

from processes import Installation, Requester  # noqa: E402
from sealbus_reference import registration  # noqa: E402
from sealbus_reference.peers import (  # noqa: E402
    ReferenceIngress, ReferenceSidecar, Reply, new_header, user)

SERVICE = """
@service.on("CreateUser")
async def create_user(auth, message):
    return {"userId": auth.user_id, "permissions": list(auth.permissions), "path": message.path,
            "payload": message.payload.decode()}
"""
CONTRACTS = "[{name: CreateUser, path: /api/create-user, requiredPermissions: [users:create]}]"


class AsSidecar(unittest.TestCase):
    """A real ingress; the sidecar is the reference."""

    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)
        self.ingress = self.at.ingress()
        self.key = self.at.service_key("users").read_text()
        self.contracts = [registration.contract(
            "CreateUser", "/api/create-user", required={"allOf": ["users:create"], "anyOf": []})]

    def sidecar(self, **options: object) -> ReferenceSidecar:
        sidecar = ReferenceSidecar(self.at.bus, self.key, self.contracts, self.handle, **options)
        self.addCleanup(sidecar.close)
        sidecar.run_until(lambda: sidecar.registered)
        return sidecar

    @staticmethod
    def handle(request) -> Reply:
        body = {"userId": request.auth["userId"], "payload": request.payload.decode()}
        return Reply(json.dumps(body).encode(), 201, headers={"x-kind": request.header["kind"]})

    def ask(self, sidecar: ReferenceSidecar, token: str):
        request = Requester(self.at, "POST", "/api/create-user", "Ada", token=token)
        sidecar.run_until(lambda: request.response is not None)
        return request.result()

    def test_a_request_reaches_it_and_its_reply_is_the_response(self) -> None:
        sidecar = self.sidecar()
        self.ingress.wait_for("registered 1 contracts, 0 refused")
        response = self.ask(sidecar, self.at.token("user-123", "users:create"))
        self.assertEqual((response.status, response.headers["x-kind"]), (201, "command"))
        self.assertEqual(response.json, {"userId": "user-123", "payload": "Ada"})

    def test_the_ingress_keeps_in_touch_by_heartbeats(self) -> None:
        sidecar = self.sidecar()
        sidecar.run_until(lambda: len(sidecar.received) > 4)
        self.assertIsNone(sidecar.ended)
        self.assertEqual(sum(sidecar.refused.values()), 0)

    def test_what_it_sent_is_refused_when_it_is_sent_again(self) -> None:
        sidecar = self.sidecar()
        recorded = list(sidecar.sent)
        for frames in recorded[1:]:  # the HELLO may be repeated, and leads nowhere
            sidecar.send_frames(frames)
        self.ingress.wait_for("refused: replayed")
        response = self.ask(sidecar, self.at.token("user-123", "users:create"))
        self.assertEqual(response.status, 201)

    def test_what_it_sent_is_refused_on_another_connection(self) -> None:
        sidecar = self.sidecar()
        thief = self.sidecar()
        for frames in sidecar.sent[1:]:
            thief.send_frames(frames)
        self.ingress.wait_for("refused: unknown_session")
        self.assertEqual(self.ask(sidecar, self.at.token("u", "users:create")).status, 201)

    def test_what_it_sent_is_refused_by_a_restarted_ingress(self) -> None:
        recorded = list(self.sidecar().sent)
        self.ingress.kill()
        self.ingress = self.at.ingress()
        thief = self.sidecar()
        for frames in recorded[1:]:
            thief.send_frames(frames)
        self.ingress.wait_for("refused: unknown_session")

    def test_what_the_ingress_sent_is_refused_when_it_comes_back(self) -> None:
        sidecar = self.sidecar()
        for frames in list(sidecar.received):
            sidecar.send_frames(frames)
        self.ingress.wait_for("refused: bad_version")
        self.assertEqual(self.ask(sidecar, self.at.token("u", "users:create")).status, 201)

    def test_forged_messages_are_refused_and_the_session_goes_on(self) -> None:
        sidecar = self.sidecar()
        dice = random.Random(20260101)
        for type_name, fields in (("credit", {"upTo": 99, "bytes": 9_999, "ready": False}),
                                  ("heartbeat", {}), ("bye", {})):
            for _ in range(60):
                frames = sidecar.session.seal(new_header(type_name, **fields))
                at = dice.randrange(2)
                frame = bytearray(frames[at])
                frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
                frames[at] = bytes(frame)
                sidecar.send_frames(frames)
        self.ingress.wait_for("refused: bad_tag")
        self.assertEqual(self.ask(sidecar, self.at.token("u", "users:create")).status, 201)

    def test_a_refusal_of_its_own_reaches_the_caller_by_name(self) -> None:
        sidecar = self.sidecar()
        sidecar.policy.contracts[0]["required"]["allOf"].append("users:admin")
        response = self.ask(sidecar, self.at.token("u", "users:create"))
        self.assertEqual((response.status, response.json["code"]), (403, "permission_denied"))


class AsIngress(unittest.TestCase):
    """A real sidecar with a real service; the ingress is the reference."""

    def setUp(self) -> None:
        self.at = Installation()
        self.addCleanup(self.at.remove)
        self.root = (self.at.dir / "root.key").read_text()
        self.ingress = self.start_ingress()
        self.sidecar = self.at.sidecar("users", CONTRACTS)
        self.at.service(SERVICE, self.at.door("users"))
        self.ingress.run_until(lambda: self.ingress.ready("users"))

    def start_ingress(self) -> ReferenceIngress:
        ingress = ReferenceIngress(self.at.bus, self.root)
        self.addCleanup(ingress.close)
        return ingress

    def send(self, auth: dict, contract: str = "CreateUser", **fields: object):
        message = self.ingress.message("users", contract, auth, b"Ada", method="POST",
                                       path="/api/create-user", **fields)
        self.ingress.run_until(lambda: message in self.ingress.answers)
        return self.ingress.answers[message]

    def test_a_message_reaches_the_service_and_the_reply_comes_back(self) -> None:
        answer = self.send(user("user-123", "users:create"))
        self.assertEqual((answer.header["type"], answer.header["status"]), ("reply", 200))
        self.assertEqual(json.loads(answer.payload), {
            "userId": "user-123", "permissions": ["users:create"], "path": "/api/create-user",
            "payload": "Ada"})

    def test_the_sidecar_registers_what_it_was_configured_with(self) -> None:
        replica = self.ingress.live("users")[0]
        self.assertEqual([one["name"] for one in replica.contracts], ["CreateUser"])

    def refused(self, code: str, auth: dict, **fields: object) -> dict:
        answer = self.send(auth, **fields)
        self.assertEqual((answer.header["type"], answer.header["code"]), ("refused", code))
        return answer.header

    def test_the_sidecar_checks_permissions_again(self) -> None:
        header = self.refused("permission_denied", user("user-123", "users:read"))
        self.assertEqual(header["missing"], ["users:create"])

    def test_the_sidecar_refuses_a_contract_that_it_does_not_have(self) -> None:
        self.refused("unknown_contract", user("u", "users:create"), contract="DeleteUser")

    def test_the_sidecar_refuses_a_development_identity(self) -> None:
        self.refused("development_refused", user("u", "users:create", method="development"))

    def test_the_sidecar_refuses_what_has_expired(self) -> None:
        self.refused("expired", user("u", "users:create"), expires=1_000)

    def test_what_it_sent_is_refused_when_it_is_sent_again(self) -> None:
        self.send(user("user-123", "users:create"))
        peer = self.ingress.live("users")[0].peer
        sent = [frames for frames in self.ingress.sent if frames[0][5] == 4]
        for frames in sent:
            self.ingress.send_frames(peer, frames)
        self.sidecar.wait_for("refused: replayed")
        self.assertEqual(self.send(user("u", "users:create")).header["type"], "reply")

    def test_what_it_sent_is_refused_by_a_restarted_and_by_another_replica(self) -> None:
        self.send(user("user-123", "users:create"))
        recorded = [frames for frames in self.ingress.sent if frames[0][5] == 4]
        first = self.sidecar
        first.terminate()
        self.ingress.run_until(lambda: not self.ingress.live("users"))
        again = self.at.sidecar("users", CONTRACTS)
        other = self.at.sidecar("users", CONTRACTS, SEALBUS_DELIVER=self.at.door("users-2"))
        self.ingress.run_until(lambda: len(self.ingress.live("users")) == 2)
        for replica in self.ingress.live("users"):
            for frames in recorded:
                self.ingress.send_frames(replica.peer, frames)
        again.wait_for("refused: unknown_session")
        other.wait_for("refused: unknown_session")

    def test_forged_messages_are_refused_and_the_session_goes_on(self) -> None:
        replica = self.ingress.live("users")[0]
        dice = random.Random(20260101)
        for _ in range(200):
            frames = replica.session.seal(new_header("bye"))
            at = dice.randrange(2)
            frame = bytearray(frames[at])
            frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
            frames[at] = bytes(frame)
            self.ingress.send_frames(replica.peer, frames)
        self.sidecar.wait_for("refused: bad_tag")
        self.assertEqual(self.send(user("u", "users:create")).header["type"], "reply")


if __name__ == "__main__":
    unittest.main()
