"""The two roles over real sockets, for tests that run them against a real process.

Both are driven by `poll`, on one thread: nothing happens in between. `run_until` polls until
something is so.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import zmq

from . import auth_context, registration
from . import header as headers
from .curve import Gate, belongs, connect_with
from .delivery import Policy, authorise
from .errors import Refused
from .handshake import Hello, Ingress, answer_hello
from .keys import SERVICE_NAME, RootKey, ServiceKey
from .seal import inspect
from .session import Opened, Session

HEARTBEAT = 1_000
MISSED = 3


def wall_millis() -> int:
    """The time of day, as it stands in headers."""
    return time.time_ns() // 1_000_000


def new_id() -> bytes:
    """A UUID version 7 of this moment (RFC 9562 section 5.7)."""
    data = bytearray(wall_millis().to_bytes(6, "big") + os.urandom(10))
    data[6] = 0x70 | data[6] & 0x0F
    data[8] = 0x80 | data[8] & 0x3F
    return bytes(data)


def new_header(type_name: str, /, **fields: Any) -> dict[str, Any]:
    """A header of this type and moment."""
    return {"type": type_name, "id": new_id(), "issued": wall_millis()} | fields


class _Role:
    """What both have: a socket, counted refusals, and all that was sent and received."""

    def __init__(self, kind: int) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(kind)
        self._socket.linger = 500
        self.refused: Counter[str] = Counter()
        self.sent: list[list[bytes]] = []
        self.received: list[list[bytes]] = []

    def poll(self, timeout: float) -> None:
        """Handles what arrives within `timeout` seconds, and returns when something did."""
        self.tick()
        if self._wait(timeout):
            while self._socket.poll(0):
                self._receive()
        self.tick()

    def _wait(self, timeout: float) -> int:
        return int(self._socket.poll(int(timeout * 1_000)))

    def _receive(self) -> None:
        self._handle(self._socket.recv_multipart())

    def run_until(self, is_so: Callable[[], Any], patience: float = 10.0) -> None:
        """Polls until `is_so()`; raises TimeoutError after `patience` seconds."""
        end = time.monotonic() + patience
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError(f"in vain; refused so far: {dict(self.refused)}")
            self.poll(0.05)

    def tick(self) -> None:
        raise NotImplementedError

    def _handle(self, frames: list[bytes]) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        self._socket.close()
        self._context.term()


@dataclass(frozen=True)
class Request:
    """A message that may be delivered, as a handler gets it."""

    header: dict[str, Any]
    auth: dict[str, Any]
    payload: bytes


@dataclass(frozen=True)
class Reply:
    """What a handler answers."""

    payload: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Reply | None]


class ReferenceSidecar(_Role):
    """A sidecar with one DEALER. Says HELLO at once; `poll` does the rest.

    `contracts` are made with `registration.contract`. Messages that pass check 8 go to `handler`,
    whose answer is sent back; None leaves the message unanswered.
    """

    def __init__(
        self,
        endpoint: str,
        service_key_text: str,
        contracts: list[dict[str, Any]],
        handler: Handler = lambda request: Reply(),
        *,
        accept_development: bool = True,
        capacity: int = 16,
        heartbeat: int = HEARTBEAT,
        curve: bool = False,
        curve_key_text: str = "",  # CURVE with another key than the HELLO's, as a thief would
    ) -> None:
        super().__init__(zmq.DEALER)
        self.key = ServiceKey.parse(service_key_text)
        if curve or curve_key_text:
            connect_with(self._socket, ServiceKey.parse(curve_key_text or service_key_text))
        self.instance = new_id()
        self.handler = handler
        self.policy = Policy(contracts, accept_development)
        self.capacity, self.window = capacity, 4_194_304
        self.session: Session | None = None
        self.registered = False
        self.not_registered: list[tuple[str, str]] = []  # code and subject of refused entries
        self.requests: list[Request] = []
        self.ended: str | None = None  # the reason of the ingress's BYE, or that it fell silent
        self._handled, self._handled_bytes = 0, 0
        self._register_id = b""
        self._hello = Hello(self.key, self.instance, os.urandom(32), heartbeat)
        self._last_sent = self._last_heard = time.monotonic()
        self._socket.connect(endpoint)
        self.send_frames(self._hello.frames(new_id(), wall_millis()))

    def send_frames(self, frames: list[bytes]) -> None:
        """Sends any frames at all, as a thief would."""
        self._socket.send_multipart(frames)
        self.sent.append(frames)
        self._last_sent = time.monotonic()

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Seals and sends a message of the session."""
        if self.session is None:
            raise RuntimeError("there is no session")
        self.send_frames(self.session.seal(header, payload))

    def send_credit(self, ready: bool = True) -> None:
        """Says how much may be sent, counted from the beginning of the session."""
        up_to, size = self._handled + self.capacity, self._handled_bytes + self.window
        self.send(new_header("credit", upTo=up_to, bytes=size, ready=ready))

    def tick(self) -> None:
        """Sends a heartbeat when one is due, and notices when the ingress fell silent."""
        now = time.monotonic()
        if self.session is None or self.ended is not None:
            return
        if now - self._last_sent >= self._hello.heartbeat / 1_000:
            self.send(new_header("heartbeat"))
        if now - self._last_heard > MISSED * self.session.peer_heartbeat / 1_000:
            self.ended = "silence"

    def close(self) -> None:
        """Says BYE, and closes the socket."""
        if self.session is not None and self.ended is None:
            self.send(new_header("bye", reason="closing"))
        self._close()

    def _handle(self, frames: list[bytes]) -> None:
        self.received.append(frames)
        try:
            if self.session is None:
                self._welcomed(self._hello.finish(frames, wall_millis()))
                return
            opened = self.session.open(frames, wall_millis())
        except Refused as refused:
            self.refused[refused.code] += 1
            return
        self._last_heard = time.monotonic()
        self._opened(opened)

    def _welcomed(self, session: Session) -> None:
        self.session = session
        self._last_heard = time.monotonic()
        header = new_header("register")
        self._register_id = header["id"]
        self.send(header, registration.encode(self.policy.contracts))

    def _opened(self, opened: Opened) -> None:
        header = opened.header
        if header["type"] == "message":
            self._message(opened)
        elif header["type"] == "bye":
            self.ended = header.get("reason", "")
        elif header.get("answers") == self._register_id:
            if header["type"] == "refused":
                self.not_registered.append((header["code"], header.get("subject", "")))
            else:
                self.registered = True
            self.send_credit()

    def _message(self, opened: Opened) -> None:
        answers = opened.header["id"]
        try:
            auth = authorise(opened.header, self.policy)
        except Refused as refused:
            self.refused[refused.code] += 1
            self.send(new_header("refused", answers=answers, code=refused.code))
        else:
            request = Request(opened.header, auth, opened.payload)
            self.requests.append(request)
            reply = self.handler(request)
            if reply is not None:
                self._reply(answers, reply)
        self._handled += 1
        self._handled_bytes += sum(map(len, self.received[-1][1:]))
        self.send_credit()

    def _reply(self, answers: bytes, reply: Reply) -> None:
        header = new_header("reply", answers=answers, status=reply.status)
        if reply.content_type:
            header["contentType"] = reply.content_type
        if reply.headers:
            header["headers"] = reply.headers
        self.send(header, reply.payload)


@dataclass
class Replica:
    """One session, as the ingress sees it."""

    peer: bytes
    session: Session
    instance: bytes
    contracts: list[dict[str, Any]] = field(default_factory=list)
    subscribe: list[dict[str, Any]] = field(default_factory=list)
    live: bool = False
    ready: bool = False
    up_to: int = 0
    bytes_up_to: int = 0
    sent: int = 0
    sent_bytes: int = 0
    last_sent: float = 0.0
    last_heard: float = 0.0

    @property
    def service(self) -> str:
        return self.session.key.service

    def takes(self, size: int) -> bool:
        """Has it given credit for one more message of this size?"""
        within = self.sent_bytes + size <= self.bytes_up_to
        return self.live and self.ready and self.sent < self.up_to and within


class ReferenceIngress(_Role):
    """An ingress with one ROUTER, which accepts what every service of its root key declares.

    The port of `endpoint` may be `*`; `self.endpoint` says which it is.
    """

    def __init__(
        self,
        endpoint: str,
        root_key_text: str,
        *,
        heartbeat: int = HEARTBEAT,
        curve: bool = False,
    ) -> None:
        super().__init__(zmq.ROUTER)
        self.root = RootKey.parse(root_key_text)
        self._gate = Gate(self._context, self._socket, self.root) if curve else None
        self._proved: bytes | None = None  # the CURVE key of whoever spoke last
        self.instance = new_id()
        self.heartbeat = heartbeat
        self.replicas: dict[bytes, Replica] = {}  # by session id, half-open ones too
        self.answers: dict[bytes, Opened] = {}  # by the id of the message that was answered
        self._socket.bind(endpoint)
        self.endpoint = str(self._socket.getsockopt_string(zmq.LAST_ENDPOINT))

    def live(self, service: str) -> list[Replica]:
        """The replicas of a service that have registered."""
        return [one for one in self.replicas.values() if one.live and one.service == service]

    def ready(self, service: str) -> bool:
        """Would a replica of this service take a message?"""
        return any(one.takes(65_536) for one in self.live(service))

    def send_frames(self, peer: bytes, frames: list[bytes]) -> None:
        """Sends any frames at all, as a thief would."""
        self._socket.send_multipart([peer, *frames])
        self.sent.append(frames)

    def send(self, replica: Replica, header: dict[str, Any], payload: bytes = b"") -> None:
        """Seals and sends a message of the session."""
        self.send_frames(replica.peer, replica.session.seal(header, payload))
        replica.last_sent = time.monotonic()

    def message(
        self,
        service: str,
        contract: str,
        auth: dict[str, Any],
        payload: bytes = b"",
        **fields: Any,
    ) -> bytes:
        """Sends a message on behalf of `auth` (see `user`) to a ready replica; returns its id."""
        defaults = {"kind": "command", "attempt": 1, "expires": wall_millis() + 5_000}
        sealed = {"contract": contract, "auth": auth_context.encode(auth)}
        header = new_header("message") | sealed | defaults | fields
        size = len(headers.encode(header)) + len(payload)
        replica = next(one for one in self.live(service) if one.takes(size))
        replica.sent += 1
        replica.sent_bytes += size
        self.send(replica, header, payload)
        return bytes(header["id"])

    def tick(self) -> None:
        """Sends heartbeats when they are due, and drops who fell silent."""
        now = time.monotonic()
        for session_id, replica in list(self.replicas.items()):
            if now - replica.last_heard > MISSED * replica.session.peer_heartbeat / 1_000:
                del self.replicas[session_id]
            elif replica.live and now - replica.last_sent >= self.heartbeat / 1_000:
                self.send(replica, new_header("heartbeat"))

    def close(self) -> None:
        """Says BYE to all, and closes the socket."""
        for replica in self.replicas.values():
            if replica.live:
                self.send(replica, new_header("bye", reason="closing"))
        self._close()

    def _wait(self, timeout: float) -> int:
        if self._gate is None:
            return super()._wait(timeout)
        poller = zmq.Poller()
        for socket in (self._socket, self._gate.socket):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(int(timeout * 1_000)))
        if self._gate.socket in ready:
            self._gate.answer()
        return ready.get(self._socket, 0)

    def _receive(self) -> None:
        frames = self._socket.recv_multipart(copy=False)
        if self._gate is not None:
            self._proved = bytes.fromhex(str(frames[-1].get("User-Id")))
        self._handle([frame.bytes for frame in frames])

    def _close(self) -> None:
        if self._gate is not None:
            self._gate.socket.close()
        super()._close()

    def _handle(self, frames: list[bytes]) -> None:
        peer, *frames = frames
        self.received.append(frames)
        try:
            seal = inspect(frames, headers.UP)
            if seal.purpose == headers.HELLO:
                self._greet(peer, frames)
                return
            replica = self.replicas.get(seal.session)
            if replica is None or replica.peer != peer:
                raise Refused("unknown_session")
            opened = replica.session.open(frames, wall_millis())
        except Refused as refused:
            self.refused[refused.code] += 1
            return
        replica.last_heard = time.monotonic()
        self._opened(replica, opened)

    def _greet(self, peer: bytes, frames: list[bytes]) -> None:
        service = headers.decode(frames[1]).get("service", "")
        if not SERVICE_NAME.match(service):
            raise Refused("unknown_key")
        this = Ingress(self.instance, os.urandom(32), self.heartbeat)
        ring = [self.root.derive(service)]
        if self._gate is not None and not belongs(self._proved, ring[0]):
            raise Refused("unknown_key")
        welcome, session = answer_hello(frames, ring, this, new_id(), wall_millis())
        self.send_frames(peer, welcome)
        if session is None:
            raise Refused("clock_skew")
        replica = Replica(peer, session, session.parties.sidecar, last_heard=time.monotonic())
        self.replicas[session.id] = replica

    def _opened(self, replica: Replica, opened: Opened) -> None:
        header = opened.header
        kind = header["type"]
        if kind == "register":
            self._register(replica, opened)
        elif kind == "credit":
            replica.up_to = max(replica.up_to, header["upTo"])
            replica.bytes_up_to = max(replica.bytes_up_to, header["bytes"])
            replica.ready = header["ready"]
        elif kind == "bye":
            self.replicas.pop(replica.session.id, None)
        elif "answers" in header:
            self.answers[header["answers"]] = opened

    def _register(self, replica: Replica, opened: Opened) -> None:
        try:
            declared = registration.decode(opened.payload)
        except Refused as refused:
            self.refused[refused.code] += 1
            return
        for session_id, other in list(self.replicas.items()):
            same = (other.service, other.instance) == (replica.service, replica.instance)
            if other is not replica and other.live and same:
                del self.replicas[session_id]
        replica.contracts, replica.subscribe = declared["contracts"], declared["subscribe"]
        replica.live = True
        self.send(replica, new_header("ack", answers=opened.header["id"]))


def user(user_id: str, *permissions: str, **fields: Any) -> dict[str, Any]:
    """An authContext of somebody with a token."""
    return {
        "userId": user_id,
        "permissions": list(permissions),
        "wildcards": False,
        "method": "jwt",
        "authenticatedAt": wall_millis(),
    } | fields
