"""What a handler gets and gives: who calls, what they sent, and the reply."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from ._errors import InvalidJson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _when(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


@dataclass(frozen=True)
class Auth:
    """Who calls and what they may do. The sidecar verified it; nothing here needs checking again."""

    user_id: str  # empty only when method is "anonymous"
    permissions: tuple[str, ...] = ()
    wildcards: bool = False  # `*` and `users:*` grant what they cover
    method: str = "jwt"  # jwt, development, service, anonymous
    issuer: str | None = None
    token_id: str | None = field(default=None, repr=False)
    authenticated_at: datetime | None = None
    expires_at: datetime | None = None  # of the token
    permissions_source: str | None = None
    claims: Mapping[str, str] = field(default_factory=_nothing, repr=False, hash=False)
    actor: tuple[str, ...] = ()  # services that acted for the user, oldest first

    def can(self, permission: str) -> bool:
        """Does the caller have this permission?"""
        return any(
            granted == permission
            or (self.wildcards and granted == "*")
            or (self.wildcards and granted.endswith(":*") and permission.startswith(granted[:-1]))
            for granted in self.permissions
        )

    @classmethod
    def _from(cls, fields: Mapping[str, Any]) -> Auth:
        return cls(
            user_id=fields["userId"],
            permissions=tuple(fields["permissions"]),
            wildcards=fields["wildcards"],
            method=fields["method"],
            issuer=fields.get("issuer") or None,
            token_id=fields.get("tokenId") or None,
            authenticated_at=_when(fields["authenticatedAt"]),
            expires_at=_when(fields.get("expiresAt")),
            permissions_source=fields.get("permissionsSource") or None,
            claims=MappingProxyType(fields.get("claims", {})),
            actor=tuple(fields.get("actor", ())),
        )


async def _no_progress() -> None:
    """A message that came from no sidecar has nobody to tell."""


@dataclass(frozen=True)
class Message:
    """What was sent. Text that the request did not have is empty."""

    contract: str
    payload: bytes = field(default=b"", repr=False)
    kind: str = "command"  # command, query, event
    id: uuid.UUID = field(default_factory=uuid.uuid4)  # the same for every attempt
    attempt: int = 1
    deadline: datetime | None = None  # the answer is of no use after it
    method: str = ""
    path: str = ""
    params: Mapping[str, str] = field(default_factory=_nothing, hash=False)  # captured from the path
    query: str = ""  # what stood after `?`, as it was
    headers: Mapping[str, str] = field(default_factory=_nothing, repr=False, hash=False)  # lower-case names
    content_type: str = ""
    correlation_id: str = ""
    traceparent: str = ""
    context: bytes = field(default=b"", repr=False)  # opaque: the sealed form of auth
    proof: bytes = field(default=b"", repr=False)  # opaque
    _progress: Callable[[], Awaitable[None]] = field(
        default=_no_progress, repr=False, compare=False
    )

    def json(self) -> Any:
        """The payload as JSON; raises InvalidJson if it is none, or empty."""
        try:
            return json.loads(self.payload.decode(), parse_constant=_not_json)
        except (ValueError, RecursionError) as error:
            raise InvalidJson(f"the payload is not JSON: {type(error).__name__}") from None

    async def progress(self) -> None:
        """Still working: the time in which an event must be answered begins again."""
        await self._progress()

    @classmethod
    def _from(
        cls, fields: Mapping[str, Any], payload: bytes, progress: Callable[[], Awaitable[None]]
    ) -> Message:
        return cls(
            contract=fields["contract"],
            payload=payload,
            kind=fields["kind"],
            id=uuid.UUID(bytes=fields["id"]),
            attempt=fields["attempt"],
            deadline=_when(fields.get("deadline")),
            method=fields.get("method", ""),
            path=fields.get("path", ""),
            params=MappingProxyType(fields.get("params", {})),
            query=fields.get("query", ""),
            headers=MappingProxyType(fields.get("headers", {})),
            content_type=fields.get("contentType", ""),
            correlation_id=fields.get("correlationId", ""),
            traceparent=fields.get("traceparent", ""),
            context=fields["context"],
            proof=fields.get("proof", b""),
            _progress=progress,
        )


def _not_json(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,64}")  # RFC 9110, section 5.6.2, in lower case
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EMPTY_STATUS = (204, 205, 304)


class Reply:
    """The answer to a command or query.

    The body is None, bytes, str (text/plain), or a dict or list (JSON). The status is 204 for None
    and 200 otherwise, unless given. Header names are put in lower case. Raises TypeError or
    ValueError for what is no HTTP response.
    """

    def __init__(
        self,
        body: object = None,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
    ) -> None:
        self.body, natural_type = _as_bytes(body)
        self.status = (204 if body is None else 200) if status is None else status
        self.content_type = natural_type if content_type is None else content_type
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        if type(self.status) is not int or not 200 <= self.status <= 599:
            raise ValueError("status must be an integer from 200 to 599")
        if self.body and self.status in _EMPTY_STATUS:
            raise ValueError(f"a response with status {self.status} has no body")
        if _CONTROL.search(self.content_type):
            raise ValueError("content_type has a control byte")
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or _CONTROL.search(value):
                raise ValueError(f"not an HTTP header: {name!r}")

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"status": self.status}
        if self.content_type:
            fields["contentType"] = self.content_type
        if self.headers:
            fields["headers"] = self.headers
        return fields


def _as_bytes(body: object) -> tuple[bytes, str]:
    """The body's bytes, and the content type that it has by nature."""
    if body is None:
        return b"", ""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body), "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    if isinstance(body, (dict, list)):
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(), "application/json"
    raise TypeError(f"a handler cannot return {type(body).__name__}")
