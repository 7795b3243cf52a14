"""Check 6: the header."""

import struct
from collections.abc import Iterator
from typing import Any

from sealbus_reference import header as headers
from sealbus_reference.wire import pack

from .accepted import DOWN_TYPES, PROOF, UP_TYPES
from .scene import (
    AUTH,
    CREDIT,
    DOWN,
    HEARTBEAT,
    HELLO,
    MESSAGE,
    NOW,
    REGISTER,
    REPLY,
    UP,
    WELCOME,
    Case,
    down,
    handshake,
    head,
    hello,
    some_id,
    traffic,
    up,
    welcome,
)


def raw_map(*pairs: tuple[Any, bytes]) -> bytes:
    """A small map of values that are encoded already; keys too, if they are bytes."""
    body = b"".join((key if isinstance(key, bytes) else pack(key)) + value for key, value in pairs)
    return bytes([0x80 + len(pairs)]) + body


def with_raw(header: dict[str, Any], key: Any, value: bytes) -> bytes:
    """`header` with one field set to bytes that msgpack would not write."""
    fields = {name: pack(one) for name, one in header.items()}
    fields[key] = value
    return raw_map(*fields.items())


def nested(levels: int) -> bytes:
    """Arrays in arrays, around a nil."""
    return b"\x91" * levels + b"\xc0"


# Values of a key that is not known, which is passed over.
PASSED_OVER = {
    "nil": b"\xc0",
    "a boolean": b"\xc3",
    "an integer": b"\xcf" + b"\xff" * 8,
    "a negative integer": b"\xff",
    "a long negative integer": b"\xd3" + struct.pack(">q", -(2**63)),
    "a str": pack("é"),
    "a bin": pack(b"\xff"),
    "an array": pack([1, [2]]),
    "a map": pack({"a": {"b": 1}}),
    "a map with a key twice": raw_map(("a", b"\1"), ("a", b"\2")),
    "a map with a key of 65 bytes": raw_map(("k" * 65, b"\1")),
    "a map of 65 entries": pack({f"k{n}": n for n in range(65)}),
    "eight levels": nested(8),
}

# Values that are refused wherever they stand.
NEVER = {
    "a float": pack(1.5),
    "a short float": b"\xca\x3f\xc0\x00\x00",
    "an ext": b"\xd4\x01\x00",
    "a long ext": b"\xc7\x01\x01\x00",
    "a timestamp": b"\xd6\xff" + struct.pack(">I", NOW // 1000),
    "the byte that means nothing": b"\xc1",
    "an integer that is not shortest": b"\xcc\x01",
    "a long integer that is not shortest": b"\xcf" + struct.pack(">Q", 2**32 - 1),
    "a negative integer that is not shortest": b"\xd0\xff",
    "a long negative integer that is not shortest": b"\xd3" + struct.pack(">q", -129),
    "a positive integer as a signed one": b"\xd0\x01",
    "a str that is not shortest": b"\xd9\x01a",
    "a long str that is not shortest": b"\xda\x00\x20" + b"a" * 32,
    "a bin that is not shortest": b"\xc5\x00\x01\x00",
    "an array that is not shortest": b"\xdc\x00\x01\x01",
    "a map that is not shortest": b"\xde\x00\x01\xa1a\x01",
    "a str that is not UTF-8": b"\xa1\xff",
    "a str with a surrogate": b"\xa3\xed\xa0\x80",
    "a str with an overlong form": b"\xa2\xc0\x80",
    "nine levels": nested(9),
    "ten thousand levels": nested(10_000),
    "a map whose key is no str": b"\x81\x01\x01",
    "a str that claims 4 GiB": b"\xdb\xff\xff\xff\xff",
    "a bin that claims 4 GiB": b"\xc6\xff\xff\xff\xff",
    "an array that claims 4 G elements": b"\xdd\xff\xff\xff\xff",
    "a map that claims 4 G entries": b"\xdf\xff\xff\xff\xff",
    "an ext that claims 4 GiB": b"\xc9\xff\xff\xff\xff\x01",
}


def _msgpack_cases() -> Iterator[Case]:
    for name, value in PASSED_OVER.items():
        frames = traffic(with_raw(MESSAGE, "newer", value))
        yield down(f"an unknown key with {name}", 6, frames)
    for name, value in NEVER.items():
        frames = traffic(with_raw(MESSAGE, "newer", value))
        yield down(f"an unknown key with {name}", 6, frames).refused("malformed_header")
    good = headers.encode(HEARTBEAT)
    for name, raw in {
        "not a map": pack([1, 2, 3]),
        "an empty map": b"\x80",
        "nil": b"\xc0",
        "a byte after the map": good + b"\xc0",
        "a map that has one entry more than it says": bytes([good[0] - 1]) + good[1:],
        "a map that says one entry more than it has": bytes([good[0] + 1]) + good[1:],
        "a map that is cut short": good[:-1],
        "a map that claims 4 G entries": b"\xdf\xff\xff\xff\xff" + good[1:],
        "a length that is not shortest": b"\xde\x00" + bytes([good[0] & 0xF]) + good[1:],
        "a known key twice": raw_map(
            *((key, pack(value)) for key, value in HEARTBEAT.items()), ("issued", pack(NOW))
        ),
        "an unknown key twice": raw_map(
            *((key, pack(value)) for key, value in HEARTBEAT.items()), ("x", b"\1"), ("x", b"\1")
        ),
        "a key that is no str": with_raw(HEARTBEAT, pack(7), b"\1"),
        "a key that is bin": with_raw(HEARTBEAT, pack(b"newer"), b"\1"),
        "a key that is not UTF-8": with_raw(HEARTBEAT, b"\xa1\xff", b"\1"),
        "a key of 65 bytes": with_raw(HEARTBEAT, "k" * 65, b"\1"),
        "a key that must be understood": with_raw(HEARTBEAT, "!newer", b"\1"),
        "65 entries": headers.encode(HEARTBEAT | {f"x{n}": 0 for n in range(62)}),
    }.items():
        yield down(f"header: {name}", 6, traffic(raw)).refused("malformed_header")
    yield down("header: a key of 64 bytes", 6, traffic(with_raw(HEARTBEAT, "k" * 64, b"\1")))
    many = HEARTBEAT | {f"x{n}": 0 for n in range(61)}
    yield down("header: 64 entries", 6, traffic(many))
    yield down("header: an exclamation mark inside a key", 6, traffic(HEARTBEAT | {"a!": 0}))


# A good and a bad value at each bound: field, what is good, what is not.
_LONG = "a" * 8_192
BOUNDS_DOWN: list[tuple[str, list[Any], list[Any]]] = [
    ("issued", [0, 253_402_300_799_999], [-1, 253_402_300_800_000, 2**64 - 1, "now", 1.5, None]),
    ("expires", [253_402_300_799_999], [-1, 253_402_300_800_000, 2**63, True]),
    ("id", [bytes(16)], [b"", bytes(15), bytes(17), "0123456789abcdef", 1]),
    ("contract", ["a", "c" * 128], ["", "c" * 129, b"CreateUser", 1, None, ["CreateUser"]]),
    ("kind", ["query"], ["", "Command", "events", 1, b"event"]),
    ("auth", [bytes(1)], [b"", bytes(32_769), "auth", {}]),
    ("attempt", [1, 1_000], [0, 1_001, -1, 2**64 - 1, "1", True]),
    ("proof", [PROOF], [b"", PROOF[:-1], PROOF + b"\0", "p" * 40]),
    ("correlationId", ["c" * 128], ["", "c" * 129, 1, b"c"]),
    ("traceparent", ["t" * 55], ["", "t" * 56, b"t"]),
    ("contentType", ["t" * 256], ["", "t" * 257, 7]),
    ("method", ["M" * 16], ["", "M" * 17, b"GET"]),
    ("path", ["/", _LONG], ["", _LONG + "a", b"/"]),
    ("query", [_LONG], ["", _LONG + "a", {"a": "1"}]),
    (
        "params",
        [{"": "x"}, {f"p{n}": "" for n in range(32)}, {"p": _LONG}],
        [
            {},
            {f"p{n}": "" for n in range(33)},
            {"p": _LONG + "a"},
            {"p": 1},
            {"k" * 65: ""},
            [],
            "p",
        ],
    ),
    (
        "headers",
        [{f"h{n}": "" for n in range(64)}, {"h": _LONG}],
        [{}, {f"h{n}": "" for n in range(65)}, {"h": _LONG + "a"}, {"H": "1"}, {"h": b"1"}, ["h"]],
    ),
]
BOUNDS_UP: list[tuple[str, dict[str, Any], list[Any], list[Any]]] = [
    ("answers", REPLY, [bytes(16)], [b"", bytes(15), bytes(17), "a" * 16]),
    ("status", REPLY, [200, 599], [199, 600, 0, -200, 65_736, "200"]),
    ("upTo", CREDIT, [0, 2**64 - 1], [-1, "1", None]),
    ("bytes", CREDIT, [0, 2**64 - 1], [-1, True]),
    ("ready", CREDIT, [False], [0, 1, "true", None]),
    ("code", head("reject", answers=some_id(2)), ["c" * 64], ["", "c" * 65, 403]),
    ("reason", head("nack", answers=some_id(2)), ["r" * 1_024], ["", "r" * 1_025, ["r"]]),
    ("delay", head("nack", answers=some_id(2)), [0, 86_400_000], [-1, 86_400_001, "1"]),
    (
        "missing",
        head("refused", answers=some_id(2), code="permission_denied"),
        [["m" * 256], ["m"] * 64],
        [[], ["m" * 257], ["m"] * 65, [1], "m", {"m": 1}],
    ),
    (
        "subject",
        head("refused", answers=some_id(2), code="not_granted"),
        ["s" * 128],
        ["", "s" * 129, b"s"],
    ),
    (
        "permissions",
        head("publish", contract="users.Created", expires=NOW),
        [[], ["p" * 256], ["p"] * 64],
        [["p" * 257], ["p"] * 65, "p", None],
    ),
]


def show(value: Any) -> str:
    """A short name for a value."""
    text = repr(value)
    return text if len(text) <= 24 else f"a {type(value).__name__}, {len(pack(value)):,} encoded"


def _bound_cases() -> Iterator[Case]:
    for key, good, bad in BOUNDS_DOWN:
        for value in good:
            yield down(f"{key}: {show(value)}", 6, traffic(MESSAGE | {key: value}))
        for value in bad:
            case = down(f"{key}: {show(value)}", 6, traffic(MESSAGE | {key: value}))
            yield case.refused("malformed_header")
    for key, header, good, bad in BOUNDS_UP:
        for value in good:
            yield up(f"{key}: {show(value)}", 6, traffic(header | {key: value}, purpose=UP))
        for value in bad:
            frames = traffic(header | {key: value}, purpose=UP)
            yield up(f"{key}: {show(value)}", 6, frames).refused("malformed_header")
    twice = raw_map(("a", pack("1")), ("a", pack("2")))
    for key in ("params", "headers"):
        yield down(f"{key}: a name twice", 6, traffic(with_raw(MESSAGE, key, twice))).refused(
            "malformed_header"
        )


def _handshake_cases() -> Iterator[Case]:
    for purpose, good, case in ((HELLO, hello(), up), (WELCOME, welcome(), down)):
        name = "HELLO" if purpose == HELLO else "WELCOME"
        header = headers.decode(good[1])
        changes: dict[str, dict[str, Any]] = {
            "a heartbeat of 99 ms": {"heartbeat": 99},
            "a heartbeat of 60,001 ms": {"heartbeat": 60_001},
            "a nonce of 31 bytes": {"nonce": bytes(31)},
            "a nonce of 33 bytes": {"nonce": bytes(33)},
            "an instance of 15 bytes": {"instance": bytes(15)},
            "a field of another type": {"contract": "CreateUser"},
            "another type": {"type": "heartbeat"},
        }
        if purpose == HELLO:
            changes["a service of 64 bytes"] = {"service": "s" * 64}
            changes["another service than its key's"] = {"service": "orders"}
            changes["no service in its name"] = {"service": ""}
        else:
            changes["an echo of 31 bytes"] = {"echo": bytes(31)}
        for what, change in changes.items():
            frames = handshake(header | change, purpose)
            yield case(f"a {name} with {what}", 6, frames, seen=()).refused("malformed_header")
        for key in header:
            less = {one: value for one, value in header.items() if one != key}
            frames = handshake(less, purpose)
            yield case(f"a {name} without {key}", 6, frames, seen=()).refused("malformed_header")
        frames = handshake(header, purpose, b"payload")
        yield case(f"a {name} with a payload", 6, frames, seen=()).refused("malformed_header")
        for heartbeat in (100, 60_000):
            frames = handshake(header | {"heartbeat": heartbeat}, purpose)
            yield case(f"a {name} with a heartbeat of {heartbeat} ms", 6, frames, seen=())


# A value for each field, to be put where it does not belong.
SAMPLES: dict[str, Any] = {
    "expires": NOW + 1, "service": "users", "instance": some_id(5), "nonce": bytes(32),
    "echo": bytes(32), "heartbeat": 1_000, "contract": "CreateUser", "kind": "command",
    "auth": AUTH, "proof": PROOF, "correlationId": "c", "traceparent": "t", "contentType": "t",
    "method": "GET", "path": "/", "params": {"a": "b"}, "query": "q", "headers": {"a": "b"},
    "attempt": 1, "answers": some_id(2), "status": 200, "code": "expired", "subject": "s",
    "reason": "r", "missing": ["m"], "delay": 1, "permissions": ["p"], "upTo": 1, "bytes": 1,
    "ready": True,
}  # fmt: skip


def _type_cases() -> Iterator[Case]:
    plain = {"register": REGISTER}
    plain |= {header["type"]: header for header, _ in (*UP_TYPES.values(), *DOWN_TYPES.values())}
    for kind, rule in headers.TYPES.items():
        if kind in ("hello", "welcome"):
            continue
        purpose, case = (UP, up) if UP in rule.purposes else (DOWN, down)
        known = (*headers.ALWAYS, *rule.needs)
        header = {key: plain[kind][key] for key in known}
        sequence, seen = (1, ()) if kind == "register" else (2, (1,))
        for key in known:
            less = {one: value for one, value in header.items() if one != key}
            frames = traffic(less, purpose=purpose, sequence=sequence)
            yield case(f"{kind} without {key}", 6, frames, seen=seen).refused("malformed_header")
        for key, value in SAMPLES.items():
            if key in known or key in rule.may_have:
                continue
            frames = traffic(header | {key: value}, purpose=purpose, sequence=sequence)
            yield case(f"{kind} with {key}", 6, frames, seen=seen).refused("malformed_header")
        if not rule.payload:
            frames = traffic(header, b"x", purpose=purpose)
            yield case(f"{kind} with a payload", 6, frames).refused("malformed_header")


def _place_cases() -> Iterator[Case]:
    for name, header in {
        "register": REGISTER,
        "reply": REPLY,
        "credit": CREDIT,
        "progress": head("progress", answers=some_id(2)),
        "publish": head("publish", contract="users.Created", expires=NOW),
        "hello": headers.decode(hello()[1]),
        "welcome": headers.decode(welcome()[1]),
    }.items():
        yield down(f"{name}, down", 6, traffic(header)).refused("malformed_header")
    yield up("a message, up", 6, traffic(MESSAGE, purpose=UP)).refused("malformed_header")
    for value in ("", "Message", "messages", "ping", 1, b"message"):
        frames = traffic(MESSAGE | {"type": value})
        yield down(f"type: {value!r}", 6, frames).refused("malformed_header")
    first = up("a credit before the register", 6, traffic(CREDIT, purpose=UP, sequence=1), seen=())
    yield first.refused("malformed_header")
    again = up("a second register", 6, traffic(REGISTER, purpose=UP))
    yield again.refused("malformed_header")
    late = traffic(REGISTER, purpose=UP, sequence=3)
    yield up("a register whose sequence is not the first", 6, late, seen=())
    publish = head("publish", contract="users.Created", expires=NOW)
    for key, value in (("auth", AUTH), ("proof", PROOF)):
        frames = traffic(publish | {key: value}, purpose=UP)
        half = up(f"a publish with {key} alone", 6, frames)
        yield half.refused("malformed_header")


def cases() -> Iterator[Case]:
    """All of check 6."""
    yield from _msgpack_cases()
    yield from _bound_cases()
    yield from _handshake_cases()
    yield from _type_cases()
    yield from _place_cases()
