"""Accepted: every type of section 5.3, with as little and with as much as it may have."""

from collections.abc import Iterator
from typing import Any

from sealbus_reference import registration

from .scene import (
    AUTH,
    CREDIT,
    HEARTBEAT,
    MESSAGE,
    NOW,
    REGISTER,
    REPLY,
    UP,
    Case,
    down,
    head,
    hello,
    some_id,
    traffic,
    up,
    welcome,
)

PROOF = NOW.to_bytes(8, "big") + bytes(32)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REQUEST = {"correlationId": "req-1", "traceparent": TRACE, "contentType": "application/json"}

DOWN_TYPES: dict[str, tuple[dict[str, Any], bytes]] = {
    "message": (MESSAGE, b""),
    "message with everything": (
        MESSAGE
        | {
            "proof": PROOF,
            **REQUEST,
            "method": "POST",
            "path": "/api/users/%C3%A9/create",
            "params": {"id": "é", "empty": ""},
            "query": "a=1&a=2&b",
            "headers": {"accept-language": "de", "x-empty": ""},
            "attempt": 1_000,
        },
        b'{"name":"Ada"}',
    ),
    "message that is a query": (MESSAGE | {"kind": "query"}, b""),
    "message that is an event": (MESSAGE | {"kind": "event", "contract": "orders.Placed"}, b"x"),
    "refused, down": (head("refused", answers=some_id(2), code="not_granted"), b""),
    "refused with everything, down": (
        head(
            "refused",
            answers=some_id(2),
            code="route_conflict",
            subject="CreateUser",
            reason="another service already has this route",
            missing=["users:create", "users:read"],
        ),
        b"",
    ),
    "ack, down": (head("ack", answers=some_id(2)), b""),
    "heartbeat, down": (HEARTBEAT, b""),
    "bye, down": (head("bye"), b""),
    "bye with its reason, down": (head("bye", reason="draining"), b""),
}

UP_TYPES: dict[str, tuple[dict[str, Any], bytes]] = {
    "reply": (REPLY, b""),
    "reply with everything": (
        REPLY
        | {
            "status": 599,
            "contentType": "text/plain; charset=utf-8",
            "headers": {"location": "/api/users/1"},
            "correlationId": "req-1",
        },
        b"created",
    ),
    "refused, up": (head("refused", answers=some_id(2), code="expired"), b""),
    "refused with everything, up": (
        head(
            "refused",
            answers=some_id(2),
            code="permission_denied",
            subject="CreateUser",
            reason="the user lacks a permission",
            missing=["users:create"],
        ),
        b"",
    ),
    "ack, up": (head("ack", answers=some_id(2)), b""),
    "nack": (head("nack", answers=some_id(2)), b""),
    "nack with everything": (
        head("nack", answers=some_id(2), delay=86_400_000, reason="later"),
        b"",
    ),
    "nack at once": (head("nack", answers=some_id(2), delay=0), b""),
    "reject": (head("reject", answers=some_id(2)), b""),
    "reject with everything": (
        head("reject", answers=some_id(2), code="unprocessable", reason="no such order"),
        b"",
    ),
    "progress": (head("progress", answers=some_id(2)), b""),
    "credit": (CREDIT, b""),
    "credit for as much as there is": (
        CREDIT | {"upTo": 2**64 - 1, "bytes": 2**64 - 1, "ready": False},
        b"",
    ),
    "publish": (head("publish", contract="users.Created", expires=NOW + 1), b""),
    "publish for a user": (
        head("publish", contract="users.Created", expires=NOW + 1, auth=AUTH, proof=PROOF)
        | {"permissions": ["users:create"], **REQUEST},
        b"{}",
    ),
    "publish for a user without any permission": (
        head("publish", contract="users.Created", expires=NOW + 1, auth=AUTH, proof=PROOF)
        | {"permissions": []},
        b"",
    ),
    "heartbeat, up": (HEARTBEAT, b""),
    "bye, up": (head("bye"), b""),
    "bye with its reason, up": (head("bye", reason="draining"), b""),
}


def cases() -> Iterator[Case]:
    """One for each entry above, and the handshake and the registration."""
    yield up("hello", 9, hello(), seen=())
    yield down("welcome", 9, welcome(), seen=())
    contracts = [registration.contract("CreateUser", "/api/create-user")]
    first = traffic(REGISTER, registration.encode(contracts), purpose=UP, sequence=1)
    yield up("register", 9, first, seen=())
    for name, (header, payload) in DOWN_TYPES.items():
        yield down(name, 9, traffic(header, payload))
    for name, (header, payload) in UP_TYPES.items():
        yield up(name, 9, traffic(header, payload, purpose=UP))
