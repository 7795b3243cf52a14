"""What the tests share: the vectors, and a sidecar made of one ROUTER.

The sidecar speaks PROTOCOL.md with msgpack alone, so that it shares no mistake with the binding.
"""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
import unittest
import uuid
from collections import deque
from pathlib import Path
from typing import Any

import msgpack
import zmq
import zmq.asyncio

import sealbus

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors"
WITHIN = 10.0  # seconds; no test comes near it unless it fails

AUTH = {
    "userId": "user-123",
    "permissions": ["users:create", "users:read"],
    "wildcards": False,
    "method": "jwt",
    "authenticatedAt": 1_700_000_000_000,
}


def vectors(direction: str) -> dict[str, Any]:
    return json.loads((VECTORS / "protocol" / f"{direction}.json").read_text())


def frames_of(case: dict[str, Any]) -> list[bytes]:
    return [b"".join(map(_part, frame)) for frame in case["frames"]]


def _part(part: str | dict[str, Any]) -> bytes:
    if isinstance(part, str):
        return bytes.fromhex(part)
    return bytes.fromhex(part["repeat"]) * part["times"]


def plain(value: Any) -> Any:
    """As the vectors write it: bin is hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return value


class Said:
    """A message that the sidecar received."""

    def __init__(self, frames: list[bytes]) -> None:
        self.peer, header, self.payload = frames
        self.fields = msgpack.unpackb(header)
        self.type = self.fields["type"]

    def __getitem__(self, key: str) -> Any:
        return self.fields[key]


class FakeSidecar:
    """Beats at each `heartbeat` ms, to every process that subscribed and was not silenced."""

    def __init__(self, address: str, heartbeat: int = 1_000, contracts: list[str] | None = None):
        self.address = address
        self.heartbeat = heartbeat
        self.contracts = contracts
        self.peers: list[bytes] = []
        self.silenced: set[bytes] = set()
        self._said: deque[Said] = deque()
        self._context = zmq.asyncio.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.set(zmq.LINGER, 1_000)
        self._socket.bind(address)
        self._beat()

    async def close(self) -> None:
        self._next_beat.cancel()
        self._socket.close()
        await asyncio.to_thread(self._context.term)

    async def next(self, *types: str) -> Said:
        """The next message of these types; others are kept, heartbeats dropped unless asked for."""
        for said in self._said:
            if said.type in types:
                self._said.remove(said)
                return said
        async with asyncio.timeout(WITHIN):
            while True:
                said = Said(await self._socket.recv_multipart())
                if said.type in types:
                    return said
                if said.type != "heartbeat":
                    self._said.append(said)

    async def nothing_but_heartbeats(self, count: int) -> None:
        """The next messages are heartbeats: what else there was to say would have come before."""
        for _ in range(count):
            said = await self.next("heartbeat", "reply", "ack", "nack", "reject", "subscribe", "bye")
            assert said.type == "heartbeat", said.fields

    async def welcome(self, **changes: Any) -> Said:
        """Waits for a process to subscribe, and admits it."""
        said = await self.next("subscribe")
        self.peers.append(said.peer)
        fields = {
            "protocol": 1,
            "service": "my-service",
            "instance": bytes(16),
            "heartbeat": self.heartbeat,
            "contracts": self.contracts or said["contracts"],
        }
        await self.send("subscribed", **(fields | changes))
        return said

    async def send(self, type: str, payload: bytes = b"", to: bytes | None = None, **fields: Any):
        header = msgpack.packb({"type": type, **fields})
        await self.send_frames(header, payload, to=to)

    async def send_frames(self, *frames: bytes, to: bytes | None = None) -> None:
        await self._socket.send_multipart([to or self.peers[-1], *frames])

    async def message(self, contract: str, payload: bytes = b"", **changes: Any) -> bytes:
        """Sends a message; gives its id."""
        to = changes.pop("to", None)
        fields = {
            "id": uuid.uuid4().bytes,
            "contract": contract,
            "kind": "command",
            "auth": AUTH,
            "context": msgpack.packb(AUTH),
            "attempt": 1,
            "deadline": 1_700_000_005_000,
        } | changes
        await self.send("message", payload, to, **fields)
        return fields["id"]

    def _beat(self) -> None:
        beat = msgpack.packb({"type": "heartbeat"})
        for peer in set(self.peers) - self.silenced:
            self._socket.send_multipart([peer, beat, b""], flags=zmq.DONTWAIT)
        loop = asyncio.get_running_loop()
        self._next_beat = loop.call_later(self.heartbeat / 1_000, self._beat)


class Heard(logging.Handler):
    """What the binding logs; `line` waits for one that contains a text."""

    def __init__(self) -> None:
        super().__init__()
        self._new = asyncio.Event()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())
        self._new.set()

    async def line(self, text: str) -> None:
        async with asyncio.timeout(WITHIN):
            while not any(text in line for line in self._lines):
                self._new.clear()
                await self._new.wait()


class ServiceCase(unittest.IsolatedAsyncioTestCase):
    """A fresh address for each test; sidecars and services are ended with it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="sealbus-")
        self.addCleanup(folder.cleanup)
        self.address = f"ipc://{folder.name}/door"

        self.heard = Heard()
        logger = logging.getLogger("sealbus")
        logger.addHandler(self.heard)
        self.addCleanup(logger.removeHandler, self.heard)

    def sidecar(self, **options: Any) -> FakeSidecar:
        sidecar = FakeSidecar(self.address, **options)
        self.addAsyncCleanup(sidecar.close)
        return sidecar

    def service(self, **options: Any) -> sealbus.Service:
        return sealbus.Service(self.address, **options)

    def start(self, service: sealbus.Service) -> asyncio.Task[None]:
        running = asyncio.create_task(service.run())

        async def end() -> None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        self.addAsyncCleanup(end)
        return running
