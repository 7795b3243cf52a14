"""FORMAT.md section 7: the proof that a service was given an authContext with a message."""

import hmac

from .errors import Refused
from .keys import hmac_sha256, info


def _tag(key: bytes, service: str, message: bytes, expiry: bytes, auth: bytes) -> bytes:
    return hmac_sha256(key, info("sealbus/v1/proof", service, message, expiry, auth))


def make_proof(key: bytes, service: str, message: bytes, expiry: int, auth: bytes) -> bytes:
    """`key` is K_proof."""
    time = expiry.to_bytes(8, "big")
    return time + _tag(key, service, message, time, auth)


def verify_proof(
    key: bytes, proof: bytes, service: str, message: bytes, auth: bytes, now: int
) -> int:
    """Its expiry; raises Refused with bad_proof or expired."""
    if len(proof) != 40:
        raise Refused("bad_proof", "not 40 bytes")
    if not hmac.compare_digest(_tag(key, service, message, proof[:8], auth), proof[8:]):
        raise Refused("bad_proof")
    expiry = int.from_bytes(proof[:8], "big")
    if now >= expiry:
        raise Refused("expired", "the proof is past its expiry")
    return expiry
