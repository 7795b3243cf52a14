"""What all cases share: two keys, the two ends of a session, good messages, and how a case looks.

A reject case is a good input changed in one place. Everything is fixed, so that the files come out
the same on every run.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from sealbus_reference import Hello, Parties, RootKey, Session, auth_context
from sealbus_reference import header as headers
from sealbus_reference.handshake import Ingress, answer_hello
from sealbus_reference.seal import Seal, seal_frames
from sealbus_reference.session import SKEW

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ROOT = RootKey(bytes(range(32)))
OTHER_ROOT = RootKey(bytes(range(1, 33)))
KEY = ROOT.derive("users")
PREVIOUS = OTHER_ROOT.derive("users")

UP, DOWN, HELLO, WELCOME = headers.UP, headers.DOWN, headers.HELLO, headers.WELCOME


def some_id(number: int) -> bytes:
    """A version 7 UUID that is easy to tell from others."""
    return bytes.fromhex("019b76da a800 7000 8000") + number.to_bytes(6, "big")


SIDECAR, INGRESS = some_id(0xA1), some_id(0xB2)
SIDECAR_NONCE, INGRESS_NONCE = bytes([0x51] * 32), bytes([0x1A] * 32)
PARTIES = Parties("users", SIDECAR, INGRESS, SIDECAR_NONCE, INGRESS_NONCE)

AUTH = auth_context.encode(
    {
        "userId": "user-123",
        "permissions": ["users:create"],
        "wildcards": False,
        "method": "jwt",
        "authenticatedAt": NOW,
    }
)


def head(type_name: str, /, **fields: Any) -> dict[str, Any]:
    """A header of this type with what every header has."""
    return {"type": type_name, "id": some_id(1), "issued": NOW} | fields


MESSAGE = head(
    "message", contract="CreateUser", kind="command", expires=NOW + 5_000, auth=AUTH, attempt=1
)
REPLY = head("reply", answers=some_id(2), status=200)
CREDIT = head("credit", upTo=16, bytes=1_048_576, ready=True)
HEARTBEAT = head("heartbeat")
REGISTER = head("register")


@dataclass(frozen=True)
class Case:
    """One case, before it is checked against the second implementation and written down."""

    name: str
    check: int
    receiver: str
    frames: list[Any]
    reason: str | None = None  # None: it is accepted
    seen: list[int] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def refused(self, reason: str) -> "Case":
        return replace(self, reason=reason)


def _session(sends: int, parties: Parties = PARTIES, key: Any = KEY) -> Session:
    return Session(key, parties, sends)


def traffic(
    header: dict[str, Any] | bytes,
    payload: bytes = b"",
    *,
    purpose: int = DOWN,
    sequence: int = 2,
    parties: Parties = PARTIES,
    key: Any = KEY,
) -> list[bytes]:
    """The frames of a message of the session; `header` may be bytes that are no header."""
    name = "up" if purpose == UP else "down"
    raw = header if isinstance(header, bytes) else headers.encode(header)
    seal = Seal(purpose, key.id, parties.session_id(key), sequence)
    return seal_frames(parties.traffic_key(key, name), seal, raw, payload)


def handshake(header: dict[str, Any] | bytes, purpose: int, payload: bytes = b"") -> list[bytes]:
    """The frames of a HELLO or WELCOME with any header."""
    raw = header if isinstance(header, bytes) else headers.encode(header)
    key = KEY.handshake_key("up" if purpose == HELLO else "down")
    return seal_frames(key, Seal(purpose, KEY.id), raw, payload)


def hello(now: int = NOW) -> list[bytes]:
    """A HELLO of the session's sidecar."""
    return Hello(KEY, SIDECAR, SIDECAR_NONCE).frames(some_id(3), now)


def welcome(now: int = NOW, answers: int = NOW) -> list[bytes]:
    """The WELCOME to it, made at `now`."""
    ingress = Ingress(INGRESS, INGRESS_NONCE)
    return answer_hello(hello(answers), [KEY], ingress, some_id(4), now, skew=2**60)[0]


def down(name: str, check: int, frames: list[Any], *, seen: Any = (1,), **more: Any) -> Case:
    """A case at a sidecar, which has accepted the sequences in `seen`."""
    return Case(name, check, "sidecar", frames, seen=list(seen), more=more)


def up(name: str, check: int, frames: list[Any], *, seen: Any = (1,), **more: Any) -> Case:
    """A case at an ingress, which has accepted `seen`, the first of them the register."""
    return Case(name, check, "ingress", frames, seen=list(seen), more=more)


def defaults() -> dict[str, Any]:
    """What a case has unless it says otherwise."""
    return {
        "now": NOW,
        "skew": SKEW,
        "limit": 4_194_304,
        "keys": [KEY.text()],
        "session": {
            "service": PARTIES.service,
            "sidecar": PARTIES.sidecar.hex(),
            "ingress": PARTIES.ingress.hex(),
            "sidecarNonce": PARTIES.sidecar_nonce.hex(),
            "ingressNonce": PARTIES.ingress_nonce.hex(),
        },
    }
