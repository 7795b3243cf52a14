"""FORMAT.md section 6: the authContext."""

from collections.abc import Callable
from typing import Any

from .errors import Malformed
from .wire import LAST_MILLIS, Reader, pack

METHODS = ("jwt", "development", "service", "anonymous")
REQUIRED = ("userId", "permissions", "wildcards", "method", "authenticatedAt")
LONGEST = 1_024


def is_permission(text: str) -> bool:
    """1 to 256 bytes without a comma, a space or a control byte."""
    clean = all(ch > " " and ch not in ",\x7f" for ch in text)
    return clean and 1 <= len(text.encode()) <= 256


def permissions(reader: Reader, most: int) -> list[str]:
    """An array of permissions."""
    found = [reader.text(LONGEST) for _ in range(reader.array(most))]
    if not all(is_permission(text) for text in found):
        raise Malformed("not a permission")
    return found


def _method(reader: Reader) -> str:
    method = reader.text(16)
    if method not in METHODS:
        raise Malformed("unknown method")
    return method


_FIELDS: dict[str, Callable[[Reader], Any]] = {
    "userId": lambda reader: reader.text(LONGEST),
    "permissions": lambda reader: permissions(reader, 1_024),
    "wildcards": Reader.boolean,
    "method": _method,
    "authenticatedAt": lambda reader: reader.unsigned(0, LAST_MILLIS),
    "issuer": lambda reader: reader.text(LONGEST),
    "tokenId": lambda reader: reader.text(LONGEST),
    "permissionsSource": lambda reader: reader.text(LONGEST),
    "expiresAt": lambda reader: reader.unsigned(0, LAST_MILLIS),
    "claims": lambda reader: {name: reader.text(LONGEST) for name in reader.entries(32)},
    "actor": lambda reader: [reader.text(LONGEST) for _ in range(reader.array(8))],
}


def encode(context: dict[str, Any]) -> bytes:
    """The bytes of a context, whose fields the caller has filled as section 6 says."""
    return pack(context)


def decode(data: bytes) -> dict[str, Any]:
    """The known fields; raises Malformed."""
    reader = Reader(data)
    context: dict[str, Any] = {}
    for key in reader.entries():
        if key in _FIELDS:
            context[key] = _FIELDS[key](reader)
        else:
            reader.pass_over(key)
    reader.end()
    if any(key not in context for key in REQUIRED):
        raise Malformed("a required field is missing")
    if (context["userId"] == "") != (context["method"] == "anonymous"):
        raise Malformed("userId is empty exactly when the method is anonymous")
    return context
