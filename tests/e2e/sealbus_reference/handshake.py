"""FORMAT.md section 4: HELLO and WELCOME."""

from dataclasses import dataclass
from typing import Any

from . import header as headers
from .errors import Malformed, Refused
from .keys import ServiceKey
from .seal import Seal, inspect, seal_frames, tag_matches
from .session import SKEW, Parties, Session


@dataclass(frozen=True)
class Hello:
    """A sidecar's half of one handshake, with the nonce that it made for it."""

    key: ServiceKey
    instance: bytes
    nonce: bytes
    heartbeat: int = 1_000

    def frames(self, message_id: bytes, now: int) -> list[bytes]:
        """The HELLO."""
        header = {
            "type": "hello",
            "id": message_id,
            "issued": now,
            "service": self.key.service,
            "instance": self.instance,
            "nonce": self.nonce,
            "heartbeat": self.heartbeat,
        }
        seal = Seal(headers.HELLO, self.key.id)
        return seal_frames(self.key.handshake_key("up"), seal, headers.encode(header))

    def finish(self, welcome: list[bytes], now: int, skew: int = SKEW) -> Session:
        """The session that a WELCOME settles; raises Refused."""
        header = _open(welcome, headers.WELCOME, [self.key])[1]
        if header["echo"] != self.nonce:
            raise Refused("replayed", "the WELCOME answers another HELLO")
        if abs(header["issued"] - now) > skew:
            raise Refused("clock_skew")
        parties = Parties(
            self.key.service, self.instance, header["instance"], self.nonce, header["nonce"]
        )
        return Session(self.key, parties, headers.UP, header["heartbeat"])


def open_hello(frames: list[bytes], ring: list[ServiceKey]) -> tuple[ServiceKey, dict[str, Any]]:
    """The key of the ring that sealed a HELLO, and its header; raises Refused."""
    key, header = _open(frames, headers.HELLO, ring)
    if header["service"] != key.service:
        raise Malformed("the HELLO names another service than its key")
    return key, header


@dataclass(frozen=True)
class Ingress:
    """An ingress, as it introduces itself in one WELCOME."""

    instance: bytes
    nonce: bytes
    heartbeat: int = 1_000


def answer_hello(
    frames: list[bytes],
    ring: list[ServiceKey],
    ingress: Ingress,
    message_id: bytes,
    now: int,
    skew: int = SKEW,
) -> tuple[list[bytes], Session | None]:
    """The WELCOME, and the session unless the clocks are too far apart; raises Refused."""
    key, hello = open_hello(frames, ring)
    header = {
        "type": "welcome",
        "id": message_id,
        "issued": now,
        "instance": ingress.instance,
        "echo": hello["nonce"],
        "nonce": ingress.nonce,
        "heartbeat": ingress.heartbeat,
    }
    seal = Seal(headers.WELCOME, key.id)
    welcome = seal_frames(key.handshake_key("down"), seal, headers.encode(header))
    if abs(hello["issued"] - now) > skew:
        return welcome, None
    parties = Parties(
        key.service, hello["instance"], ingress.instance, hello["nonce"], ingress.nonce
    )
    return welcome, Session(key, parties, headers.DOWN, hello["heartbeat"])


def _open(
    frames: list[bytes], purpose: int, ring: list[ServiceKey]
) -> tuple[ServiceKey, dict[str, Any]]:
    receives = headers.UP if purpose == headers.HELLO else headers.DOWN
    seal = inspect(frames, receives)
    if seal.purpose != purpose:
        raise Refused("unknown_session")
    key = next((one for one in ring if one.id == seal.key_id), None)
    if key is None:
        raise Refused("unknown_key")
    if not tag_matches(key.handshake_key("up" if purpose == headers.HELLO else "down"), frames):
        raise Refused("bad_tag")
    header = headers.decode(frames[1])
    headers.check_place(header, purpose, frames[2])
    return key, header
