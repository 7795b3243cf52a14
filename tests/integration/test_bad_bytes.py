"""Bad bytes on any port: a counted refusal, and nothing else. The rest goes on as before."""

import os
import random
import socket
import unittest

import zmq

from common import SealbusTest

SEED = 20260101


class BadBytes(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()
        self.random = random.Random(SEED)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def assert_unharmed(self) -> None:
        self.assertTrue(self.ingress.alive() and self.sidecar.alive())
        self.assertEqual(self.at.request("GET", "/api/echo", token=self.token).status, 200)

    def dealer(self, endpoint: str) -> zmq.Socket:
        dealer = self.context.socket(zmq.DEALER)
        dealer.connect(endpoint)
        self.addCleanup(dealer.close, 0)
        return dealer

    def garbage(self, most: int) -> bytes:
        return self.random.randbytes(self.random.randrange(most))

    def raw(self, address: tuple | str, data: bytes) -> None:
        """Writes bytes at a socket that expects a protocol; the other side may hang up at once."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as peer:
            peer.settimeout(10)
            peer.connect(address)
            try:
                peer.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass

    def test_garbage_on_the_http_port(self) -> None:
        for _ in range(200):
            self.raw(("127.0.0.1", self.at.http_port), self.garbage(2000))
        self.assert_unharmed()

    def test_garbage_on_the_admin_port(self) -> None:
        for _ in range(200):
            self.raw(("127.0.0.1", self.at.admin_port), self.garbage(2000))
        self.assertEqual(self.at.admin("/healthz").status, 200)
        self.assert_unharmed()

    def test_bytes_that_are_no_zmtp_on_the_bus_and_at_the_door(self) -> None:
        for name in ("bus", "users.door"):
            for _ in range(100):
                self.raw(str(self.at.dir / name), self.garbage(500))
        self.assert_unharmed()

    def test_messages_that_are_no_envelopes_are_counted_by_name_on_the_bus(self) -> None:
        dealer = self.dealer(self.at.bus)
        for frames in ([b""], [b"x"], [b"x"] * 2, [b"x"] * 3, [b"x"] * 9, [bytes(72), b"h", b"p"],
                       [b"SBUS\x01\x03" + bytes(66), b"h", b"p"], [bytes(5_000_000), b"", b""]):
            dealer.send_multipart(frames)
        for code in ("bad_size", "bad_version"):
            self.ingress.wait_for(f"refused: {code}")
        self.assert_unharmed()

    def test_random_envelopes_leave_the_bus_as_it_was(self) -> None:
        dealer = self.dealer(self.at.bus)
        for _ in range(2000):
            seal = b"SBUS\x01" + bytes([self.random.randrange(5), 0, 0]) + self.random.randbytes(64)
            dealer.send_multipart([seal, self.garbage(300), self.garbage(300)])
        self.assert_unharmed()
        self.ingress.wait_for("refused: unknown_")

    def test_messages_that_are_no_protocol_are_refused_by_name_at_the_door(self) -> None:
        dealer = self.dealer(self.at.door("users"))
        for frames in ([b""], [b"x"] * 3, [b"", b""], [b"\xc1", b""], [b"\x80", b""]):
            dealer.send_multipart(frames)
        self.sidecar.wait_for("Door: message refused: (malformed_header|bad_size)")
        for _ in range(500):
            dealer.send_multipart([self.garbage(200), self.garbage(200)])
        self.assert_unharmed()

    def test_an_answer_to_a_message_that_the_process_was_never_given_is_refused(self) -> None:
        import msgpack

        dealer = self.dealer(self.at.door("users"))
        dealer.send_multipart([msgpack.packb({"type": "reply", "id": os.urandom(16)}), b"forged"])
        dealer.setsockopt(zmq.RCVTIMEO, 10_000)
        self.assertEqual(msgpack.unpackb(dealer.recv_multipart()[0])["code"], "unknown_session")
        self.assert_unharmed()

    def test_many_connections_that_say_nothing_do_no_harm(self) -> None:
        idle = [socket.create_connection(("127.0.0.1", self.at.http_port)) for _ in range(500)]
        self.assert_unharmed()
        for connection in idle:
            connection.close()


if __name__ == "__main__":
    unittest.main()
