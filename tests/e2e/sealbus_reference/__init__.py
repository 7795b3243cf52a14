"""A second implementation of common/envelope/FORMAT.md, made from that document.

Keys, seals, headers, sessions, the authContext, proofs and registrations need nothing beyond the
standard library and msgpack. Only `sealbus_reference.peers`, the two ends that talk to a real
process, needs pyzmq; it is imported by name.
"""

from .errors import Malformed, Refused
from .handshake import Hello, answer_hello
from .keys import RootKey, ServiceKey
from .proof import make_proof, verify_proof
from .session import Opened, Parties, ReplayWindow, Session, inspect

__all__ = [
    "Hello",
    "Malformed",
    "Opened",
    "Parties",
    "Refused",
    "ReplayWindow",
    "RootKey",
    "ServiceKey",
    "Session",
    "answer_hello",
    "inspect",
    "make_proof",
    "verify_proof",
]
