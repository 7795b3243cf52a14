"""FORMAT.md section 8: the payload of `register`."""

import re
from collections.abc import Callable
from typing import Any

from .auth_context import permissions
from .errors import Malformed
from .wire import Reader, pack

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
MOST = 4_096
SEVEN_DAYS = 7 * 24 * 3_600_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
_LITERAL = re.compile(r"[A-Za-z0-9\-._~!$&'()+,=:@]+\Z")
_CAPTURE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,63})\}\Z")


def _is_path(text: str) -> bool:
    if text == "/":
        return True
    first, *segments = text.split("/")
    if first or not 1 <= len(segments) <= 32:
        return False
    captures = [match[1] for match in map(_CAPTURE.match, segments) if match]
    literals = [segment for segment in segments if not _CAPTURE.match(segment)]
    good = all(_LITERAL.match(segment) and segment not in (".", "..") for segment in literals)
    return good and len(captures) == len(set(captures))


def _matching(most: int, accepts: Callable[[str], object]) -> Callable[[Reader], str]:
    def read(reader: Reader) -> str:
        value = reader.text(most)
        if not accepts(value):
            raise Malformed("unacceptable text")
        return value

    return read


def _duration(reader: Reader) -> int:
    return reader.unsigned(0, SEVEN_DAYS)


def _strict_map(reader: Reader, fields: dict[str, Callable[[Reader], Any]]) -> dict[str, Any]:
    found = {}
    for key in reader.entries():
        if key not in fields:
            raise Malformed("unknown key")
        found[key] = fields[key](reader)
    return found


def _required(reader: Reader) -> dict[str, Any]:
    def read_list(reader: Reader) -> list[str]:
        return permissions(reader, 64)

    return _strict_map(reader, {"allOf": read_list, "anyOf": read_list})


def _retry(reader: Reader) -> dict[str, Any]:
    fields: dict[str, Callable[[Reader], Any]] = {
        "maxAttempts": lambda reader: reader.unsigned(1, 1_000),
        "initialDelay": _duration,
        "maxDelay": _duration,
        "ackWait": _duration,
    }
    return _strict_map(reader, fields)


def _methods(reader: Reader) -> list[str]:
    read_one = _matching(16, METHODS.__contains__)
    found = [read_one(reader) for _ in range(reader.array(7))]
    if not found:
        raise Malformed("no method")
    return found


_CONTRACT: dict[str, Callable[[Reader], Any]] = {
    "name": _matching(64, _NAME.match),
    "kind": _matching(16, ("command", "query", "event").__contains__),
    "methods": _methods,
    "path": _matching(512, _is_path),
    "required": _required,
    "public": Reader.boolean,
    "timeout": _duration,
    "delivery": _matching(16, ("stored", "memory").__contains__),
    "authAt": _matching(16, ("ingress", "delivery").__contains__),
    "maxAuthAge": _duration,
    "retry": _retry,
}
_NEEDS = ("name", "methods", "path")
_SUBSCRIPTION: dict[str, Callable[[Reader], Any]] = {
    "event": _matching(128, bool),
    "required": _required,
}


def _record(
    reader: Reader, fields: dict[str, Callable[[Reader], Any]], needs: tuple[str, ...]
) -> dict[str, Any]:
    found = {}
    for key in reader.entries():
        if key in fields:
            found[key] = fields[key](reader)
        else:
            reader.pass_over(key)
    if any(key not in found for key in needs):
        raise Malformed("incomplete")
    return found


def contract(name: str, path: str, **fields: Any) -> dict[str, Any]:
    """A contract with what every one needs; the other fields by their names."""
    return {"name": name, "methods": ["POST"], "path": path} | fields


def encode(contracts: list[dict[str, Any]], subscribe: list[dict[str, Any]] | None = None) -> bytes:
    """The payload of a register message."""
    return pack({"contracts": contracts, "subscribe": subscribe or []})


def decode(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Its contracts and subscriptions; raises Malformed."""
    reader = Reader(data)
    found: dict[str, list[dict[str, Any]]] = {"contracts": [], "subscribe": []}
    for key in reader.entries():
        if key == "contracts":
            found[key] = [_record(reader, _CONTRACT, _NEEDS) for _ in range(reader.array(MOST))]
        elif key == "subscribe":
            count = reader.array(MOST)
            found[key] = [_record(reader, _SUBSCRIPTION, ("event",)) for _ in range(count)]
        else:
            reader.pass_over(key)
    reader.end()
    names = [one["name"] for one in found["contracts"]]
    if len(names) != len(set(names)):
        raise Malformed("a contract's name twice")
    return found
