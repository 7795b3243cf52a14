"""The tables of PROTOCOL.md, and reading and writing by them.

Each key has a check, which gives the complaint about a value or nothing. The same tables serve both
ways, so what is written is what would be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _wire
from ._errors import ProtocolError

VERSION = 1
MOST_PAYLOAD = 4_194_304
MOST_FROM_SERVICE = 65_536
MOST_FROM_SIDECAR = 131_072
LAST_TIME = 253_402_300_799_999

Check = Callable[[Any], str | None]


def text(most: int, least: int = 0) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not str:
            return "is not text"
        return None if least <= len(value.encode()) <= most else "has the wrong length"

    return check


def blob(most: int, least: int | None = None) -> Check:
    at_least = most if least is None else least

    def check(value: Any) -> str | None:
        if type(value) is not bytes:
            return "is not bin"
        return None if at_least <= len(value) <= most else "has the wrong length"

    return check


def integer(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not int:
            return "is not an integer"
        return None if least <= value <= most else "is out of range"

    return check


def boolean(value: Any) -> str | None:
    return None if type(value) is bool else "is not a boolean"


def one_of(*names: str) -> Check:
    return lambda value: None if type(value) is str and value in names else "is none of the list"


def texts(most: int, element: Check) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not list:
            return "is not an array"
        if len(value) > most:
            return "has too many elements"
        return next(filter(None, map(element, value)), None)

    return check


def pairs(most: int, longest: int) -> Check:
    key, entry = text(64), text(longest)

    def check(value: Any) -> str | None:
        if type(value) is not dict:
            return "is not a map"
        if len(value) > most:
            return "has too many entries"
        return next((key(k) or entry(v) for k, v in value.items() if key(k) or entry(v)), None)

    return check


_NOT_A_PERMISSION = re.compile(r"[\x00-\x20\x7f,]")


def permission(value: Any) -> str | None:
    return text(256, 1)(value) or ("has a byte that no permission has"
                                   if _NOT_A_PERMISSION.search(value) else None)  # fmt: skip


@dataclass(frozen=True)
class Fields:
    """The keys of one map."""

    needs: Mapping[str, Check] = field(default_factory=dict)
    may: Mapping[str, Check] = field(default_factory=dict)
    payload: bool = False

    def read(self, raw: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """The keys that are known; the others are passed over, as far as that is allowed."""
        for key in self.needs:
            if key not in raw:
                raise ProtocolError(f"{where}{key} is missing")
        known = {}
        for key, value in raw.items():
            check = self.needs.get(key) or self.may.get(key)
            if check is not None:
                complaint = check(value)
                if complaint:
                    raise ProtocolError(f"{where}{key} {complaint}")
                known[key] = value
            elif key.startswith("!"):
                raise ProtocolError(f"{where}a key that must be understood is unknown")
            elif not _wire.is_plain(value):
                raise ProtocolError(f"{where}a value is too deep or of a type that is not allowed")
        return known


AUTH = Fields(
    needs={
        "userId": text(1_024),
        "permissions": texts(1_024, permission),
        "wildcards": boolean,
        "method": one_of("jwt", "development", "service", "anonymous"),
        "authenticatedAt": integer(0, LAST_TIME),
    },
    may={
        "issuer": text(1_024),
        "tokenId": text(1_024),
        "permissionsSource": text(1_024),
        "expiresAt": integer(0, LAST_TIME),
        "claims": pairs(32, 1_024),
        "actor": texts(8, text(1_024)),
    },
)


def auth(value: Any) -> str | None:
    if type(value) is not dict:
        return "is not a map"
    try:
        known = AUTH.read(value)
    except ProtocolError as error:
        return f"is wrong: {error}"
    if (known["userId"] == "") != (known["method"] == "anonymous"):
        return "is wrong: userId is empty exactly when the method is anonymous"
    return None


_ID = {"id": blob(16)}
_REASON = {"reason": text(1_024)}
_CONTRACTS = {"contracts": texts(4_096, text(128))}
_PROTOCOL = {"protocol": integer(0, 2**64 - 1)}

FROM_SERVICE: dict[str, Fields] = {
    "subscribe": Fields(_PROTOCOL | {"credit": integer(1, 65_535)},
                        _CONTRACTS | {"name": text(128)}),
    "reply": Fields(_ID, {"status": integer(200, 599), "contentType": text(256),
                          "headers": pairs(64, 8_192)}, payload=True),
    "ack": Fields(_ID),
    "nack": Fields(_ID, _REASON | {"delay": integer(0, 86_400_000)}),
    "reject": Fields(_ID, _REASON | {"code": text(64)}),
    "progress": Fields(_ID),
    "heartbeat": Fields(),
    "bye": Fields(),
}  # fmt: skip

FROM_SIDECAR: dict[str, Fields] = {
    "subscribed": Fields(_PROTOCOL | _CONTRACTS | {
        "service": text(63, 1), "instance": blob(16), "heartbeat": integer(50, 60_000)}),
    "message": Fields(_ID | {
        "contract": text(128, 1), "kind": one_of("command", "query", "event"), "auth": auth,
        "context": blob(32_768, 1), "attempt": integer(1, 1_000),
    }, {
        "proof": blob(40), "method": text(16), "path": text(8_192), "params": pairs(32, 8_192),
        "query": text(8_192), "headers": pairs(64, 8_192), "contentType": text(256),
        "correlationId": text(128), "traceparent": text(55), "deadline": integer(0, LAST_TIME),
    }, payload=True),
    "refused": Fields({"code": text(64)} | _REASON, _ID),
    "heartbeat": Fields(),
    "bye": Fields({}, _REASON),
}  # fmt: skip


@dataclass(frozen=True)
class Frames:
    """A message that was read."""

    type: str
    fields: dict[str, Any] = field(repr=False)
    payload: bytes = field(repr=False)


def read(table: Mapping[str, Fields], most_header: int, frames: Sequence[bytes]) -> Frames:
    """What the frames say; raises nothing but ProtocolError."""
    if len(frames) != 2:
        raise ProtocolError("not two frames", code="bad_size")
    header, payload = frames
    if len(payload) > MOST_PAYLOAD:
        raise ProtocolError("the payload is too large", code="bad_size")
    if not 1 <= len(header) <= most_header:
        raise ProtocolError("the header is too large, or empty")
    raw = _wire.unpack(header)
    kind = raw.pop("type", None)
    try:
        if type(kind) is not str or kind not in table:
            raise ProtocolError("type is missing or unknown")
        fields = _checked(table[kind], raw, payload)
    except ProtocolError as error:
        id = raw.get("id")
        if kind == "message" and type(id) is bytes and len(id) == 16:
            error.id = id
        raise
    return Frames(kind, fields, payload)


def write(kind: str, fields: Mapping[str, Any], payload: bytes = b"") -> list[bytes]:
    """The frames that a service sends; raises ProtocolError where there are none."""
    try:
        _checked(FROM_SERVICE[kind], fields, payload)
        header = _wire.pack({"type": kind, **fields})
    except UnicodeEncodeError:
        raise ProtocolError("text that UTF-8 has no bytes for") from None
    if len(header) > MOST_FROM_SERVICE or len(payload) > MOST_PAYLOAD:
        raise ProtocolError("a frame is too large")
    return [header, payload]


def _checked(fields: Fields, raw: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
    version = raw.get("protocol")
    if "protocol" in fields.needs and type(version) is int and version != VERSION:
        raise ProtocolError(f"this side speaks protocol {VERSION}", code="bad_version")
    if payload and not fields.payload:
        raise ProtocolError("a payload where none belongs")
    return fields.read(raw)
