"""FORMAT.md section 2: the root key, service keys, and what is derived from them."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")
_ROOT = "sealbus-root-v1:"
_SERVICE = "sealbus-svc-v1:"


def lp(data: bytes) -> bytes:
    """`data` with its length before it (section 1)."""
    return len(data).to_bytes(4, "big") + data


def info(*parts: str | bytes) -> bytes:
    """Every part with its length before it (section 1)."""
    return b"".join(lp(part.encode() if isinstance(part, str) else part) for part in parts)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC of section 1."""
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(key: bytes, salt: bytes, about: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with 32 bytes of output, which is one block."""
    extracted = hmac_sha256(salt or bytes(32), key)
    return hmac_sha256(extracted, about + b"\x01")


def x25519_public(secret: bytes) -> bytes:
    """X25519 of `secret` and the base point: the Montgomery ladder of RFC 7748 section 5."""
    p = 2**255 - 19
    scalar = int.from_bytes(secret, "little")
    scalar = (scalar & ~7 & (2**255 - 1)) | 2**254
    x1, x2, z2, x3, z3, swap = 9, 1, 0, 9, 1, 0
    for bit in reversed(range(255)):
        now = (scalar >> bit) & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def to_base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _key_from(text: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != 32 or to_base64url(data) != text:
        raise ValueError("a key is 32 bytes in base64url")
    return data


def _line(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


@dataclass(frozen=True)
class ServiceKey:
    """What a service's sidecars and the ingresses share."""

    service: str
    secret: bytes
    ingress_public: bytes

    @staticmethod
    def parse(text: str) -> "ServiceKey":
        """From `sealbus-svc-v1:…`; ValueError for anything else."""
        parts = _line(text).split(":")
        if len(parts) != 4 or f"{parts[0]}:" != _SERVICE or not SERVICE_NAME.match(parts[1]):
            raise ValueError("a service key is sealbus-svc-v1:<service>:<key>:<public key>")
        return ServiceKey(parts[1], _key_from(parts[2]), _key_from(parts[3]))

    def text(self) -> str:
        """The line for a key file."""
        key, public = to_base64url(self.secret), to_base64url(self.ingress_public)
        return f"{_SERVICE}{self.service}:{key}:{public}"

    @property
    def id(self) -> bytes:
        """The key id."""
        return hkdf(self.secret, b"", info("sealbus/v1/key-id"))[:8]

    def handshake_key(self, direction: str) -> bytes:
        """K_up or K_down."""
        return hkdf(self.secret, b"", info("sealbus/v1/handshake", direction))

    @property
    def curve_secret(self) -> bytes:
        """The CURVE secret of this service's sidecars."""
        return hkdf(self.secret, b"", info("sealbus/v1/curve", "sidecar"))


@dataclass(frozen=True)
class RootKey:
    """What the ingresses hold."""

    secret: bytes

    @staticmethod
    def parse(text: str) -> "RootKey":
        """From `sealbus-root-v1:…`; ValueError for anything else."""
        line = _line(text)
        if not line.startswith(_ROOT):
            raise ValueError("a root key is sealbus-root-v1:<key>")
        return RootKey(_key_from(line.removeprefix(_ROOT)))

    def text(self) -> str:
        """The line for a key file."""
        return _ROOT + to_base64url(self.secret)

    def derive(self, service: str) -> ServiceKey:
        """The key of one service."""
        secret = hkdf(self.secret, b"", info("sealbus/v1/service", service))
        return ServiceKey(service, secret, x25519_public(self.curve_secret))

    @property
    def proof_key(self) -> bytes:
        """K_proof."""
        return hkdf(self.secret, b"", info("sealbus/v1/proof"))

    @property
    def curve_secret(self) -> bytes:
        """The CURVE secret of the ingresses."""
        return hkdf(self.secret, b"", info("sealbus/v1/curve", "ingress"))
