"""FORMAT.md section 2.1: CURVE for both roles, on pyzmq sockets."""

import zmq

from .keys import RootKey, ServiceKey, x25519_public

ZAP = "inproc://zeromq.zap.01"
DOMAIN = b"reference"


def connect_with(socket: zmq.Socket, key: ServiceKey) -> None:
    """Before it connects: the sidecar's pair of keys, and the ingress's key."""
    secret = key.curve_secret
    socket.curve_secretkey = secret
    socket.curve_publickey = x25519_public(secret)
    socket.curve_serverkey = key.ingress_public


class Gate:
    """Answers ZeroMQ's questions about who may connect (RFC 27): whoever speaks CURVE.

    Which service it may speak for is compared when its HELLO comes.
    """

    def __init__(self, context: zmq.Context, socket: zmq.Socket, root: RootKey) -> None:
        self.socket = context.socket(zmq.REP)
        self.socket.linger = 0
        self.socket.bind(ZAP)
        socket.curve_server = True
        socket.curve_secretkey = root.curve_secret
        socket.zap_domain = DOMAIN

    def answer(self) -> None:
        """One question, which is there."""
        version, request, domain, *_, mechanism, key = self.socket.recv_multipart()
        good = (version, domain, mechanism, len(key)) == (b"1.0", DOMAIN, b"CURVE", 32)
        status = (b"200", b"OK", key.hex().encode()) if good else (b"400", b"no", b"")
        self.socket.send_multipart([b"1.0", request, *status, b""])


def belongs(proved: bytes | None, key: ServiceKey) -> bool:
    """Is this the CURVE key of that service key?"""
    return proved == x25519_public(key.curve_secret)
