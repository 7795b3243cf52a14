"""Attacks on the bus and at the door, by peers that hold keys of their own or none: each is refused
by name, costs the victim nothing, and everything goes on. The attacker is the second implementation
(tests/e2e/sealbus_reference), which says whatever it likes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path

import zmq
from zmq.utils.monitor import recv_monitor_message

from common import PATIENCE, Process, Requester, SealbusTest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from sealbus_reference import auth_context, registration  # noqa: E402
from sealbus_reference.peers import (  # noqa: E402
    ReferenceIngress, ReferenceSidecar, Reply, new_header, user, wall_millis)

HUGE = 100 * 1024 * 1024
# Nobody takes in what is larger than a message may be; allocators keep something.
MOST_GROWTH_KIB = 16 * 1024
GRANTS = """{users: {routes: [/api/users/**]},
             orders: {routes: [/api/orders/**, /api/users/**]}}"""
WORK = "/api/users/work"
# Answers that end a message for good, each as it would be sealed.
ANSWERS = (("reply", {"status": 200}), ("refused", {"code": "internal"}), ("reject", {}),
           ("nack", {}), ("ack", {}))


def flipped(frames: list[bytes], frame: int, bit: int = 0) -> list[bytes]:
    """The same with one bit changed."""
    changed = list(frames)
    data = bytearray(changed[frame])
    data[bit // 8] ^= 1 << bit % 8
    changed[frame] = bytes(data)
    return changed


def each_forged(frames: list[bytes]) -> Iterator[list[bytes]]:
    """A bit of the tag, the header and the payload changed; and bytes over each boundary."""
    seal, header, payload = frames
    for frame, data in enumerate(frames):
        if data:
            yield flipped(frames, frame, 8 * len(data) - 1)
    yield [seal, header[:-1], header[-1:] + payload]
    yield [seal, header + b"\xc0", payload]
    yield [seal, header, payload + b"\0"]


def each_misshapen(frames: list[bytes]) -> Iterator[list[bytes]]:
    """Frames missing, extra, empty, and cut."""
    seal, header, payload = frames
    yield from ([b""], [seal], [seal, header], [*frames, b""], [b"", *frames], frames * 3)
    yield from ([b"", header, payload], [seal, b"", payload], [b"", b"", b""])
    yield from ([seal[:-1], header, payload], [seal[:56], header, payload])
    yield [seal, bytes(65_537), payload]


@contextlib.contextmanager
def ended(socket: zmq.Socket) -> Iterator[None]:
    """What is done inside ends the socket's connection, and this waits until it did."""
    monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        yield
        if not monitor.poll(int(PATIENCE * 1_000)):
            raise AssertionError("the connection lasts")
        recv_monitor_message(monitor)
    finally:
        socket.disable_monitor()


class AttackCase(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def dealer(self, endpoint: str) -> zmq.Socket:
        dealer = self.context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.connect(endpoint)
        return dealer

    def assert_not_grown(self, process: Process, before: int) -> None:
        if PATIENCE <= 20:  # a sanitizer keeps memory that was given back
            self.assertLess(process.resident_kib() - before, MOST_GROWTH_KIB)

    def assert_nothing_grows(self, process: Process, endpoint: str, frames: list[bytes]) -> None:
        """Sends frames with a huge one among them, connection after connection."""
        before = process.resident_kib()
        for _ in range(3):
            dealer = self.dealer(endpoint)
            with ended(dealer):
                dealer.send_multipart(frames, copy=False)
            dealer.close(0)
            self.assert_not_grown(process, before)


class OnAnIngress(AttackCase):
    """`users` is the victim. The attacker may have the key of `orders`, or one of `users` too."""

    def setUp(self) -> None:
        super().setUp()
        self.ingress = self.at.ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS)
        self.token = self.at.token("user-123")
        self.victim = self.peer("users", [registration.contract("Work", WORK)])

    def peer(self, service: str, contracts: list[dict], **options: object) -> ReferenceSidecar:
        key = self.at.service_key(service).read_text()
        peer = ReferenceSidecar(self.at.bus, key, contracts, **options)
        self.addCleanup(peer.close)
        peer.run_until(lambda: peer.registered or peer.not_registered)
        self.until(peer, lambda: f'sealbus_sessions{{service="{service}"}} 0' not in self.metrics())
        return peer

    def until(self, peer: ReferenceSidecar, is_so: Callable[[], object]) -> None:
        peer.run_until(is_so, PATIENCE)

    def metrics(self) -> str:
        return self.at.admin("/metrics").body.decode()

    def metric(self, series: str) -> float:
        return next(float(line.rsplit(" ", 1)[1]) for line in self.metrics().splitlines()
                    if line.startswith(series + " "))

    def refusals(self, code: str) -> float:
        return self.metric(f'sealbus_refusals_total{{code="{code}"}}')

    def held(self) -> tuple[Requester, bytes]:
        """A request that the victim has and does not answer yet, with its id."""
        answers = self.victim.handler
        self.victim.handler = lambda request: None
        request = Requester(self.at, "POST", WORK, "body", token=self.token)
        count = len(self.victim.requests)
        self.until(self.victim, lambda: len(self.victim.requests) > count)
        self.victim.handler = answers
        return request, self.victim.requests[-1].header["id"]

    def answer(self, request: Requester, message: bytes) -> None:
        self.victim.send(new_header("reply", answers=message, status=200), b"genuine")
        self.until(self.victim, lambda: request.response is not None)
        self.assertEqual((request.result().status, request.result().body), (200, b"genuine"))

    def assert_served(self) -> None:
        self.victim.handler = lambda request: Reply(b"genuine")
        request = Requester(self.at, "POST", WORK, "body", token=self.token)
        self.until(self.victim, lambda: request.response is not None)
        self.assertEqual(request.result().body, b"genuine")
        self.assertTrue(self.ingress.alive())

    def test_no_answer_of_another_service_or_of_another_session_reaches_the_caller(self) -> None:
        request, message = self.held()
        thieves = [self.peer("orders", []), self.peer("users", [])]
        for thief in thieves:
            for kind, fields in ANSWERS:
                body = b"forged" if kind == "reply" else b""
                thief.send(new_header(kind, answers=message, **fields), body)
        self.until(self.victim, lambda: self.refusals("replayed") == len(thieves) * len(ANSWERS))
        self.assertIsNone(request.response)
        self.answer(request, message)

    def test_an_answer_for_another_request_reaches_nobody(self) -> None:
        request, message = self.held()
        for kind, fields in ANSWERS:
            self.victim.send(new_header(kind, answers=os.urandom(16), **fields))
        self.until(self.victim, lambda: self.refusals("replayed") == len(ANSWERS))
        self.assertIsNone(request.response)
        self.answer(request, message)

    def test_forged_messages_of_every_type_are_refused_and_change_nothing(self) -> None:
        request, message = self.held()
        expected = self.refusals("bad_tag")
        others = (("credit", {"upTo": 9, "bytes": 9, "ready": False}), ("heartbeat", {}),
                  ("bye", {}), ("publish", {"contract": "users.Made", "expires": wall_millis()}))
        for kind, fields in (*((kind, {"answers": message} | more) for kind, more in ANSWERS), *others):
            for frames in each_forged(self.victim.session.seal(new_header(kind, **fields))):
                self.victim.send_frames(frames)
                expected += 1
        self.until(self.victim, lambda: self.refusals("bad_tag") == expected)
        self.assertIsNone(request.response)
        self.answer(request, message)

    def test_frames_missing_extra_and_empty_are_bad_size(self) -> None:
        misshapen = list(each_misshapen(self.victim.session.seal(new_header("bye"))))
        for frames in misshapen:
            self.victim.send_frames(frames)
        self.until(self.victim, lambda: self.refusals("bad_size") == len(misshapen))
        self.assert_served()

    def test_a_recorded_hello_without_end_displaces_nobody_and_is_bounded(self) -> None:
        hello = self.victim.sent[0]
        thief = self.dealer(self.at.bus)
        before = self.ingress.resident_kib()
        for _ in range(3_000):
            thief.send_multipart(hello)
            if thief.poll(0):
                thief.recv_multipart()
        dropped = 3_000 - 256  # what is beyond bus.max_handshakes
        self.until(self.victim,
                   lambda: self.metric('sealbus_handshakes_total{result="dropped"}') == dropped)
        self.assertEqual(self.metric("sealbus_half_open_sessions"), 256)
        self.assertEqual(self.metric('sealbus_sessions{service="users"}'), 1)
        self.assert_not_grown(self.ingress, before)
        self.assert_served()

    def test_a_whole_recorded_session_leads_nowhere_on_another_connection(self) -> None:
        recorded = list(self.victim.sent)
        thief = self.dealer(self.at.bus)
        for frames in recorded:
            thief.send_multipart(frames)
        self.until(self.victim, lambda: self.refusals("unknown_session") == len(recorded) - 1)
        self.assertEqual(self.metric('sealbus_sessions{service="users"}'), 1)
        self.assert_served()

    def test_a_route_that_another_service_has_is_not_taken_by_claiming_it(self) -> None:
        for claim, code in ((WORK, "route_conflict"), ("/api/users/{any}", "route_conflict"),
                            ("/api/admin", "not_granted")):
            thief = self.peer("orders", [registration.contract("Steal", claim)])
            self.assertEqual(thief.not_registered, [(code, "Steal")])
            self.assert_served()
            self.assertEqual(thief.requests, [])

    def test_whoever_publishes_is_refused_by_name(self) -> None:
        context = auth_context.encode(user("root", "*"))
        for forged in ({}, {"auth": context, "proof": os.urandom(40)}):
            before = self.refusals("not_granted")
            self.victim.send(new_header("publish", contract="users.Made",
                                        expires=wall_millis() + 5_000, **forged), b"{}")
            self.until(self.victim, lambda: self.refusals("not_granted") == before + 1)
        self.assert_served()

    def test_a_frame_of_100_mib_ends_its_connection_and_nothing_grows(self) -> None:
        huge = bytes(HUGE)
        seal, header, payload = self.victim.session.seal(new_header("heartbeat"))
        for frames in ([huge], [huge, header, payload], [seal, huge, payload], [seal, header, huge]):
            self.assert_nothing_grows(self.ingress, self.at.bus, frames)
        self.assert_served()


class WithAPreviousKey(AttackCase):
    """Whoever has the key of a root that was replaced, before and after its end."""

    def write_config(self, previous: str) -> Path:
        return self.at.write("ingress.yaml", f"key: {{file: root.key{previous}}}\nservices: {GRANTS}\n")

    def setUp(self) -> None:
        super().setUp()
        self.old_key = self.at.service_key("users").read_text()
        (self.at.dir / "root.key").rename(self.at.dir / "old-root.key")
        self.at.write("root.key", self.at.run("keys", "root"))
        config = self.write_config(", previous: [{file: old-root.key}]")
        self.ingress = self.at.ingress("--config", str(config), SEALBUS_REGISTRATION=None,
                                       SEALBUS_KEY_FILE=None)

    def sidecar(self, key: str) -> ReferenceSidecar:
        sidecar = ReferenceSidecar(self.at.bus, key, [registration.contract("Work", WORK)])
        self.addCleanup(sidecar.close)
        return sidecar

    def test_it_is_of_no_use_any_more_once_the_ingress_forgot_it(self) -> None:
        sidecar = self.sidecar(self.old_key)
        sidecar.run_until(lambda: sidecar.registered, PATIENCE)
        self.write_config("")
        self.ingress.signal(signal.SIGHUP)
        sidecar.run_until(lambda: sidecar.ended == "its key is not accepted any more", PATIENCE)
        self.assertEqual(self.at.request("POST", WORK, token=self.at.token()).status, 503)
        for frames in sidecar.sent[1:]:
            sidecar.send_frames(frames)
        self.ingress.wait_for("message refused: unknown_session")
        again = self.sidecar(self.old_key)
        self.ingress.wait_for("hello refused: unknown_key")
        fresh = self.sidecar(self.at.service_key("users").read_text())
        fresh.run_until(lambda: fresh.registered, PATIENCE)
        again.poll(0)
        self.assertEqual(again.received, [])


class NeverHeard(ReferenceIngress):
    """Says nothing of its own any more while `instead` is set, but that on each turn."""

    instead: Callable[[], None] | None = None

    def tick(self) -> None:
        if self.instead is None:
            super().tick()
        else:
            self.instead()


class OnASidecar(AttackCase):
    """The attacker sits where the ingress is, on the sidecar's own connection."""

    CODE = """
@service.on("Work")
async def work(auth, message):
    print("worked for", auth.user_id, flush=True)
    return "done"
"""

    def setUp(self) -> None:
        super().setUp()
        root = (self.at.dir / "root.key").read_text()
        self.bus = NeverHeard(self.at.bus, root)
        self.addCleanup(self.bus.close)
        self.sidecar = self.at.sidecar("users", f"[{{name: Work, path: {WORK}}}]")
        self.service = self.at.service(self.CODE, self.at.door("users"))
        self.until(lambda: self.bus.ready("users"))

    def until(self, is_so: Callable[[], object]) -> None:
        self.bus.run_until(is_so, PATIENCE)

    def until_refused(self, code: str, times: int) -> None:
        port = int(self.sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])
        counted = f'sealbus_refusals_total{{code="{code}"}} {times}\n'
        self.until(lambda: counted in self.at.request("GET", "/metrics", port=port).body.decode())

    @property
    def replica(self):
        return self.bus.live("users")[-1]

    def throw(self, frames: list[bytes]) -> None:
        self.bus.send_frames(self.replica.peer, frames)

    def message(self, user_id: str) -> dict:
        return new_header("message", contract="Work", kind="command", attempt=1,
                          expires=wall_millis() + 60_000, auth=auth_context.encode(user(user_id)))

    def assert_served(self) -> None:
        self.until(lambda: self.bus.ready("users"))
        message = self.bus.message("users", "Work", user("ada"))
        self.until(lambda: message in self.bus.answers)
        self.assertEqual(self.bus.answers[message].payload, b"done")
        self.service.wait_for("worked for ada")
        self.assertNotIn("mallory", self.service.output())

    def test_forged_messages_reach_no_handler(self) -> None:
        session, count = self.replica.session, 0
        for header in (self.message("mallory"), new_header("ack", answers=os.urandom(16)),
                       new_header("refused", answers=os.urandom(16), code="too_many_sessions"),
                       new_header("heartbeat"), new_header("bye")):
            for frames in each_forged(session.seal(header)):
                self.throw(frames)
                count += 1
        self.until_refused("bad_tag", count)
        self.assert_served()

    def test_the_frames_of_two_messages_are_none(self) -> None:
        session = self.replica.session
        one, two = (session.seal(self.message("mallory"), body) for body in (b"one", b"two"))
        self.throw([one[0], two[1], one[2]])
        self.throw([one[0], one[1], two[2]])
        self.throw([two[0], one[1], one[2]])
        self.until_refused("bad_tag", 3)
        self.assert_served()

    def test_frames_missing_extra_and_empty_are_bad_size(self) -> None:
        misshapen = list(each_misshapen(self.replica.session.seal(self.message("mallory"))))
        for frames in misshapen:
            self.throw(frames)
        self.until_refused("bad_size", len(misshapen))
        self.assert_served()

    def test_neither_forged_nor_recorded_heartbeats_keep_a_session_alive(self) -> None:
        recorded = self.replica.session.seal(new_header("heartbeat"))
        peer = self.replica.peer

        def say_again() -> None:
            self.bus.send_frames(peer, recorded)
            self.bus.send_frames(peer, flipped(recorded, 0, 8 * 71))

        self.bus.instead = say_again
        self.until(lambda: "the ingress fell silent" in self.sidecar.output())
        self.bus.instead = None
        self.assertIn("refused: replayed", self.sidecar.output())
        self.bus.replicas.clear()
        self.assert_served()

    def test_a_frame_of_100_mib_ends_the_connection_and_the_next_one_serves(self) -> None:
        before = self.sidecar.resident_kib()
        seal, header, payload = self.replica.session.seal(new_header("heartbeat"))
        huge = bytes(HUGE)
        for frames in ([huge], [seal, huge, payload], [seal, header, huge]):
            had = self.replica.session.id
            self.throw(frames)
            self.until(lambda had=had: any(one.session.id != had for one in self.bus.live("users"))
                       and self.bus.live("users")[-1].session.id != had)
            self.bus.replicas.pop(had, None)
            self.assert_not_grown(self.sidecar, before)
            self.assert_served()

    def test_a_frame_of_100_mib_at_the_door_ends_its_connection_only(self) -> None:
        huge = bytes(HUGE)
        for frames in ([huge], [huge, b""], [b"\x80", huge]):
            self.assert_nothing_grows(self.sidecar, self.at.door("users"), frames)
        self.assert_served()


if __name__ == "__main__":
    unittest.main()
