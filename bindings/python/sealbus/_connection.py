"""One connection to a sidecar: one DEALER, from `subscribe` until it is over.

PROTOCOL.md, section 3. A lost connection is never mended; the service opens another. All of it
runs on the event loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import zmq
import zmq.asyncio

from . import _protocol
from ._errors import ProtocolError
from ._handling import rejection

log = logging.getLogger("sealbus")

_ANSWER_WITHIN = 1.0  # seconds from `subscribe` to `subscribed`
_MISSED = 3  # heartbeat intervals without a message, and the sidecar is gone
_LINGER = 1_000  # ms in which a closed socket still sends what it was given


class Lost(Exception):
    """The connection is over; the text says why."""


class Connection:
    """`on_message` is called with each message that came, `on_subscribed` with the contracts."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        address: str,
        credit: int,
        on_subscribed: Callable[[dict[str, Any]], None],
        on_message: Callable[[Connection, _protocol.Frames], None],
    ) -> None:
        self._credit = credit
        self._on_subscribed = on_subscribed
        self._on_message = on_message
        self._pending: set[bytes] = set()
        self._interval: float | None = None  # seconds between heartbeats, once it is known
        self._limit: asyncio.Timeout | None = None
        self._why = "no answer from the sidecar"
        self._last_sent = 0.0
        self._farewell = asyncio.Event()  # the sidecar's bye
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = context.socket(zmq.DEALER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.set(zmq.MAXMSGSIZE, _protocol.MOST_PAYLOAD)
        self._socket.set(zmq.RECONNECT_IVL, 100)
        self._socket.set(zmq.SNDHWM, 2 * credit + 1_000)
        self._socket.set(zmq.RCVHWM, 2 * credit + 1_000)
        self._socket.set(zmq.IPV6, int("[" in address))
        try:
            self._socket.connect(address)
        except zmq.ZMQError as error:
            self._socket.close()
            raise OSError(error.errno, f"{address}: {error.strerror}") from None
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    @property
    def closed(self) -> bool:
        return bool(self._socket.closed)

    async def serve(self, subscription: dict[str, Any]) -> None:
        """Subscribes, and calls back for what comes; ends with Lost, or by being cancelled."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN) as self._limit:
                self._begin(self._watch())
                await self._send(_protocol.write("subscribe", subscription))
                while True:
                    await self._take(await self._socket.recv_multipart())
                    await asyncio.sleep(0)  # receiving alone would let nobody else have a turn
        except TimeoutError:
            raise Lost(self._why) from None

    async def answer(self, id: bytes, frames: Sequence[bytes]) -> None:
        """Sends the final answer to a message of this connection; raises Lost."""
        self._pending.discard(id)
        await self._send(frames)
        self._end_if_done()

    async def progress(self, id: bytes) -> None:
        """Tells that a message is still worked on, if there is anybody to tell."""
        if id in self._pending:
            with contextlib.suppress(Lost):
                await self._send(_protocol.write("progress", {"id": id}))

    async def bye(self) -> None:
        """Asks for no more; returns when none will come, or after one heartbeat interval."""
        if self._interval is None:
            return
        with contextlib.suppress(Lost, TimeoutError):
            await self._send(_protocol.write("bye", {}))
            await asyncio.wait_for(self._farewell.wait(), self._interval)

    def close(self) -> None:
        """What was answered is still sent, within a second, if the sidecar is there."""
        for task in self._tasks:
            task.cancel()
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=_LINGER if self._interval else 0)

    async def _take(self, received: list[bytes]) -> None:
        try:
            frames = _protocol.read(
                _protocol.FROM_SIDECAR, _protocol.MOST_FROM_SIDECAR, received
            )
        except ProtocolError as error:
            log.error("the sidecar sent what PROTOCOL.md does not allow: %s", error)
            if error.code == "bad_version":
                raise Lost(str(error)) from None
            if error.id is not None and self._interval:
                await self._send(rejection(error.id, error.code, str(error)))
            return
        if frames.type == "subscribed":
            self._subscribed(frames.fields)
        elif frames.type == "message" and self._interval:
            await self._admit(frames)
        elif frames.type == "refused":
            self._refused(frames.fields)
        elif frames.type == "bye":
            self._why = f"the sidecar said bye: {frames.fields.get('reason', '')!a}"
            self._farewell.set()
        self._heard()
        self._end_if_done()

    def _subscribed(self, fields: dict[str, Any]) -> None:
        if self._interval is None:
            self._begin(self._beat())
        self._interval = fields["heartbeat"] / 1_000
        self._why = "the sidecar fell silent"
        self._on_subscribed(fields)

    async def _admit(self, frames: _protocol.Frames) -> None:
        id = frames.fields["id"]
        if len(self._pending) >= self._credit and id not in self._pending:
            log.error("the sidecar sent more than the credit of %d", self._credit)
            await self._send(_protocol.write("nack", {"id": id, "reason": "beyond the credit"}))
            return
        self._pending.add(id)
        self._on_message(self, frames)

    def _refused(self, fields: dict[str, Any]) -> None:
        said = f"{fields['code']!a}: {fields['reason']!a}"
        if "id" not in fields or fields["code"] == "unknown_session":
            raise Lost(f"the sidecar refused this process with {said}")
        log.warning("the sidecar refused an answer with %s", said)

    def _heard(self) -> None:
        if self._interval and self._limit and not self._limit.expired():
            now = asyncio.get_running_loop().time()
            self._limit.reschedule(now + _MISSED * self._interval)

    def _end_if_done(self) -> None:
        """After the sidecar's bye, the last answer ends the connection."""
        if self._farewell.is_set() and not self._pending:
            self._end(self._why)

    def _end(self, why: str) -> None:
        self._why = why
        if self._limit and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _watch(self) -> None:
        """The socket would connect again by itself, and the sidecar not know it."""
        await self._monitor.recv_multipart()
        self._end("the sidecar closed the connection")

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(Lost):
            while self._interval:
                wait = self._last_sent + self._interval - loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                else:
                    await self._send(_protocol.write("heartbeat", {}))

    async def _send(self, frames: Sequence[bytes]) -> None:
        """Never waits: a sidecar that takes nothing more is as good as gone."""
        if self._socket.closed:
            raise Lost(self._why)
        try:
            await self._socket.send_multipart(frames, flags=zmq.DONTWAIT)
        except zmq.ZMQError as error:
            self._end(f"nothing can be sent: {error}")
            raise Lost(self._why) from None
        self._last_sent = asyncio.get_running_loop().time()
