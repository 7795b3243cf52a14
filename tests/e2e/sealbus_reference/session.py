"""FORMAT.md sections 4 and 9: one session, sealing one way and opening the other."""

from dataclasses import dataclass, field
from typing import Any

from . import header as headers
from .errors import Malformed, Refused
from .keys import ServiceKey, hkdf, info
from .seal import MOST_HEADER_AND_PAYLOAD, Seal, inspect, seal_frames, tag_matches

WINDOW = 1_024
SKEW = 30_000

__all__ = ["SKEW", "WINDOW", "Opened", "Parties", "ReplayWindow", "Session", "inspect"]


@dataclass(frozen=True)
class Parties:
    """Both ends of a session, as the handshake settled them."""

    service: str
    sidecar: bytes
    ingress: bytes
    sidecar_nonce: bytes
    ingress_nonce: bytes

    @property
    def _salt(self) -> bytes:
        return self.sidecar_nonce + self.ingress_nonce

    def traffic_key(self, key: ServiceKey, direction: str) -> bytes:
        """T_up or T_down."""
        about = info("sealbus/v1/traffic", direction, self.service, self.sidecar, self.ingress)
        return hkdf(key.secret, self._salt, about)

    def session_id(self, key: ServiceKey) -> bytes:
        """The session id."""
        about = info("sealbus/v1/session", self.service, self.sidecar, self.ingress)
        return hkdf(key.secret, self._salt, about)[:16]


class ReplayWindow:
    """Which sequences were seen: the plain reading of check 5, a set that forgets old numbers."""

    def __init__(self) -> None:
        self._highest = 0
        self._seen: set[int] = set()

    def accept(self, sequence: int) -> bool:
        """True, once, for a number that is new and not older than the window."""
        if sequence == 0 or sequence <= self._highest - WINDOW or sequence in self._seen:
            return False
        self._highest = max(self._highest, sequence)
        self._seen.add(sequence)
        self._seen = {one for one in self._seen if one > self._highest - WINDOW}
        return True


@dataclass(frozen=True)
class Opened:
    """A message that passed checks 1 to 7."""

    header: dict[str, Any]
    payload: bytes
    sequence: int


@dataclass
class Session:
    """Seals under one purpose, UP or DOWN, and opens the other. Not for two threads."""

    key: ServiceKey
    parties: Parties
    sends: int
    peer_heartbeat: int = 1_000
    registered: bool = False
    window: ReplayWindow = field(default_factory=ReplayWindow)
    _sequence: int = 0

    def __post_init__(self) -> None:
        directions = {headers.UP: "up", headers.DOWN: "down"}
        self.receives = headers.DOWN if self.sends == headers.UP else headers.UP
        self.id = self.parties.session_id(self.key)
        self._send_key = self.parties.traffic_key(self.key, directions[self.sends])
        self._receive_key = self.parties.traffic_key(self.key, directions[self.receives])

    def seal(self, header: dict[str, Any], payload: bytes = b"") -> list[bytes]:
        """The frames of the next message."""
        self._sequence += 1
        seal = Seal(self.sends, self.key.id, self.id, self._sequence)
        return seal_frames(self._send_key, seal, headers.encode(header), payload)

    def open(
        self,
        frames: list[bytes],
        now: int,
        skew: int = SKEW,
        limit: int = MOST_HEADER_AND_PAYLOAD,
    ) -> Opened:
        """Checks 1 to 7; raises Refused."""
        seal = inspect(frames, self.receives, limit)
        if (seal.purpose, seal.session, seal.key_id) != (self.receives, self.id, self.key.id):
            raise Refused("unknown_session")
        if not tag_matches(self._receive_key, frames):
            raise Refused("bad_tag")
        if not self.window.accept(seal.sequence):
            raise Refused("replayed")
        header = headers.decode(frames[1])
        headers.check_place(header, self.receives, frames[2])
        if self.receives == headers.UP:
            if (header["type"] == "register") == self.registered:
                raise Malformed("register comes first, and once")
            self.registered = True
        if now >= header.get("expires", now + 1) + skew:
            raise Refused("expired")
        return Opened(header, frames[2], seal.sequence)
