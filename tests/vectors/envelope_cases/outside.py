"""Checks 1 to 5 and 7: everything but the header and the delivery."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sealbus_reference import header as headers
from sealbus_reference.seal import Seal, seal_frames
from sealbus_reference.session import SKEW, WINDOW

from .scene import (
    CREDIT,
    DOWN,
    HEARTBEAT,
    HELLO,
    INGRESS,
    KEY,
    MESSAGE,
    NOW,
    PARTIES,
    PREVIOUS,
    REGISTER,
    ROOT,
    SIDECAR,
    SIDECAR_NONCE,
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

LAST = 2**64 - 1


def changed(frame: bytes, at: int, to: bytes) -> bytes:
    """`frame` with other bytes in one place."""
    return frame[:at] + to + frame[at + len(to) :]


def flipped(frame: bytes, bit: int) -> bytes:
    """`frame` with one bit the other way."""
    at, value = bit // 8, 1 << (bit % 8)
    return changed(frame, at, bytes([frame[at] ^ value]))


def check_1() -> Iterator[Case]:
    """Frames and sizes."""
    seal, header, payload = traffic(MESSAGE, b"payload")
    whole = len(header) + len(payload)
    yield down("all of the limit", 1, [seal, header, payload], limit=whole)
    wrong: dict[str, list[Any]] = {
        "no frame": [],
        "one frame": [seal],
        "two frames": [seal, header],
        "four frames": [seal, header, payload, b""],
        "an empty delimiter before the seal": [b"", seal, header, payload],
        "an empty seal": [b"", header, payload],
        "a seal one byte short": [seal[:-1], header, payload],
        "a seal one byte long": [seal + b"\0", header, payload],
        "the tag cut to 16 bytes": [seal[:56], header, payload],
        "an empty header": [seal, b"", payload],
        "a header of 65,537 bytes": [seal, {"repeat": "00", "times": 65_537}, payload],
        "the seal's last byte in the header": [seal[:-1], seal[-1:] + header, payload],
        "header and seal the other way round": [header, seal, payload],
    }
    for name, frames in wrong.items():
        yield down(name, 1, frames).refused("bad_size")
    over = down("one byte more than the limit", 1, [seal, header, payload], limit=whole - 1)
    yield over.refused("bad_size")
    tiny = down("a header that is more than the limit", 1, [seal, header, b""], limit=10)
    yield tiny.refused("bad_size")
    yield up("one frame, at an ingress", 1, [hello()[0]], seen=()).refused("bad_size")


def check_2() -> Iterator[Case]:
    """Magic, version, reserved, purpose, and what belongs to it."""
    seal, header, payload = traffic(MESSAGE, b"payload")
    for name, at, to in (
        ("another magic", 0, b"SBUT"),
        ("a magic in lower case", 0, b"sbus"),
        ("version 0", 4, b"\0"),
        ("version 2", 4, b"\2"),
        ("purpose 0", 5, b"\0"),
        ("purpose 5", 5, b"\5"),
        ("purpose 255", 5, b"\xff"),
        ("a reserved byte that is not zero", 6, b"\1"),
        ("the other reserved byte not zero", 7, b"\1"),
        ("a sequence of zero", 32, bytes(8)),
    ):
        frames = [changed(seal, at, to), header, payload]
        yield down(name, 2, frames).refused("bad_version")
    for name, frames, case in (
        ("a message down, sent up", traffic(MESSAGE), up),
        ("a message up, sent down", traffic(CREDIT, purpose=UP), down),
        ("a HELLO sent down", hello(), down),
        ("a WELCOME sent up", welcome(), up),
    ):
        yield case(name, 2, frames).refused("bad_version")
    for name, good, case in (("HELLO", hello(), up), ("WELCOME", welcome(), down)):
        for what, at in (("session id", 16), ("sequence", 32)):
            frames = [changed(good[0], at + 7, b"\1"), *good[1:]]
            yield case(f"a {name} with a {what}", 2, frames, seen=()).refused("bad_version")


def check_3() -> Iterator[Case]:
    """Is it a key, or a session, that we have?"""
    both = [KEY.text(), PREVIOUS.text()]
    yield up("the previous key, while it is in the ring", 3, hello(), seen=(), keys=both[::-1])
    gone = [PREVIOUS.text()]
    yield up("a HELLO with a key that left the ring", 3, hello(), seen=(), keys=gone).refused(
        "unknown_key"
    )
    yield down("a WELCOME with another key", 3, welcome(), seen=(), keys=gone).refused(
        "unknown_key"
    )
    other = [ROOT.derive("orders").text()]
    yield up("a HELLO with another service's key", 3, hello(), seen=(), keys=other).refused(
        "unknown_key"
    )
    parties = {
        "another sidecar": replace(PARTIES, sidecar=some_id(0xA2)),
        "another ingress": replace(PARTIES, ingress=some_id(0xB3)),
        "another nonce of the sidecar": replace(PARTIES, sidecar_nonce=bytes([7] * 32)),
        "another nonce of the ingress": replace(PARTIES, ingress_nonce=bytes([7] * 32)),
        "another service": replace(PARTIES, service="orders"),
        "the nonces the other way round": replace(
            PARTIES, sidecar_nonce=PARTIES.ingress_nonce, ingress_nonce=PARTIES.sidecar_nonce
        ),
        "the instances the other way round": replace(PARTIES, sidecar=INGRESS, ingress=SIDECAR),
    }
    for name, ends in parties.items():
        yield down(f"a session with {name}", 3, traffic(MESSAGE, parties=ends)).refused(
            "unknown_session"
        )
        frames = traffic(CREDIT, purpose=UP, parties=ends)
        yield up(f"a session with {name}, up", 3, frames).refused("unknown_session")
    yield down("a session of another key", 3, traffic(MESSAGE, key=PREVIOUS)).refused(
        "unknown_session"
    )
    seal, header, payload = traffic(MESSAGE)
    frames = [changed(seal, 8, PREVIOUS.id), header, payload]
    yield down("the key id of another key", 3, frames).refused("unknown_session")
    frames = [changed(seal, 16, bytes(16)), header, payload]
    yield down("a session id of zeros", 3, frames).refused("unknown_session")


def check_4() -> Iterator[Case]:
    """The tag, over all of the three frames and where they end."""
    seal, header, payload = traffic(MESSAGE, b"payload")
    for name, frames in {
        "a sequence that was not sealed": [changed(seal, 39, b"\x09"), header, payload],
        "the tag's first bit": [flipped(seal, 40 * 8), header, payload],
        "the tag's last bit": [flipped(seal, 72 * 8 - 1), header, payload],
        "a tag of zeros": [seal[:40] + bytes(32), header, payload],
        "the header's first bit": [seal, flipped(header, 0), payload],
        "the header's last bit": [seal, flipped(header, len(header) * 8 - 1), payload],
        "the payload's first bit": [seal, header, flipped(payload, 0)],
        "the payload's last bit": [seal, header, flipped(payload, len(payload) * 8 - 1)],
        "a payload one byte short": [seal, header, payload[:-1]],
        "a payload one byte long": [seal, header, payload + b"\0"],
        "no payload": [seal, header, b""],
        "the header's last byte in the payload": [seal, header[:-1], header[-1:] + payload],
        "the payload's first byte in the header": [seal, header + payload[:1], payload[1:]],
        "header and payload the other way round": [seal, payload, header],
        "another message's payload": [seal, header, traffic(MESSAGE, b"other")[2]],
        "another message's tag": [seal[:40] + traffic(MESSAGE)[0][40:], header, payload],
    }.items():
        yield down(name, 4, frames).refused("bad_tag")
    seal_of = Seal(DOWN, KEY.id, PARTIES.session_id(KEY), 2)
    raw = headers.encode(MESSAGE)
    for name, key in {
        "sealed with the key of the other direction": PARTIES.traffic_key(KEY, "up"),
        "sealed with the service key": KEY.secret,
        "sealed with K_down": KEY.handshake_key("down"),
        "sealed with another service's traffic key": PARTIES.traffic_key(PREVIOUS, "down"),
        "sealed with a key of zeros": bytes(32),
    }.items():
        yield down(name, 4, seal_frames(key, seal_of, raw)).refused("bad_tag")
    back = Seal(UP, KEY.id, PARTIES.session_id(KEY), 2)
    frames = [back.pack()[:40] + traffic(HEARTBEAT)[0][40:], *traffic(HEARTBEAT)[1:]]
    yield up("a message sent back, its purpose changed", 4, frames).refused("bad_tag")
    for name, good, case in (("HELLO", hello(), up), ("WELCOME", welcome(), down)):
        frames = [flipped(good[0], 40 * 8), *good[1:]]
        yield case(f"a {name} with another tag", 4, frames, seen=()).refused("bad_tag")
        frames = [good[0], flipped(good[1], 90), good[2]]
        yield case(f"a {name} with another header", 4, frames, seen=()).refused("bad_tag")
        frames = [*good[:2], b"\0"]
        yield case(f"a {name} with a payload added", 4, frames, seen=()).refused("bad_tag")
    frames = seal_frames(KEY.secret, Seal(HELLO, KEY.id), hello()[1])
    yield up("a HELLO sealed with the service key", 4, frames, seen=()).refused("bad_tag")
    frames = seal_frames(KEY.handshake_key("up"), Seal(WELCOME, KEY.id), welcome()[1])
    yield down("a WELCOME sealed with K_up", 4, frames, seen=()).refused("bad_tag")


def check_5() -> Iterator[Case]:
    """The replay window, and the echo."""
    edge = 5_000
    for name, sequence, seen in (
        ("the first", 1, ()),
        ("the next", 3, (1, 2)),
        ("one far ahead", 1_000_000, (1,)),
        ("the last there is", LAST, (1,)),
        ("a gap that is filled", 2, (1, 3)),
        ("the oldest in the window", edge - WINDOW + 1, (1, edge)),
        ("the oldest before the last there is", LAST - WINDOW + 1, (1, LAST)),
    ):
        yield down(name, 5, traffic(HEARTBEAT, sequence=sequence), seen=seen)
    for name, sequence, seen in (
        ("the first again", 1, (1,)),
        ("the newest again", 3, (1, 2, 3)),
        ("an older one again", 2, (1, 2, 3)),
        ("one that fell out of the window", edge - WINDOW, (1, edge)),
        ("one that fell out long ago, never seen", 2, (1, edge)),
        ("the oldest in the window again", edge - WINDOW + 1, (1, edge - WINDOW + 1, edge)),
        ("the last there is, again", LAST, (1, LAST)),
        ("one that fell out at the end", LAST - WINDOW, (1, LAST)),
        ("a whole turn of the window behind", 64, (1, 64, 64 + 1_088)),
    ):
        frames = traffic(HEARTBEAT, sequence=sequence)
        yield down(name, 5, frames, seen=seen).refused("replayed")
    frames = traffic(CREDIT, purpose=UP, sequence=7)
    yield up("a credit again", 5, frames, seen=(1, 7)).refused("replayed")
    frames = traffic(REGISTER, purpose=UP, sequence=1)
    yield up("the register again", 5, frames).refused("replayed")
    echo = headers.decode(welcome()[1]) | {"echo": bytes([9] * 32)}
    frames = handshake(echo, WELCOME)
    yield down("a WELCOME to another HELLO", 5, frames, seen=()).refused("replayed")
    own = headers.decode(welcome()[1])
    swapped = own | {"echo": own["nonce"], "nonce": SIDECAR_NONCE}
    frames = handshake(swapped, WELCOME)
    yield down("a WELCOME with echo and nonce the other way round", 5, frames, seen=()).refused(
        "replayed"
    )


def check_7() -> Iterator[Case]:
    """Time."""
    expires = MESSAGE["expires"]
    frames = traffic(MESSAGE)
    yield down("the last moment before expiry and skew", 7, frames, now=expires + SKEW - 1)
    yield down("exactly expired", 7, frames, now=expires + SKEW).refused("expired")
    yield down("the last moment without skew", 7, frames, now=expires - 1, skew=0)
    yield down("exactly expired without skew", 7, frames, now=expires, skew=0).refused("expired")
    yield down("expired long ago", 7, frames, now=expires + 10**9).refused("expired")
    never = traffic(MESSAGE | {"expires": 0})
    yield down("an expiry of 1970", 7, never).refused("expired")
    latest = traffic(MESSAGE | {"expires": 253_402_300_799_999})
    yield down("the latest expiry there is", 7, latest)
    yield down("issued in the future, which only a handshake minds", 7, frames, now=NOW - 10**6)
    publish = traffic(head("publish", contract="users.Created", expires=NOW), purpose=UP)
    yield up("a publish at its last moment", 7, publish, now=NOW + SKEW - 1)
    yield up("a publish that expired", 7, publish, now=NOW + SKEW).refused("expired")
    for name, good, case in (("HELLO", hello, up), ("WELCOME", welcome, down)):
        for where, sign in (("behind", -1), ("ahead", 1)):
            frames = good(NOW + sign * SKEW)
            yield case(f"a {name} whose clock is as far {where} as it may be", 7, frames, seen=())
            frames = good(NOW + sign * (SKEW + 1))
            far = case(f"a {name} whose clock is too far {where}", 7, frames, seen=())
            yield far.refused("clock_skew")
        strict = case(f"a {name} of this moment, without skew", 7, good(NOW), seen=(), skew=0)
        yield strict
        frames = good(NOW + 1)
        late = case(f"a {name} one millisecond ahead, without skew", 7, frames, seen=(), skew=0)
        yield late.refused("clock_skew")
