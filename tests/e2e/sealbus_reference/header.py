"""FORMAT.md section 5: the header."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import Malformed
from .wire import LAST_MILLIS, Reader, pack

HELLO, WELCOME, UP, DOWN = 1, 2, 3, 4


def _text(most: int) -> Callable[[Reader], str]:
    def read(reader: Reader) -> str:
        value = reader.text(most)
        if not value:
            raise Malformed("empty text")
        return value

    return read


def _bin(least: int, most: int) -> Callable[[Reader], bytes]:
    return lambda reader: reader.bin(least, most)


def _integer(least: int, most: int) -> Callable[[Reader], int]:
    return lambda reader: reader.unsigned(least, most)


def _one_of(*words: str) -> Callable[[Reader], str]:
    def read(reader: Reader) -> str:
        word = reader.text(16)
        if word not in words:
            raise Malformed("unknown word")
        return word

    return read


def _texts(least: int) -> Callable[[Reader], list[str]]:
    def read(reader: Reader) -> list[str]:
        values = [reader.text(256) for _ in range(reader.array(64))]
        if len(values) < least:
            raise Malformed("empty list")
        return values

    return read


def _pairs(most: int, is_name: Callable[[str], bool]) -> Callable[[Reader], dict[str, str]]:
    def read(reader: Reader) -> dict[str, str]:
        values = {}
        for name in reader.entries(most):
            if not is_name(name):
                raise Malformed("unacceptable name")
            values[name] = reader.text(8_192)
        if not values:
            raise Malformed("empty map")
        return values

    return read


def _is_lower(name: str) -> bool:
    return not any("A" <= ch <= "Z" for ch in name)


@dataclass(frozen=True)
class Type:
    """A row of section 5.3."""

    purposes: tuple[int, ...]
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    payload: bool = False


TYPES = {
    "hello": Type((HELLO,), ("service", "instance", "nonce", "heartbeat")),
    "welcome": Type((WELCOME,), ("instance", "echo", "nonce", "heartbeat")),
    "register": Type((UP,), payload=True),
    "message": Type(
        (DOWN,),
        ("contract", "kind", "expires", "auth", "attempt"),
        (
            "proof",
            "correlationId",
            "traceparent",
            "contentType",
            "method",
            "path",
            "params",
            "query",
            "headers",
        ),
        payload=True,
    ),
    "reply": Type(
        (UP,), ("answers", "status"), ("contentType", "headers", "correlationId"), payload=True
    ),
    "refused": Type((UP, DOWN), ("answers", "code"), ("subject", "reason", "missing")),
    "ack": Type((UP, DOWN), ("answers",)),
    "nack": Type((UP,), ("answers",), ("delay", "reason")),
    "reject": Type((UP,), ("answers",), ("code", "reason")),
    "progress": Type((UP,), ("answers",)),
    "credit": Type((UP,), ("upTo", "bytes", "ready")),
    "publish": Type(
        (UP,),
        ("contract", "expires"),
        ("auth", "proof", "permissions", "correlationId", "traceparent", "contentType"),
        payload=True,
    ),
    "heartbeat": Type((UP, DOWN)),
    "bye": Type((UP, DOWN), (), ("reason",)),
}

FIELDS: dict[str, Callable[[Reader], Any]] = {
    "type": _one_of(*TYPES),
    "id": _bin(16, 16),
    "issued": _integer(0, LAST_MILLIS),
    "expires": _integer(0, LAST_MILLIS),
    "service": _text(63),
    "instance": _bin(16, 16),
    "nonce": _bin(32, 32),
    "echo": _bin(32, 32),
    "heartbeat": _integer(100, 60_000),
    "contract": _text(128),
    "kind": _one_of("command", "query", "event"),
    "auth": _bin(1, 32_768),
    "proof": _bin(40, 40),
    "correlationId": _text(128),
    "traceparent": _text(55),
    "contentType": _text(256),
    "method": _text(16),
    "path": _text(8_192),
    "params": _pairs(32, lambda name: True),
    "query": _text(8_192),
    "headers": _pairs(64, _is_lower),
    "attempt": _integer(1, 1_000),
    "answers": _bin(16, 16),
    "status": _integer(200, 599),
    "code": _text(64),
    "subject": _text(128),
    "reason": _text(1_024),
    "missing": _texts(1),
    "delay": _integer(0, 86_400_000),
    "permissions": _texts(0),
    "upTo": _integer(0, 2**64 - 1),
    "bytes": _integer(0, 2**64 - 1),
    "ready": Reader.boolean,
}

ALWAYS = ("type", "id", "issued")


def encode(header: dict[str, Any]) -> bytes:
    """The bytes of a header. Checks nothing: tests make wrong ones with it too."""
    return pack(header)


def decode(data: bytes) -> dict[str, Any]:
    """The known fields; raises Malformed."""
    reader = Reader(data)
    header: dict[str, Any] = {}
    for key in reader.entries():
        if key in FIELDS:
            header[key] = FIELDS[key](reader)
        else:
            reader.pass_over(key)
    reader.end()
    _check_fields(header)
    return header


def _check_fields(header: dict[str, Any]) -> None:
    if "type" not in header:
        raise Malformed("type is missing")
    rule = TYPES[header["type"]]
    needs = ALWAYS + rule.needs
    for key in needs:
        if key not in header:
            raise Malformed(f"{header['type']}: {key} is missing")
    for key in header:
        if key not in needs and key not in rule.may_have:
            raise Malformed(f"{header['type']}: {key} does not belong there")
    if header["type"] == "publish" and ("auth" in header) != ("proof" in header):
        raise Malformed("publish: auth and proof come together")


def check_place(header: dict[str, Any], purpose: int, payload: bytes) -> None:
    """Does the type travel under this purpose, and take this payload? Raises Malformed."""
    rule = TYPES[header["type"]]
    if purpose not in rule.purposes:
        raise Malformed(f"{header['type']} does not travel in this direction")
    if payload and not rule.payload:
        raise Malformed(f"{header['type']} has a payload")
