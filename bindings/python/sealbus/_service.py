"""A service: handlers by contract, in contact with the sidecar until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import zmq.asyncio

from . import _protocol
from ._connection import Connection, Lost
from ._handling import Handler, answer, rejection, shortened
from ._model import Auth, Message

log = logging.getLogger("sealbus")

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0  # seconds between attempts to reach the sidecar
_AnyHandler = TypeVar("_AnyHandler", bound=Handler)


class _Delivery:
    """A message that is being handled, and the connection that waits for its answer."""

    def __init__(self, connection: Connection, frames: _protocol.Frames) -> None:
        self.connection = connection
        self.frames = frames
        self.id: bytes = frames.fields["id"]
        self.begun = False
        self.task: asyncio.Task[None] | None = None

    async def progress(self) -> None:
        await self.connection.progress(self.id)


class Service:
    """Handles messages of one sidecar, at most `concurrency` at once.

    `address` is where the sidecar listens for its service: ipc://, or tcp:// on loopback; from
    SEALBUS_DELIVER if not given. `drain` is how many seconds a stop waits for what is in flight.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        concurrency: int = 16,
        name: str | None = None,
        drain: float = 30.0,
    ) -> None:
        if not 1 <= concurrency <= 65_535:
            raise ValueError("concurrency must be from 1 to 65535")
        self._address = _checked_address(address or os.environ.get("SEALBUS_DELIVER", ""))
        self._concurrency = concurrency
        self._name = shortened(name or f"{socket.gethostname()}:{os.getpid()}", 128)
        self._drain_seconds = drain
        self._handlers: dict[str, Handler] = {}
        self._running: dict[bytes, _Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Event | None = None
        self._drain_limit: asyncio.Timeout | None = None
        self._connection: Connection | None = None
        self._wait = _FIRST_WAIT
        self._complaint = ""

    def on(self, *contracts: str) -> Callable[[_AnyHandler], _AnyHandler]:
        """Registers a handler, async or not, for contracts: `CreateUser`, `orders.OrderPlaced`."""

        def register(handler: _AnyHandler) -> _AnyHandler:
            for contract in contracts:
                if not contract or len(contract.encode()) > 128:
                    raise ValueError("a contract's name has 1 to 128 bytes")
                if contract in self._handlers:
                    raise ValueError(f"{contract} has a handler already")
                self._handlers[contract] = handler
            return handler

        return register

    def stop(self) -> None:
        """Takes no new messages, finishes what is in flight, and lets run() return.

        Called again, it waits no longer. To be called on the event loop's thread.
        """
        if self._stopping is None:
            return
        if self._stopping.is_set() and self._drain_limit and not self._drain_limit.expired():
            self._drain_limit.reschedule(asyncio.get_running_loop().time())
        self._stopping.set()

    async def run(self) -> None:
        """Serves until SIGTERM, SIGINT or stop(); looks for the sidecar as long as that takes."""
        if not self._handlers:
            raise ValueError("a service needs a handler: @service.on(...)")
        if self._stopping is not None:
            raise RuntimeError("this service runs already")
        self._stopping = asyncio.Event()
        self._slots = asyncio.Semaphore(self._concurrency)
        self._threads = ThreadPoolExecutor(self._concurrency, "sealbus")
        context = zmq.asyncio.Context()
        contact = asyncio.create_task(self._stay_in_contact(context), name="sealbus contact")
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            with self._signals():
                await asyncio.wait({contact, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not self._stopping.is_set():
                    await contact  # it ends by itself only with an error
                await self._drain()
        finally:
            leftover = [contact, stopping, *self._tasks]
            for task in leftover:
                task.cancel()
            await asyncio.gather(*leftover, return_exceptions=True)
            self._threads.shutdown(wait=False, cancel_futures=True)
            await asyncio.to_thread(context.term)
            self._stopping = None

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop the service, where it may listen to them."""
        loop = asyncio.get_running_loop()
        taken = []
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                with contextlib.suppress(NotImplementedError):
                    loop.add_signal_handler(number, self.stop)
                    taken.append(number)
        try:
            yield
        finally:
            for number in taken:
                loop.remove_signal_handler(number)

    async def _stay_in_contact(self, context: zmq.asyncio.Context) -> None:
        subscription = {"protocol": _protocol.VERSION, "name": self._name,
                        "contracts": list(self._handlers), "credit": self._concurrency}  # fmt: skip
        self._wait = _FIRST_WAIT
        while True:
            self._connection = Connection(
                context, self._address, self._concurrency, self._subscribed, self._accept
            )
            try:
                await self._connection.serve(subscription)
            except Lost as lost:
                if self._stopping and self._stopping.is_set():
                    return
                self._complain(str(lost))
            finally:
                self._connection.close()
                self._drop_what_waits()
            await asyncio.sleep(self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT)

    def _complain(self, why: str) -> None:
        """Once for each reason in a row; contact is tried again for as long as it takes."""
        level = logging.DEBUG if why == self._complaint else logging.WARNING
        log.log(level, "no contact with the sidecar at %s: %s", self._address, why)
        self._complaint = why

    def _drop_what_waits(self) -> None:
        """What no handler has begun when its connection is lost, the sidecar gives to others."""
        for delivery in list(self._running.values()):
            if delivery.connection.closed and not delivery.begun and delivery.task:
                delivery.task.cancel()
                self._forget(delivery)

    def _forget(self, delivery: _Delivery) -> None:
        """From now on the same id is another attempt."""
        if self._running.get(delivery.id) is delivery:
            del self._running[delivery.id]

    def _subscribed(self, fields: dict[str, Any]) -> None:
        self._wait = _FIRST_WAIT
        self._complaint = ""
        contracts = fields["contracts"]
        log.info("subscribed as %a to %s", fields["service"], ", ".join(map(ascii, contracts)))
        for contract in self._handlers.keys() - set(contracts):
            log.warning("the sidecar does not declare %s: its handler gets nothing", contract)

    def _accept(self, connection: Connection, frames: _protocol.Frames) -> None:
        running = self._running.get(frames.fields["id"])
        if running is not None:  # the same message again: the attempt under way answers it
            running.connection = connection
            return
        delivery = _Delivery(connection, frames)
        self._running[delivery.id] = delivery
        delivery.task = asyncio.create_task(self._handle(delivery))
        self._tasks.add(delivery.task)
        delivery.task.add_done_callback(self._tasks.discard)
        delivery.task.add_done_callback(lambda _: self._forget(delivery))

    async def _handle(self, delivery: _Delivery) -> None:
        async with self._slots:
            delivery.begun = True
            frames = await self._answer(delivery)
        self._forget(delivery)
        try:
            await delivery.connection.answer(delivery.id, frames)
        except Lost as lost:
            log.warning("an answer came to nothing: %s", lost)

    async def _answer(self, delivery: _Delivery) -> list[bytes]:
        fields = delivery.frames.fields
        handler = self._handlers.get(fields["contract"])
        if handler is None:
            log.error("a message for %a, which has no handler", fields["contract"])
            return rejection(delivery.id, "unknown_contract", "this process has no handler for it")
        message = Message._from(fields, delivery.frames.payload, delivery.progress)
        return await answer(handler, self._threads, Auth._from(fields["auth"]), message)

    async def _drain(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain_seconds) as self._drain_limit:
                if self._connection and not self._connection.closed:
                    await self._connection.bye()
                while self._tasks:
                    await asyncio.wait(self._tasks)
        self._drain_limit = None
        if self._tasks:
            log.warning("stopping with %d messages unanswered", len(self._tasks))


def _checked_address(address: str) -> str:
    """Whoever listens there is believed about who a user is, so it must be this machine."""
    if not address:
        raise ValueError("no address: pass the sidecar's, or set SEALBUS_DELIVER")
    parts = urlsplit(address)
    path = address.removeprefix("ipc://")
    if parts.scheme == "ipc" and path and not path.startswith("@"):  # anybody may bind an @name
        return address
    if parts.scheme == "tcp" and parts.port and _is_loopback(parts.hostname or ""):
        return address
    raise ValueError(f"not ipc://PATH or tcp:// on loopback with a port: {address!r}")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
