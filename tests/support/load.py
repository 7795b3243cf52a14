"""Load from several connections at once, and what became of each request."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone

PATIENCE = 30  # seconds that a request may take before the test has failed


@dataclass(frozen=True)
class Outcome:
    begun: datetime
    ended: datetime
    status: int  # 0: the connection ended without a response
    code: str  # the refusal's name; empty for a reply

    @property
    def took(self) -> float:
        return (self.ended - self.begun).total_seconds()


def now() -> datetime:
    return datetime.now(timezone.utc)


class Load:
    """Callers that each send one request after the other until they are stopped.

    With several ports a caller whose connection is refused goes to the next one: nothing was sent.
    `rate` is how many requests all callers together begin in a second; None: as many as they can.
    """

    def __init__(
        self,
        ports: list[int],
        path: str,
        token: str,
        *,
        callers: int = 8,
        rate: float | None = None,
    ) -> None:
        self._ports = ports
        self._path = path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Length": "0"}
        self._stop = threading.Event()
        self._outcomes: list[list[Outcome]] = [[] for _ in range(callers)]
        self._tickets = itertools.count()
        self._begun = time.monotonic()
        self._rate = rate
        self._threads = [
            threading.Thread(target=self._call, args=(outcomes,), daemon=True)
            for outcomes in self._outcomes
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[Outcome]:
        """Ends the load; what became of all requests, in the order in which they began."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                raise AssertionError("a caller still waits for a response")
        return sorted(itertools.chain(*self._outcomes), key=lambda outcome: outcome.begun)

    def finished(self) -> int:
        return sum(len(outcomes) for outcomes in self._outcomes)

    def wait_for(self, more: int) -> None:
        """Until so many more requests have ended."""
        goal = self.finished() + more
        end = time.monotonic() + PATIENCE
        while self.finished() < goal:
            if time.monotonic() > end:
                raise AssertionError(f"only {self.finished()} of {goal} requests have ended")
            self._stop.wait(0.01)

    def run_for(self, seconds: float) -> None:
        self._stop.wait(seconds)

    # ------------------------------------------------------------ callers

    def _call(self, outcomes: list[Outcome]) -> None:
        ports = itertools.cycle(self._ports)
        connection: http.client.HTTPConnection | None = None
        while self._wait_for_turn():
            connection = connection or self._connect(ports)
            if connection is None:
                continue
            outcome, goes_on = self._ask(connection)
            outcomes.append(outcome)
            if not goes_on:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _wait_for_turn(self) -> bool:
        if self._rate is None:
            return not self._stop.is_set()
        due = self._begun + next(self._tickets) / self._rate
        return not self._stop.wait(max(0.0, due - time.monotonic()))

    def _connect(self, ports: itertools.cycle[int]) -> http.client.HTTPConnection | None:
        for port in itertools.islice(ports, len(self._ports)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                continue
        return None

    def _ask(self, connection: http.client.HTTPConnection) -> tuple[Outcome, bool]:
        begun = now()
        try:
            connection.request("POST", self._path, headers=self._headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return Outcome(begun, now(), 0, ""), False
        problem = response.headers.get("Content-Type") == "application/problem+json"
        code = json.loads(body)["code"] if problem else ""
        return Outcome(begun, now(), response.status, code), not response.will_close


def figures(outcomes: list[Outcome]) -> str:
    """How many of each kind, for a person who reads the test's output."""
    counted = Counter(f"{one.status} {one.code}".strip() for one in outcomes)
    slowest = max((one.took for one in outcomes), default=0.0)
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(counted.items()))
    return f"{len(outcomes)} requests: {kinds}; slowest {slowest * 1000:.0f} ms"
