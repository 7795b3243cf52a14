#!/usr/bin/env python3
"""Makes tests/vectors/protocol/*.json: the test cases of bindings/PROTOCOL.md.

Written from the document alone and with the standard library alone, so that it shares no mistake
with a binding. It gives the same files at every run.

    python3 tests/vectors/make_protocol_vectors.py [FOLDER]
"""

import json
import sys
from pathlib import Path

ID = bytes.fromhex("0190a1b2c3d47e5f8a9bacbdcedf0102")
INSTANCE = bytes.fromhex("0190a1b2c3d47000800000000000000a")
LAST_TIME = 253_402_300_799_999


# --- msgpack, written by hand -------------------------------------------------------------------


class Raw(bytes):
    """Bytes that are encoded already."""


def sized(value: int, forms: list[tuple[int, int, int]]) -> bytes:
    """The first form (most, lead, width) that holds the value."""
    for most, lead, width in forms:
        if value <= most:
            return bytes([lead]) + value.to_bytes(width, "big")
    raise ValueError(value)


def pack(value) -> bytes:
    """A value in its shortest form."""
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if value < 0:
            return value.to_bytes(1, "big", signed=True)
        if value < 0x80:
            return bytes([value])
        return sized(value, [(0xFF, 0xCC, 1), (0xFFFF, 0xCD, 2), (2**32 - 1, 0xCE, 4),
                             (2**64 - 1, 0xCF, 8)])  # fmt: skip
    if isinstance(value, str):
        body = value.encode()
        if len(body) < 32:
            return bytes([0xA0 | len(body)]) + body
        return sized(len(body), [(0xFF, 0xD9, 1), (0xFFFF, 0xDA, 2), (2**32 - 1, 0xDB, 4)]) + body
    if isinstance(value, bytes):
        return sized(len(value), [(0xFF, 0xC4, 1), (0xFFFF, 0xC5, 2), (2**32 - 1, 0xC6, 4)]) + value
    if isinstance(value, list):
        return count(len(value), 0x90, 0xDC) + b"".join(map(pack, value))
    items = list(value.items())
    return count(len(items), 0x80, 0xDE) + b"".join(pack(k) + pack(v) for k, v in items)


def count(n: int, fix: int, lead16: int) -> bytes:
    return bytes([fix | n]) if n < 16 else bytes([lead16]) + n.to_bytes(2, "big")


# --- cases ----------------------------------------------------------------------------------------


def parts(frame: bytes) -> list:
    """Hexadecimal; a long run of one byte as a repeat."""
    out, start, at = [], 0, 0
    while at < len(frame):
        end = at
        while end < len(frame) and frame[end] == frame[at]:
            end += 1
        if end - at >= 64:
            if at > start:
                out.append(frame[start:at].hex())
            out.append({"repeat": frame[at : at + 1].hex(), "times": end - at})
            start = end
        at = end
    if start < len(frame):
        out.append(frame[start:].hex())
    return out


def plain(value):
    """A field as JSON: bin is hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return value


class Cases:
    def __init__(self, direction: str, most_header: int):
        self.direction = direction
        self.most_header = most_header
        self.encode: list[dict] = []
        self.accept: list[dict] = []
        self.reject: list[dict] = []

    def good(self, name: str, fields: dict, payload: bytes = b""):
        self.encode.append({"name": name, "fields": plain(fields),
                            "frames": [parts(pack(fields)), parts(payload)]})  # fmt: skip

    def read(self, name: str, header: bytes, fields: dict, payload: bytes = b""):
        self.accept.append({"name": name, "fields": plain(fields),
                            "frames": [parts(header), parts(payload)]})  # fmt: skip

    def bad(self, name: str, why: str, *frames: bytes, reason: str = "malformed_header"):
        self.reject.append({"name": name, "reason": reason, "why": why,
                            "frames": [parts(frame) for frame in frames]})  # fmt: skip

    def bounds(self, base: dict, at: str, bound: tuple):
        """At the bound: read. One past it, and of another type: refused."""
        label = base["type"] + "-" + at.replace(".", "-")
        for name, value in within(bound):
            self.good(f"{label}-{name}", put(base, at, value))
        for name, value in beyond(bound):
            self.bad(f"{label}-{name}", f"{at}: {name.replace('-', ' ')}",
                     pack(put(base, at, value)), b"")  # fmt: skip
        self.wrong_types(base, at, bound[0])

    def wrong_types(self, base: dict, at: str, right: str):
        label = base["type"] + "-" + at.replace(".", "-")
        others = {"nil": None, "bool": True, "integer": 200, "str": "200", "bin": b"200",
                  "array": [], "map": {}}  # fmt: skip
        del others[{"texts": "array", "pairs": "map", "time": "integer"}.get(right, right)]
        for name, value in others.items():
            self.bad(f"{label}-is-{name}", f"{at} has the wrong type",
                     pack(put(base, at, value)), b"")  # fmt: skip

    def needs(self, base: dict, *keys: str):
        for key in keys:
            whole, _, inner = key.partition(".")
            less = {k: v for k, v in base.items() if k != key}
            if inner:
                less[whole] = {k: v for k, v in base[whole].items() if k != inner}
            label = base["type"] + "-without-" + key.replace(".", "-")
            self.bad(label, f"{key} is missing", pack(less), b"")

    def write(self, folder: Path):
        """One case a line, so that a change shows as the case that it is."""
        lists = []
        for label in ("encode", "accept", "reject"):
            group = getattr(self, label)
            names = [case["name"] for case in group]
            assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
            lines = ",\n".join("  " + json.dumps(case) for case in group)
            lists.append(f' "{label}": [\n{lines}\n ]')
        head = f'{{\n "format": "bindings/PROTOCOL.md, section 7",\n "direction": "{self.direction}",\n'
        (folder / f"{self.direction}.json").write_text(head + ",\n".join(lists) + "\n}\n")


def put(base: dict, at: str, value) -> dict:
    """The map with one value changed or added, `auth.userId` inside."""
    key, _, inner = at.partition(".")
    return base | {key: base[key] | {inner: value} if inner else value}


def within(bound: tuple) -> list[tuple[str, object]]:
    kind, *limits = bound
    match kind:
        case "str":
            return [("at-its-longest", "x" * limits[0])]
        case "integer" | "time":
            least, most = limits if limits else (0, LAST_TIME)
            return [("at-its-least", least), ("at-its-most", most)]
        case "bin":
            least, most = limits
            sizes = [("at-its-longest", most)] + ([("at-its-shortest", least)] * (least < most))
            return [(name, b"\xa5" * size) for name, size in sizes]
        case "texts":
            most, longest = limits
            return [("at-its-most", ["x"] * most), ("of-the-longest", ["x" * longest])]
        case "pairs":
            most, longest = limits
            return [("at-its-most", {f"x-{i}": "" for i in range(most)}),
                    ("of-the-longest", {"x" * 64: "v" * longest})]  # fmt: skip
    raise ValueError(kind)


def beyond(bound: tuple) -> list[tuple[str, object]]:
    kind, *limits = bound
    match kind:
        case "str":
            return [("one-too-long", "x" * (limits[0] + 1)),
                    ("too-long-in-bytes", "é" * (limits[0] // 2) + "xx")]  # fmt: skip
        case "integer" | "time":
            least, most = limits if limits else (0, LAST_TIME)
            return [("one-too-small", least - 1), ("one-too-large", most + 1),
                    ("largest-there-is", 2**64 - 1)]  # fmt: skip
        case "bin":
            least, most = limits
            return [("one-too-long", b"\xa5" * (most + 1)),
                    ("one-too-short", b"\xa5" * (least - 1))]  # fmt: skip
        case "texts":
            most, longest = limits
            return [("one-too-many", ["x"] * (most + 1)), ("one-too-long", ["x" * (longest + 1)]),
                    ("with-an-integer", [1])]  # fmt: skip
        case "pairs":
            most, longest = limits
            return [("one-too-many", {f"x-{i}": "" for i in range(most + 1)}),
                    ("value-one-too-long", {"x": "v" * (longest + 1)}),
                    ("key-one-too-long", {"x" * 65: ""}),
                    ("value-is-integer", {"x": 1}), ("key-is-bin", {b"x": ""})]  # fmt: skip
    raise ValueError(kind)


# --- what holds for both directions ---------------------------------------------------------------


def shapes(cases: Cases):
    beat = {"type": "heartbeat"}
    cases.good("heartbeat", beat)
    cases.read("unknown-key", pack(beat | {"colour": "red"}), beat)
    everything = {"nil": None, "yes": True, "no": False, "n": 2**64 - 1, "minus": -32,
                  "text": "ü", "bytes": b"\xff", "array": [1, [2]], "map": {"a": {"b": []}}}  # fmt: skip
    cases.read("unknown-key-with-every-type", pack(beat | {"x": everything}), beat)
    nested = Raw(b"\x91" * 7 + b"\x90")
    cases.read("unknown-key-eight-levels-deep", pack({"x": nested} | beat), beat)
    cases.read("type-last", pack({"a": 1, "b": 2} | beat), beat)
    cases.read("sixty-four-keys", pack(beat | {f"k{i}": 0 for i in range(63)}), beat)
    cases.read("key-of-64-bytes", pack(beat | {"k" * 64: 0}), beat)
    room = cases.most_header - len(pack(beat | {"x": "p" * 0x10000})) + 0x10000
    filler = "p" * room if room >= 0x10000 else "p" * (room + 2)
    largest = pack(beat | {"x": filler})
    assert len(largest) == cases.most_header
    cases.read("header-at-its-largest", largest, beat)
    cases.bad("header-one-too-large", "the header is one byte too large",
              pack(beat | {"x": filler + "p"}), b"")  # fmt: skip

    good = pack(beat)
    cases.bad("no-payload-frame", "one frame", good, reason="bad_size")
    cases.bad("three-frames", "three frames", good, b"", b"", reason="bad_size")
    cases.bad("empty-header", "the header is empty", b"", b"")
    cases.bad("payload-where-none-belongs", "a heartbeat has no payload", good, b"\x00")
    for name, why, header in not_strict():
        cases.bad(name, why, header, b"")
    cases.bad("unknown-type", "type is none of the list", pack({"type": "hello"}), b"")
    cases.bad("type-publish", "reserved, and unknown today", pack({"type": "publish"}), b"")
    cases.bad("type-in-capitals", "type is none of the list", pack({"type": "Heartbeat"}), b"")
    cases.bad("type-empty", "type is none of the list", pack({"type": ""}), b"")
    cases.bad("type-bin", "type is bin", pack({"type": b"heartbeat"}), b"")
    cases.bad("type-missing", "type is missing", pack({"id": ID}), b"")
    cases.bad("empty-map", "type is missing", b"\x80", b"")
    cases.bad("unknown-key-that-must-be-understood", "an unknown key begins with !",
              pack(beat | {"!colour": "red"}), b"")  # fmt: skip


def not_strict() -> list[tuple[str, str, bytes]]:
    """Headers that are not strict msgpack: a good one, changed in one place."""
    beat = pack({"type": "heartbeat"})

    def extra(value: bytes) -> bytes:
        return b"\x82" + beat[1:] + pack("x") + value

    text = "too long for its form"
    return [
        ("cut-short", "the last byte is missing", beat[:-1]),
        ("trailing-byte", "a byte follows the map", beat + b"\xc0"),
        ("header-is-nil", "not a map", b"\xc0"),
        ("header-is-array", "not a map", b"\x92" + beat[1:]),
        ("header-is-str", "not a map", pack("heartbeat")),
        ("duplicate-type", "a key stands twice", b"\x82" + beat[1:] * 2),
        ("duplicate-unknown-key", "a key stands twice", b"\x83" + beat[1:] + b"\xa1x\x01" * 2),
        ("sixty-five-keys", "too many keys",
         pack({"type": "heartbeat"} | {f"k{i}": 0 for i in range(64)})),
        ("key-of-65-bytes", "a key is too long", pack({"type": "heartbeat", "k" * 65: 0})),
        ("key-is-bin", "a key is bin", b"\x82" + beat[1:] + b"\xc4\x01x\x01"),
        ("key-is-integer", "a key is an integer", b"\x82" + beat[1:] + b"\x01\x01"),
        ("key-is-nil", "a key is nil", b"\x82" + beat[1:] + b"\xc0\x01"),
        ("key-not-utf8", "a key is not UTF-8", b"\x82" + beat[1:] + b"\xa1\xff\x01"),
        ("nine-levels-deep", "nested too deeply", extra(b"\x91" * 8 + b"\x90")),
        ("nine-maps-deep", "nested too deeply", extra(b"\x81\xa1x" * 8 + b"\x80")),
        ("ten-thousand-levels-deep", "nested too deeply", extra(b"\x91" * 10_000 + b"\x90")),
        ("ends-in-ten-thousand-arrays", "nested too deeply, cut short", extra(b"\x91" * 10_000)),
        ("map-in-16-bits", "map length not shortest", b"\xde\x00\x01" + beat[1:]),
        ("map-in-32-bits", "map length not shortest", b"\xdf\x00\x00\x00\x01" + beat[1:]),
        ("key-in-8-bits", "str length not shortest", b"\x81\xd9\x04type" + beat[6:]),
        ("str-in-8-bits", "str length not shortest", extra(b"\xd9\x01x")),
        ("str-in-16-bits", "str length not shortest", extra(b"\xda\x00\x15" + text.encode())),
        ("str-in-32-bits", "str length not shortest", extra(b"\xdb\x00\x00\x00\x15" + text.encode())),
        ("bin-in-16-bits", "bin length not shortest", extra(b"\xc5\x00\x01x")),
        ("bin-in-32-bits", "bin length not shortest", extra(b"\xc6\x00\x00\x00\x01x")),
        ("array-in-16-bits", "array length not shortest", extra(b"\xdc\x00\x01\x01")),
        ("array-in-32-bits", "array length not shortest", extra(b"\xdd\x00\x00\x00\x01\x01")),
        ("integer-in-8-bits", "integer not shortest", extra(b"\xcc\x7f")),
        ("integer-in-16-bits", "integer not shortest", extra(b"\xcd\x00\xff")),
        ("integer-in-32-bits", "integer not shortest", extra(b"\xce\x00\x00\xff\xff")),
        ("integer-in-64-bits", "integer not shortest", extra(b"\xcf" + (2**32 - 1).to_bytes(8, "big"))),
        ("negative-in-8-bits", "integer not shortest", extra(b"\xd0\xe0")),
        ("positive-as-signed", "integer not shortest", extra(b"\xd1\x00\xff")),
        ("float32", "a float", extra(b"\xca\x3f\x80\x00\x00")),
        ("float64", "a float", extra(b"\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00")),
        ("float-nan", "a float", extra(b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00")),
        ("float-inside", "a float", extra(b"\x91\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00")),
        ("fixext1", "an ext", extra(b"\xd4\x01\x00")),
        ("ext8", "an ext", extra(b"\xc7\x03\x01abc")),
        ("timestamp32", "a timestamp", extra(b"\xd6\xff\x00\x00\x00\x01")),
        ("timestamp64", "a timestamp", extra(b"\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x01")),
        ("reserved-byte", "0xc1 is no type", extra(b"\xc1")),
        ("str-not-utf8", "str is not UTF-8", extra(b"\xa1\xff")),
        ("str-utf8-overlong", "str is not UTF-8", extra(b"\xa2\xc0\xaf")),
        ("str-utf8-surrogate", "str is not UTF-8", extra(b"\xa3\xed\xa0\x80")),
        ("str-of-4-gib", "cut short", extra(b"\xdb\xff\xff\xff\xffx")),
        ("bin-of-4-gib", "cut short", extra(b"\xc6\xff\xff\xff\xffx")),
        ("array-of-4-gib", "cut short", extra(b"\xdd\xff\xff\xff\xff\x01")),
        ("map-of-4-gib", "cut short", extra(b"\xdf\xff\xff\xff\xff\xa1x\x01")),
        ("ext-of-4-gib", "cut short", extra(b"\xc9\xff\xff\xff\xff\x01x")),
    ]  # fmt: skip


# --- service to sidecar ---------------------------------------------------------------------------


def service_to_sidecar() -> Cases:
    cases = Cases("service_to_sidecar", 65_536)
    shapes(cases)
    cases.good("bye", {"type": "bye"})

    subscribe = {"type": "subscribe", "protocol": 1, "credit": 16}
    whole = subscribe | {"name": "users:4711", "contracts": ["CreateUser", "orders.OrderPlaced"]}
    cases.good("subscribe-to-all", subscribe)
    cases.good("subscribe", whole)
    cases.good("subscribe-to-an-empty-list", subscribe | {"contracts": []})
    cases.needs(whole, "protocol", "credit")
    cases.bounds(subscribe, "credit", ("integer", 1, 65_535))
    cases.bounds(subscribe, "name", ("str", 128))
    cases.bounds(subscribe, "contracts", ("texts", 4_096, 128))
    cases.wrong_types(subscribe, "protocol", "integer")
    cases.bad("subscribe-protocol-2", "another version", pack(subscribe | {"protocol": 2}), b"",
              reason="bad_version")  # fmt: skip
    cases.bad("subscribe-with-payload", "no payload belongs here", pack(subscribe), b"x")

    reply = {"type": "reply", "id": ID}
    full = reply | {"status": 201, "contentType": "application/json",
                    "headers": {"location": "/api/users/1", "x-note": "a\tb"}}  # fmt: skip
    cases.good("reply-bare", reply)
    cases.good("reply", full, b'{"id":1}')
    cases.good("reply-largest-payload", reply, b"\x00" * 4_194_304)
    cases.bad("reply-payload-one-too-large", "the payload is one byte too large", pack(reply),
              b"\x00" * 4_194_305, reason="bad_size")  # fmt: skip
    cases.read("reply-keys-in-another-order", pack(dict(reversed(full.items()))), full, b"{}")
    cases.bounds(reply, "status", ("integer", 200, 599))
    cases.bounds(reply, "contentType", ("str", 256))
    cases.bounds(reply, "headers", ("pairs", 64, 8_192))
    twice = pack(reply)[1:] + pack("headers") + b"\x82" + b"\xa1x\xa1y" * 2
    cases.bad("reply-duplicate-header", "a key stands twice", b"\x83" + twice, b"")

    for kind in ("reply", "ack", "nack", "reject", "progress"):
        answer = {"type": kind, "id": ID}
        if kind != "reply":
            cases.good(kind, answer)
            cases.bad(f"{kind}-with-payload", "no payload belongs here", pack(answer), b"x")
        cases.needs(answer, "id")
        cases.bounds(answer, "id", ("bin", 16, 16))
    cases.bad("ack-id-as-text", "id is its text form",
              pack({"type": "ack", "id": "0190a1b2-c3d4-7e5f-8a9b-acbdcedf0102"}), b"")  # fmt: skip
    cases.bounds({"type": "nack", "id": ID}, "delay", ("integer", 0, 86_400_000))
    cases.bounds({"type": "nack", "id": ID}, "reason", ("str", 1_024))
    cases.bounds({"type": "reject", "id": ID}, "code", ("str", 64))
    cases.bounds({"type": "reject", "id": ID}, "reason", ("str", 1_024))
    cases.good("nack-with-all", {"type": "nack", "id": ID, "delay": 1_500, "reason": "busy"})
    cases.good("reject-with-all",
               {"type": "reject", "id": ID, "code": "no_such_user", "reason": "übel\n\x1b[31m"})  # fmt: skip
    for kind in ("subscribed", "message", "refused"):
        cases.bad(f"other-direction-{kind}", "a sidecar's type", pack({"type": kind, "id": ID}), b"")
    return cases


# --- sidecar to service ---------------------------------------------------------------------------

AUTH = {"userId": "user-123", "permissions": ["users:create", "users:read"], "wildcards": False,
        "method": "jwt", "authenticatedAt": 1_700_000_000_000}  # fmt: skip
WHOLE_AUTH = AUTH | {
    "issuer": "https://issuer.example/", "tokenId": "t-1", "expiresAt": 1_700_003_600_000,
    "permissionsSource": "permissions", "claims": {"email": "ada@example.com", "name": "Ada"},
    "actor": ["orders", "billing"]}  # fmt: skip


def sidecar_to_service() -> Cases:
    cases = Cases("sidecar_to_service", 131_072)
    shapes(cases)
    subscribed = {"type": "subscribed", "protocol": 1, "service": "my-service",
                  "instance": INSTANCE, "heartbeat": 1_000, "contracts": ["CreateUser"]}  # fmt: skip
    cases.good("subscribed", subscribed)
    cases.good("subscribed-to-nothing", subscribed | {"contracts": []})
    cases.needs(subscribed, "protocol", "service", "instance", "heartbeat", "contracts")
    cases.bounds(subscribed, "service", ("str", 63))
    cases.bounds(subscribed, "instance", ("bin", 16, 16))
    cases.bounds(subscribed, "heartbeat", ("integer", 50, 60_000))
    cases.bounds(subscribed, "contracts", ("texts", 4_096, 128))
    cases.wrong_types(subscribed, "protocol", "integer")
    cases.bad("subscribed-service-empty", "service is empty", pack(subscribed | {"service": ""}), b"")
    cases.bad("subscribed-protocol-2", "another version", pack(subscribed | {"protocol": 2}), b"",
              reason="bad_version")  # fmt: skip

    cases.good("bye", {"type": "bye"})
    cases.bounds({"type": "bye"}, "reason", ("str", 1_024))
    refused = {"type": "refused", "code": "malformed_header", "reason": "door: cut short at byte 3"}
    cases.good("refused", refused)
    cases.good("refused-an-answer", refused | {"code": "replayed", "reason": "", "id": ID})
    cases.needs(refused, "code", "reason")
    cases.bounds(refused, "code", ("str", 64))
    cases.bounds(refused, "reason", ("str", 1_024))
    cases.bounds(refused, "id", ("bin", 16, 16))
    for kind in ("subscribe", "reply", "ack", "nack", "reject", "progress"):
        cases.bad(f"other-direction-{kind}", "a service's type", pack({"type": kind, "id": ID}), b"")
    messages(cases)
    authentication(cases)
    return cases


MESSAGE = {"type": "message", "id": ID, "contract": "CreateUser", "kind": "command", "auth": AUTH,
           "context": pack(AUTH), "attempt": 1, "deadline": 1_700_000_005_000}  # fmt: skip


def messages(cases: Cases):
    cases.good("message-bare", MESSAGE)
    cases.good("message", MESSAGE | {
        "auth": WHOLE_AUTH, "context": pack(WHOLE_AUTH), "proof": bytes(range(40)),
        "method": "POST", "path": "/api/teams/7/users", "params": {"team": "7"},
        "query": "dry=1", "headers": {"accept": "*/*"}, "contentType": "application/json",
        "correlationId": "r-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        b'{"name":"Ada"}')  # fmt: skip
    for kind in ("query", "event"):
        cases.good(f"message-{kind}", MESSAGE | {"kind": kind})
    cases.good("message-largest-payload", MESSAGE, b"\x00" * 4_194_304)
    cases.bad("message-payload-one-too-large", "the payload is one byte too large", pack(MESSAGE),
              b"\x00" * 4_194_305, reason="bad_size")  # fmt: skip
    cases.good("message-without-deadline", {k: v for k, v in MESSAGE.items() if k != "deadline"})
    cases.needs(MESSAGE, "id", "contract", "kind", "auth", "context", "attempt")
    cases.bad("message-kind-unknown", "no such kind", pack(MESSAGE | {"kind": "Command"}), b"")
    cases.bad("message-contract-empty", "contract is empty", pack(MESSAGE | {"contract": ""}), b"")
    for key, bound in {
        "id": ("bin", 16, 16),
        "contract": ("str", 128),
        "context": ("bin", 1, 32_768),
        "proof": ("bin", 40, 40),
        "attempt": ("integer", 1, 1_000),
        "deadline": ("time",),
        "method": ("str", 16),
        "path": ("str", 8_192),
        "query": ("str", 8_192),
        "params": ("pairs", 32, 8_192),
        "headers": ("pairs", 64, 8_192),
        "contentType": ("str", 256),
        "correlationId": ("str", 128),
        "traceparent": ("str", 55),
    }.items():
        cases.bounds(MESSAGE, key, bound)
    cases.wrong_types(MESSAGE, "kind", "str")


def authentication(cases: Cases):
    anonymous = AUTH | {"userId": "", "permissions": [], "method": "anonymous"}
    cases.good("auth-anonymous", MESSAGE | {"auth": anonymous, "context": pack(anonymous)})
    for method in ("development", "service"):
        cases.good(f"auth-{method}", put(MESSAGE, "auth.method", method))
    cases.good("auth-wildcards", put(MESSAGE, "auth.wildcards", True))
    cases.good("auth-no-permissions", put(MESSAGE, "auth.permissions", []))
    cases.read("auth-unknown-key", pack(put(MESSAGE, "auth.colour", [1])), MESSAGE)
    cases.bad("auth-unknown-key-that-must-be-understood", "an unknown key begins with !",
              pack(put(MESSAGE, "auth.!colour", 1)), b"")  # fmt: skip
    for key, bound in {
        "userId": ("str", 1_024),
        "permissions": ("texts", 1_024, 256),
        "authenticatedAt": ("time",),
        "issuer": ("str", 1_024),
        "tokenId": ("str", 1_024),
        "permissionsSource": ("str", 1_024),
        "expiresAt": ("time",),
        "claims": ("pairs", 32, 1_024),
        "actor": ("texts", 8, 1_024),
    }.items():
        cases.bounds(MESSAGE, f"auth.{key}", bound)
    cases.wrong_types(MESSAGE, "auth.wildcards", "bool")
    cases.wrong_types(MESSAGE, "auth.method", "str")
    cases.wrong_types(MESSAGE, "auth", "map")
    cases.needs(MESSAGE, "auth.userId", "auth.permissions", "auth.wildcards", "auth.method",
                "auth.authenticatedAt")  # fmt: skip

    def bad(name: str, why: str, key: str, value):
        cases.bad(f"auth-{name}", why, pack(put(MESSAGE, f"auth.{key}", value)), b"")

    cases.bad("auth-empty-map", "every key is missing", pack(MESSAGE | {"auth": {}}), b"")
    bad("user-id-empty", "empty, and not anonymous", "userId", "")
    bad("anonymous-with-user-id", "anonymous, and not empty", "method", "anonymous")
    bad("method-unknown", "no such method", "method", "admin")
    for name, permission in {"empty": "", "with-comma": "a,b", "with-space": "a b",
                             "with-control-byte": "a\x1f", "with-delete": "a\x7f"}.items():  # fmt: skip
        bad(f"permission-{name}", "not a permission", "permissions", ["users:read", permission])


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "protocol")
    folder.mkdir(parents=True, exist_ok=True)
    for cases in (service_to_sidecar(), sidecar_to_service()):
        cases.write(folder)
        print(f"{cases.direction}: {len(cases.encode)} encode, {len(cases.accept)} accept, "
              f"{len(cases.reject)} reject")  # fmt: skip


if __name__ == "__main__":
    main()
