"""What goes wrong, and what a handler raises to say how."""

from __future__ import annotations

from datetime import timedelta


class ProtocolError(Exception):
    """Bytes that PROTOCOL.md does not allow, or values that it has no bytes for.

    `code` is the name of the refusal. `id` is of the message that it was, where that is known.
    The text names the key and holds nothing of the content.
    """

    def __init__(self, text: str, code: str = "malformed_header", id: bytes | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.id = id


class InvalidJson(ValueError):
    """The payload is not JSON. A handler that lets it pass answers its caller with 400."""


class Retry(Exception):
    """Not now: an event is delivered again, a command or query fails.

    `delay` is the least time to wait, in seconds or as a timedelta; the contract's own otherwise.
    `reason` is logged by the sidecar and goes nowhere else.
    """

    def __init__(self, reason: str = "", *, delay: float | timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
        if seconds is not None and not 0 <= seconds <= 86_400:
            raise ValueError("delay must be from 0 s to one day")
        self.delay_ms = None if seconds is None else round(seconds * 1000)


class Reject(Exception):
    """Never: an event goes to the dead letters, the caller of a command or query gets 500.

    `reason` and `code` are logged by the sidecar and go nowhere else.
    """

    def __init__(self, reason: str = "", *, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
