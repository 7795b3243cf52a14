"""CURVE between the processes: on every address that is not loopback, between the keys of the two
root and service keys, and nothing else. 0.0.0.0 is such an address, and stays on this machine.
"""

from __future__ import annotations

import base64
import signal
import socket
import unittest

import zmq

from common import CODE, CONTRACTS, SealbusTest
from processes import Process, Requester

GRANTS = "{users: {routes: [/api/**]}, orders: {routes: [/orders/**]}}"
# What an unauthenticated peer offers, and what the ingress may grow meanwhile.
OFFERED = 256 * 1024 * 1024
MOST_GROWTH_KIB = 24 * 1024


class CurveCase(SealbusTest):
    def start_ingress(self, bus: str = "tcp://0.0.0.0:0", *arguments: str, **env: str | None) -> None:
        self.ingress = self.at.ingress(*arguments, SEALBUS_BUS=bus, **env)
        self.port = int(self.ingress.wait_for(r"Bus: listening on .*:(\d+)$")[1])
        self.far = f"tcp://0.0.0.0:{self.port}"
        self.near = f"tcp://127.0.0.1:{self.port}"

    def start_sidecar(self, bus: str, *arguments: str, **env: str | None) -> Process:
        return self.at.sidecar("users", CONTRACTS, *arguments, SEALBUS_BUS=bus, **env)

    def assert_served(self) -> None:
        """Commands reach the service that is behind a sidecar, and come back."""
        self.token = self.at.token("user-123", "users:create")
        response = self.at.wait_until_answered("GET", "/api/echo", self.token)
        self.assertEqual((response.status, response.json["userId"]), (200, "user-123"))

    def assert_contact_within_3_s(self, sidecar: Process, lines_before: int = 0) -> None:
        begun = self.ingress.logged_at("Bus: listening on")
        ready = sidecar.logged_at("Door: listening on")
        back = sidecar.logged_at("Bus: in contact with the ingress", lines_before)
        self.assertLess((back - max(begun, ready)).total_seconds(), 3)

    def assert_no_contact(self, sidecar: Process) -> None:
        self.assertNotIn("in contact", sidecar.output())
        self.assertNotIn("registered", self.ingress.output())

    def assert_quiet(self, *processes: Process) -> None:
        for process in processes:
            self.assertEqual([line for line in process.lines if " refused: " in line
                              and "Bus: " in line], [])


class Contact(CurveCase):
    def test_two_sidecars_and_an_ingress_work_together(self) -> None:
        self.start_ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS)
        first = self.start_sidecar(self.far)
        second = self.start_sidecar(self.far, SEALBUS_DELIVER=self.at.door("second"))
        self.at.service(CODE, self.at.door("users"))
        self.at.service(CODE, self.at.door("second"))
        for sidecar in (first, second):
            sidecar.wait_for("Bus: in contact")
            sidecar.wait_for("Door: .* subscribed")
        self.assert_served()
        asked = [Requester(self.at, "GET", "/api/echo", token=self.token) for _ in range(40)]
        self.assertEqual({one.result().status for one in asked}, {200})
        self.assert_quiet(self.ingress, first, second)

    def test_a_sidecar_of_this_machine_gets_in_by_loopback(self) -> None:
        self.start_ingress()
        sidecar = self.start_sidecar(self.near)
        self.at.service(CODE, self.at.door("users"))
        self.assert_contact_within_3_s(sidecar)
        self.assert_served()

    def test_contact_by_loopback_is_back_within_3_s_with_what_worked(self) -> None:
        self.start_ingress()
        sidecar = self.start_sidecar(self.near)
        sidecar.wait_for("Bus: in contact")
        for _ in range(2):
            self.ingress.kill()
            seen = len(sidecar.lines)
            self.start_ingress(f"tcp://0.0.0.0:{self.port}")
            self.assert_contact_within_3_s(sidecar, seen)
            self.assert_quiet(self.ingress)

    def test_contact_is_back_within_3_s_when_the_ingress_changes_its_mind(self) -> None:
        self.start_ingress()
        sidecar = self.start_sidecar(self.near)
        for address in ("127.0.0.1", "0.0.0.0", "127.0.0.1"):
            sidecar.wait_for("Bus: in contact")
            self.ingress.kill()
            seen = len(sidecar.lines)
            self.start_ingress(f"tcp://{address}:{self.port}")
            self.assert_contact_within_3_s(sidecar, seen)

    def assert_unaffected(self, bus: str) -> None:
        self.ingress = self.at.ingress(SEALBUS_BUS=bus)
        sidecar = self.start_sidecar(self.ingress.wait_for(r"Bus: listening on (.*)$")[1])
        self.at.service(CODE, self.at.door("users"))
        self.assert_served()
        self.assert_quiet(self.ingress, sidecar)

    def test_loopback_alone_has_nothing_to_do_with_it(self) -> None:
        self.assert_unaffected("tcp://127.0.0.1:0")

    def test_ipc_has_nothing_to_do_with_it(self) -> None:
        self.assert_unaffected(self.at.bus)

    def test_plaintext_on_both_sides_works_and_is_named_as_loosened(self) -> None:
        self.start_ingress(SEALBUS_BUS_PLAINTEXT="true")
        sidecar = self.start_sidecar(self.far, SEALBUS_BUS_PLAINTEXT="true")
        self.at.service(CODE, self.at.door("users"))
        self.assert_served()
        for process in (self.ingress, sidecar):
            process.wait_for("Loosened: bus.plaintext: no CURVE on the bus")


class Strangers(CurveCase):
    """Whoever is not a granted service's sidecar gets nowhere, and is counted."""

    def setUp(self) -> None:
        super().setUp()
        self.start_ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def dealer(self, **options: bytes) -> zmq.Socket:
        dealer = self.context.socket(zmq.DEALER)
        dealer.linger = 0
        for name, value in options.items():
            setattr(dealer, name, value)
        dealer.connect(self.near)
        return dealer

    def raw(self, mechanism: bytes) -> socket.socket:
        """A peer that says who it is in ZMTP 3.0 and this mechanism, and then whatever it likes."""
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.addCleanup(peer.close)
        peer.sendall((b"\xff" + bytes(8) + b"\x7f\x03\x00" + mechanism).ljust(64, b"\0"))
        return peer

    def assert_still_served(self) -> None:
        self.assertTrue(self.ingress.alive())
        self.start_sidecar(self.far)
        self.at.service(CODE, self.at.door("users"))
        self.assert_served()

    def ingress_curve_key(self) -> bytes:
        text = self.at.service_key("users").read_text().strip()
        return base64.urlsafe_b64decode(text.rsplit(":", 1)[1] + "=")

    def test_a_sidecar_in_plaintext(self) -> None:
        sidecar = self.start_sidecar(self.far, SEALBUS_BUS_PLAINTEXT="true")
        sidecar.wait_for("curve_failed: the ingress .* remove bus.plaintext here")
        self.ingress.wait_for(
            "connection refused: curve_failed: the peer speaks plaintext .*remove bus.plaintext there")
        self.assert_no_contact(sidecar)

    def test_a_sidecar_of_a_service_without_a_grant(self) -> None:
        sidecar = self.at.sidecar("strangers", CONTRACTS, SEALBUS_BUS=self.far)
        sidecar.wait_for("curve_failed: the ingress does not admit this service")
        self.ingress.wait_for(r"connection from 127.0.0.1 refused: unknown_key: no service here")
        self.assert_no_contact(sidecar)

    def test_a_sidecar_of_another_root(self) -> None:
        (self.at.dir / "other").mkdir()
        other = self.at.write("other/root.key", self.at.run("keys", "root"))
        key = self.at.write("other.key", self.at.run("keys", "derive", "--root", str(other), "users"))
        sidecar = self.start_sidecar(self.far, SEALBUS_KEY_FILE=str(key))
        sidecar.wait_for("curve_failed: the ingress hung up: its current root is another")
        self.ingress.wait_for("curve_failed: the peer expects another CURVE key")
        self.assert_no_contact(sidecar)

    def test_a_random_curve_key(self) -> None:
        public, secret = zmq.curve_keypair()
        dealer = self.dealer(curve_publickey=public, curve_secretkey=secret,
                             curve_serverkey=self.ingress_curve_key())
        dealer.send_multipart([bytes(72), b"h", b""])
        self.ingress.wait_for("refused: unknown_key: no service here has this CURVE key")
        self.assertNotIn("message refused", self.ingress.output())
        self.assert_still_served()

    def test_an_endless_message_in_plaintext_grows_nothing(self) -> None:
        self.assert_nothing_grows_from(b"NULL")

    def test_an_endless_message_instead_of_a_curve_handshake_grows_nothing(self) -> None:
        self.assert_nothing_grows_from(b"CURVE")

    def assert_nothing_grows_from(self, mechanism: bytes) -> None:
        """Frames of one message without an end, as fast as they are taken, on connection after
        connection, until so many bytes were offered."""
        before = self.ingress.resident_kib()
        frame = b"\x03" + (65_536).to_bytes(8, "big") + bytes(65_536)
        offered, most = 0, before
        while offered < OFFERED:
            peer = self.raw(mechanism)
            try:
                while offered < OFFERED:
                    peer.sendall(frame)
                    offered += len(frame)
            except (BrokenPipeError, ConnectionResetError):
                offered += 1024 * 1024  # so that it ends, however little of each is taken
            peer.close()
            most = max(most, self.ingress.resident_kib())
        self.assertLess(most - before, MOST_GROWTH_KIB)
        self.assertNotIn("message refused", self.ingress.output())
        self.assert_still_served()

    def test_an_endless_message_with_a_random_curve_key_grows_nothing(self) -> None:
        public, secret = zmq.curve_keypair()
        before = self.ingress.resident_kib()
        dealer = self.dealer(curve_publickey=public, curve_secretkey=secret,
                             curve_serverkey=self.ingress_curve_key())
        for _ in range(1_000):
            dealer.send(bytes(65_536), zmq.SNDMORE)
        self.ingress.wait_for("refused: unknown_key: no service here has this CURVE key")
        self.assertLess(self.ingress.resident_kib() - before, MOST_GROWTH_KIB)
        self.assert_still_served()


class Reload(CurveCase):
    def test_a_service_that_is_granted_later_gets_in_then(self) -> None:
        config = self.at.write("ingress.yaml", f"services: {GRANTS}\n")
        self.start_ingress("tcp://0.0.0.0:0", "--config", str(config), SEALBUS_REGISTRATION=None)
        late = self.at.sidecar("late", CONTRACTS, SEALBUS_BUS=self.far)
        late.wait_for("curve_failed: the ingress does not admit this service")
        self.at.write("ingress.yaml", f"services: {GRANTS[:-1]}, late: {{routes: [/late/**]}}}}\n")
        self.ingress.signal(signal.SIGHUP)
        late.wait_for("Bus: in contact")


class OtherSide(CurveCase):
    def test_an_ingress_in_plaintext_hears_nothing_from_a_sidecar_with_curve(self) -> None:
        self.start_ingress(SEALBUS_BUS_PLAINTEXT="true")
        sidecar = self.start_sidecar(self.far)
        sidecar.wait_for("curve_failed: the ingress .*plaintext")
        self.ingress.wait_for("curve_failed: the peer speaks CURVE and this bus plaintext")
        self.assert_no_contact(sidecar)


class Rotation(CurveCase):
    """Sidecars get the ring first, then the ingress, then the old key goes."""

    def setUp(self) -> None:
        super().setUp()
        self.at.service_key("users").rename(self.at.dir / "old-users.key")
        (self.at.dir / "root.key").rename(self.at.dir / "old-root.key")
        self.at.write("root.key", self.at.run("keys", "root"))
        self.at.service_key("users")
        for name in ("root", "users"):
            self.at.write(f"{name}.yaml",
                          f"key: {{file: {name}.key, previous: [{{file: old-{name}.key}}]}}\n")

    def key(self, name: str) -> dict[str, str | None]:
        return {"SEALBUS_KEY_FILE": str(self.at.dir / name)}

    def ring(self, name: str) -> tuple[list[str], dict[str, str | None]]:
        return ["--config", str(self.at.dir / name)], {"SEALBUS_KEY_FILE": None}

    def test_each_step_keeps_contact(self) -> None:
        arguments, env = self.ring("users.yaml")
        self.start_ingress(**self.key("old-root.key"))
        sidecar = self.start_sidecar(self.far, *arguments, **env)
        self.at.service(CODE, self.at.door("users"))
        self.assert_contact_within_3_s(sidecar)
        self.assert_served()
        self.ingress.kill()
        seen = len(sidecar.lines)
        arguments, env = self.ring("root.yaml")
        self.start_ingress(f"tcp://0.0.0.0:{self.port}", *arguments, **env)
        self.assert_contact_within_3_s(sidecar, seen)
        self.assert_served()
        sidecar.kill()
        sidecar = self.start_sidecar(self.far, **self.key("users.key"))
        self.assert_contact_within_3_s(sidecar)

    def test_by_loopback_a_ring_is_tried_through_as_well(self) -> None:
        arguments, env = self.ring("users.yaml")
        self.start_ingress(**self.key("old-root.key"))
        self.assert_contact_within_3_s(self.start_sidecar(self.near, *arguments, **env))

    def test_a_reload_keeps_the_curve_key_that_is_shown_and_says_so(self) -> None:
        config = self.at.write("reloaded.yaml", "key: {file: old-root.key}\n")
        self.start_ingress("tcp://0.0.0.0:0", "--config", str(config), SEALBUS_KEY_FILE=None)
        self.at.write("reloaded.yaml", (self.at.dir / "root.yaml").read_text())
        self.ingress.signal(signal.SIGHUP)
        self.ingress.wait_for("goes on with the CURVE key of the root that it started with")
        sidecar = self.start_sidecar(self.far, **self.key("old-users.key"))
        sidecar.wait_for("Bus: in contact")

    def test_a_reload_without_the_root_that_is_shown_is_refused_and_changes_nothing(self) -> None:
        config = self.at.write("reloaded.yaml", "key: {file: old-root.key}\n")
        self.start_ingress("tcp://0.0.0.0:0", "--config", str(config), SEALBUS_KEY_FILE=None)
        sidecar = self.start_sidecar(self.far, **self.key("old-users.key"))
        self.at.service(CODE, self.at.door("users"))
        self.assert_contact_within_3_s(sidecar)
        self.at.write("reloaded.yaml", "key: {file: root.key}\n")
        self.ingress.signal(signal.SIGHUP)
        self.ingress.wait_for("Configuration: key: .* keep it in key.previous, or restart")
        self.ingress.wait_for("not reloaded; epoch 1 stays in force")
        self.assert_served()

    def test_a_sidecar_that_was_forgotten_gets_nowhere_with_the_old_key(self) -> None:
        arguments, env = self.ring("root.yaml")
        self.start_ingress("tcp://0.0.0.0:0", *arguments, **env)
        sidecar = self.start_sidecar(self.far, **self.key("old-users.key"))
        sidecar.wait_for("curve_failed: the ingress hung up: its current root is another")
        self.assert_no_contact(sidecar)


if __name__ == "__main__":
    unittest.main()
