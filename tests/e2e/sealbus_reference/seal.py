"""FORMAT.md section 3: the seal, its tag, and the checks that need no key."""

import hmac
from dataclasses import dataclass, replace

from . import header as headers
from .errors import Refused
from .keys import hmac_sha256, lp

MAGIC = b"SBUS"
VERSION = 1
SIZE = 72
TAGGED = 40
MOST_HEADER = 65_536
MOST_HEADER_AND_PAYLOAD = 4_194_304


@dataclass(frozen=True)
class Seal:
    """The fields of the first frame."""

    purpose: int
    key_id: bytes
    session: bytes = bytes(16)
    sequence: int = 0
    tag: bytes = bytes(32)

    def pack(self) -> bytes:
        """The 72 bytes."""
        head = MAGIC + bytes([VERSION, self.purpose, 0, 0]) + self.key_id + self.session
        return head + self.sequence.to_bytes(8, "big") + self.tag


def tag_of(key: bytes, tagged: bytes, header: bytes, payload: bytes) -> bytes:
    """The tag over the first 40 bytes of a seal and the other two frames."""
    label = b"sealbus/v1/seal\0"
    return hmac_sha256(key, label + lp(tagged) + lp(header) + lp(payload))


def seal_frames(key: bytes, seal: Seal, header: bytes, payload: bytes = b"") -> list[bytes]:
    """The three frames, with `seal` tagged under `key`."""
    tag = tag_of(key, seal.pack()[:TAGGED], header, payload)
    return [replace(seal, tag=tag).pack(), header, payload]


def tag_matches(key: bytes, frames: list[bytes]) -> bool:
    """Check 4."""
    seal, header, payload = frames
    return hmac.compare_digest(tag_of(key, seal[:TAGGED], header, payload), seal[TAGGED:])


def inspect(frames: list[bytes], receives: int, limit: int = MOST_HEADER_AND_PAYLOAD) -> Seal:
    """Checks 1 and 2. `receives` is UP at an ingress and DOWN at a sidecar."""
    if len(frames) != 3 or len(frames[0]) != SIZE:
        raise Refused("bad_size")
    if not 1 <= len(frames[1]) <= MOST_HEADER or len(frames[1]) + len(frames[2]) > limit:
        raise Refused("bad_size")
    raw = frames[0]
    purpose, handshake = raw[5], headers.HELLO if receives == headers.UP else headers.WELCOME
    if raw[:4] != MAGIC or raw[4] != VERSION or raw[6:8] != bytes(2):
        raise Refused("bad_version")
    if purpose not in (receives, handshake):
        raise Refused("bad_version", "a purpose that this side does not receive")
    seal = Seal(purpose, raw[8:16], raw[16:32], int.from_bytes(raw[32:40], "big"), raw[40:])
    if purpose == handshake:
        fits = seal.session == bytes(16) and seal.sequence == 0
    else:
        fits = seal.sequence != 0
    if not fits:
        raise Refused("bad_version", "session or sequence does not fit the purpose")
    return seal
