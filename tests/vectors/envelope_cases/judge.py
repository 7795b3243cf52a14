"""What the second implementation makes of a case as it stands in a file."""

from typing import Any

from sealbus_reference import Hello, Parties, Refused, ServiceKey, Session, registration
from sealbus_reference import header as headers
from sealbus_reference.delivery import Policy, authorise
from sealbus_reference.handshake import open_hello
from sealbus_reference.seal import inspect


def _frames(entry: dict[str, Any]) -> list[bytes]:
    def one(frame: Any) -> bytes:
        if isinstance(frame, str):
            return bytes.fromhex(frame)
        return bytes.fromhex(frame["repeat"]) * frame["times"]

    return [one(frame) for frame in entry["frames"]]


def _parties(entry: dict[str, Any]) -> Parties:
    ends = entry["session"]
    names = ("sidecar", "ingress", "sidecarNonce", "ingressNonce")
    return Parties(ends["service"], *(bytes.fromhex(ends[name]) for name in names))


def _handshake(entry: dict[str, Any], frames: list[bytes], ring: list[ServiceKey]) -> Any:
    if entry["receiver"] == "ingress":
        header = open_hello(frames, ring)[1]
        if abs(header["issued"] - entry["now"]) > entry["skew"]:
            raise Refused("clock_skew")
    else:
        parties = _parties(entry)
        waiting = Hello(ring[0], parties.sidecar, parties.sidecar_nonce)
        waiting.finish(frames, entry["now"], entry["skew"])
        header = headers.decode(frames[1])
    return {"header": header, "payload": frames[2]}


def _traffic(entry: dict[str, Any], frames: list[bytes], ring: list[ServiceKey]) -> Any:
    at_ingress = entry["receiver"] == "ingress"
    session = Session(ring[0], _parties(entry), headers.DOWN if at_ingress else headers.UP)
    for sequence in entry["seen"]:
        session.window.accept(sequence)
    session.registered = bool(entry["seen"])
    opened = session.open(frames, entry["now"], entry["skew"], entry["limit"])
    if "policy" in entry:
        own = registration.decode(bytes.fromhex(entry["policy"]["contracts"]))
        accept = entry["policy"]["acceptDevelopment"]
        authorise(opened.header, Policy(own["contracts"], accept, own["subscribe"]))
    return {"header": opened.header, "payload": opened.payload}


def judge(entry: dict[str, Any]) -> dict[str, Any]:
    """Header and payload of what is accepted, or the `reason` for which it is not."""
    ring = [ServiceKey.parse(text) for text in entry["keys"]]
    frames = _frames(entry)
    try:
        receives = headers.UP if entry["receiver"] == "ingress" else headers.DOWN
        seal = inspect(frames, receives, entry["limit"])
        handshake = seal.purpose in (headers.HELLO, headers.WELCOME)
        return _handshake(entry, frames, ring) if handshake else _traffic(entry, frames, ring)
    except Refused as refused:
        return {"reason": refused.code}
