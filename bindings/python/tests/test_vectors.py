"""Every case of tests/vectors/protocol, and what follows from them."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import msgpack

from sealbus import ProtocolError, _protocol

from .support import VECTORS, frames_of, plain, vectors

FROM_SIDECAR = (_protocol.FROM_SIDECAR, _protocol.MOST_FROM_SIDECAR)
FROM_SERVICE = (_protocol.FROM_SERVICE, _protocol.MOST_FROM_SERVICE)
DIRECTIONS = {"sidecar_to_service": FROM_SIDECAR, "service_to_sidecar": FROM_SERVICE}


def cases(*groups: str):
    for direction, table in DIRECTIONS.items():
        document = vectors(direction)
        for group in groups:
            for case in document[group]:
                yield f"{direction}/{group}/{case['name']}", table, case


class Vectors(unittest.TestCase):
    def test_what_must_be_read_is_read(self) -> None:
        for name, table, case in cases("encode", "accept"):
            with self.subTest(name):
                frames = _protocol.read(*table, frames_of(case))
                fields = {"type": frames.type, **plain(frames.fields)}
                fields.get("auth", {}).pop("colour", None)  # checked, and nobody's to read
                self.assertEqual(fields, case["fields"])
                self.assertEqual(frames.payload, frames_of(case)[1])

    def test_what_must_be_refused_is_refused_for_its_reason(self) -> None:
        for name, table, case in cases("reject"):
            with self.subTest(name):
                with self.assertRaises(ProtocolError) as raised:
                    _protocol.read(*table, frames_of(case))
                self.assertEqual(raised.exception.code, case["reason"])

    def test_what_a_service_sends_can_be_written(self) -> None:
        for case in vectors("service_to_sidecar")["encode"]:
            with self.subTest(case["name"]):
                header, payload = frames_of(case)
                fields = msgpack.unpackb(header)
                written = _protocol.write(fields.pop("type"), fields, payload)
                self.assertEqual(msgpack.unpackb(written[0]), msgpack.unpackb(header))
                self.assertEqual(written[1], payload)

    def test_every_header_cut_short_is_refused(self) -> None:
        for name, table, case in cases("encode"):
            header, payload = frames_of(case)
            for length in range(min(len(header), 600)):
                with self.subTest(name, length=length), self.assertRaises(ProtocolError):
                    _protocol.read(*table, [header[:length], payload])

    def test_changed_bytes_raise_nothing_but_protocol_errors(self) -> None:
        dice = random.Random(1)
        for name, table, case in cases("encode"):
            header, payload = frames_of(case)
            for _ in range(200):
                changed = bytearray(header)
                for _ in range(dice.randint(1, 3)):
                    changed[dice.randrange(min(len(header), 600))] = dice.randrange(256)
                with self.subTest(name, changed=bytes(changed[:600]).hex()):
                    try:
                        _protocol.read(*table, [bytes(changed), payload])
                    except ProtocolError:
                        pass

    def test_the_files_are_what_the_generator_makes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            generator = VECTORS / "make_protocol_vectors.py"
            subprocess.run([sys.executable, generator, folder], check=True, capture_output=True)
            for made in Path(folder).iterdir():
                self.assertEqual(made.read_bytes(), (VECTORS / "protocol" / made.name).read_bytes())

    def test_a_message_that_does_not_fit_keeps_its_id(self) -> None:
        with self.assertRaises(ProtocolError) as raised:
            header = msgpack.packb({"type": "message", "id": b"\x07" * 16, "path": 5})
            _protocol.read(*FROM_SIDECAR, [header, b""])
        self.assertEqual(raised.exception.id, b"\x07" * 16)


class Writing(unittest.TestCase):
    def refused(self, kind: str, fields: dict, payload: bytes = b"") -> None:
        with self.assertRaises(ProtocolError):
            _protocol.write(kind, fields, payload)

    def test_refuses_what_would_not_be_read(self) -> None:
        good = {"id": bytes(16)}
        _protocol.write("reply", good)
        self.refused("reply", {"id": bytes(15)})
        self.refused("reply", good | {"status": 199})
        self.refused("reply", good | {"headers": {"x": "v" * 8_193}})
        self.refused("reply", good, bytes(4_194_305))
        self.refused("ack", good, b"x")

    def test_refuses_a_header_that_is_too_large_as_a_whole(self) -> None:
        many = {f"x-{i}": "v" * 8_192 for i in range(8)}
        self.refused("reply", {"id": bytes(16), "headers": many})

    def test_refuses_text_without_utf8(self) -> None:
        self.refused("reject", {"id": bytes(16), "reason": "\ud800"})
