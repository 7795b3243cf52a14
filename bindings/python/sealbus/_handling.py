"""From a handler to the answer that its message gets. Knows no socket."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from . import _protocol
from ._errors import InvalidJson, Reject, Retry
from ._model import Auth, Message, Reply

# async or not; what may be returned is what Reply takes as its body, or a Reply.
Handler = Callable[[Auth, Message], Any]

log = logging.getLogger("sealbus")


async def answer(
    handler: Handler, threads: Executor, auth: Auth, message: Message
) -> list[bytes]:
    """The frames of the final answer, whatever the handler does."""
    id = message.id.bytes
    try:
        returned = await _call(handler, threads, auth, message)
        if message.kind == "event":
            return _protocol.write("ack", {"id": id})
        reply = returned if isinstance(returned, Reply) else Reply(returned)
        return _protocol.write("reply", {"id": id, **reply._fields()}, reply.body)
    except Retry as retry:
        delay = {} if retry.delay_ms is None else {"delay": retry.delay_ms}
        return _protocol.write("nack", {"id": id, **delay, **_reason(retry.reason)})
    except Reject as reject:
        return rejection(id, reject.code, reject.reason)
    except InvalidJson as error:
        log.info("%s of %s: %s", message.id, message.contract, error)
        if message.kind == "event":
            return rejection(id, "bad_request", str(error))
        return _protocol.write("reply", {"id": id, **_BAD_REQUEST._fields()}, _BAD_REQUEST.body)
    except Exception as error:
        log.exception("the handler of %s failed at message %s", message.contract, message.id)
        if message.kind == "event":
            return _protocol.write("nack", {"id": id, **_reason(type(error).__name__)})
        return rejection(id, "handler_failed", type(error).__name__)


def rejection(id: bytes, code: str, reason: str) -> list[bytes]:
    """A `reject`; texts of any length fit."""
    fields = {"id": id, **_reason(reason)}
    if code:
        fields["code"] = shortened(code, 64)
    return _protocol.write("reject", fields)


async def _call(handler: Handler, threads: Executor, auth: Auth, message: Message) -> Any:
    try:
        if _is_async(handler):
            return await handler(auth, message)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        returned = await loop.run_in_executor(threads, context.run, _sync, handler, auth, message)
        return await returned if isinstance(returned, Awaitable) else returned
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("something that the handler waited for was cancelled") from None


def _sync(handler: Handler, auth: Auth, message: Message) -> Any:
    try:
        return handler(auth, message)
    except StopIteration as error:  # no future can carry it, so nobody would ever hear of it
        raise RuntimeError("the handler raised StopIteration") from error


def _is_async(handler: Handler) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
        getattr(handler, "__call__", None)
    )


def _reason(reason: str) -> dict[str, str]:
    return {"reason": shortened(reason, 1_024)} if reason else {}


def shortened(text: str, most: int) -> str:
    """As much of the text as `most` bytes of UTF-8 hold."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


_BAD_REQUEST = Reply(
    json.dumps(
        {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "code": "bad_request",
            "error": "Bad request",
            "detail": "the body is not JSON",
        }
    ),
    status=400,
    content_type="application/problem+json",
)
