"""Either side may start first, restart, or vanish; nobody waits for what cannot come."""

import signal
import threading
import unittest
from datetime import datetime, timezone

from common import CODE, CONTRACTS, Requester, SealbusTest


class StartOrder(SealbusTest):
    def test_the_sidecar_may_start_before_the_ingress(self) -> None:
        sidecar = self.at.sidecar("users", CONTRACTS)
        self.at.service(CODE, self.at.door("users"))
        sidecar.wait_for("Door: .* subscribed")
        self.at.ingress()
        sidecar.wait_for("Bus: in contact")
        token = self.at.token("u", "users:create")
        self.assertEqual(self.at.wait_until_answered("GET", "/api/echo", token).status, 200)

    def test_the_service_may_start_before_its_sidecar(self) -> None:
        service = self.at.service(CODE, self.at.door("users"))
        service.wait_for("service starts")
        self.at.ingress()
        self.at.sidecar("users", CONTRACTS).wait_for("Door: .* subscribed")

    def test_early_requests_hear_that_it_is_starting(self) -> None:
        self.at.ingress()
        response = self.at.request("GET", "/api/echo", token=self.at.token())
        self.assert_refused(response, 503, "starting")
        self.assertIn("Retry-After", response.headers)


class Restart(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()

    def assert_answered(self) -> None:
        response = self.at.wait_until_answered("GET", "/api/echo", self.token)
        self.assertEqual(response.status, 200, response.body)

    def assert_contact_within_3_s(self, since: datetime, lines_before: int = 0) -> None:
        """By the processes' own clocks, so that a slow test does not count."""
        back = self.sidecar.logged_at("in contact with the ingress", lines_before)
        self.assertLess((back - since).total_seconds(), 3)
        self.assert_answered()

    def test_contact_is_back_within_3_s_after_the_ingress_was_killed(self) -> None:
        seen = len(self.sidecar.lines)
        self.ingress.kill()
        self.ingress = self.at.ingress()
        self.assert_contact_within_3_s(self.ingress.logged_at("Bus: listening"), seen)

    def test_contact_is_back_within_3_s_after_the_ingress_was_terminated(self) -> None:
        seen = len(self.sidecar.lines)
        self.assertEqual(self.ingress.terminate(), 0)
        self.ingress = self.at.ingress()
        self.assert_contact_within_3_s(self.ingress.logged_at("Bus: listening"), seen)

    def test_contact_is_back_within_3_s_after_the_sidecar_was_killed(self) -> None:
        self.sidecar.kill()
        self.sidecar = self.at.sidecar("users", CONTRACTS)
        self.assert_contact_within_3_s(self.sidecar.logged_at("Door: listening"))

    def test_a_contract_whose_service_is_away_is_503_and_not_404(self) -> None:
        self.sidecar.kill()
        self.ingress.wait_for("sidecar .* is gone")
        response = self.at.request("GET", "/api/echo", token=self.token)
        self.assert_refused(response, 503, "no_replica")
        self.assertIn("Retry-After", response.headers)

    def test_a_service_without_a_process_is_503_at_once(self) -> None:
        self.service.kill()
        self.sidecar.wait_for("Door: .* is gone")
        response = self.at.wait_until_answered("GET", "/api/no-such", self.token)
        self.assertEqual(response.status, 404)
        self.assert_refused(self.at.request("GET", "/api/echo", token=self.token), 503, "no_replica")

    def test_another_process_of_the_service_takes_over(self) -> None:
        self.service.kill()
        self.service = self.at.service(CODE, self.at.door("users"))
        self.assert_answered()


class Loss(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()
        self.held = Requester(self.at, "POST", "/api/hold", token=self.token)
        self.service.wait_for("holding")

    def test_a_replica_that_is_killed_while_handling_is_a_502_at_once(self) -> None:
        self.sidecar.kill()
        self.assert_refused(self.held.result(), 502, "replica_lost")
        self.ingress.wait_for("is gone: its connection closed")

    def test_a_replica_that_falls_silent_is_a_502_within_the_heartbeat_limit(self) -> None:
        begun = datetime.now(timezone.utc)
        self.sidecar.signal(signal.SIGSTOP)
        self.addCleanup(self.sidecar.signal, signal.SIGCONT)
        self.assert_refused(self.held.result(), 502, "replica_lost")
        noticed = self.ingress.logged_at("is gone: it fell silent")
        self.assertLess((noticed - begun).total_seconds(), 5)

    def test_a_service_process_that_is_killed_while_handling_is_a_502(self) -> None:
        self.service.kill()
        self.assert_refused(self.held.result(), 502, "handler_failed")

    def test_a_process_that_ends_in_a_handler_is_a_502(self) -> None:
        response = self.at.request("POST", "/api/die", token=self.token)
        self.assert_refused(response, 502, "handler_failed")

    def test_a_client_that_goes_away_harms_nobody(self) -> None:
        import socket

        with socket.create_connection(("127.0.0.1", self.at.http_port)) as client:
            client.sendall(b"POST /api/hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                           b"Authorization: Bearer " + self.token.encode() + b"\r\n\r\n")
            self.service.wait_for("holding", after=self.service.lines.index("holding") + 1)
        self.release()
        self.release()
        self.assertEqual(self.held.result().status, 200)
        self.assertEqual(self.at.request("GET", "/api/echo", token=self.token).status, 200)


class Drain(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()

    def hold(self) -> Requester:
        held = Requester(self.at, "POST", "/api/hold", token=self.token)
        self.service.wait_for("holding")
        return held

    def test_a_terminated_ingress_finishes_what_is_in_flight_and_exits_0(self) -> None:
        held = self.hold()
        self.ingress.signal(signal.SIGTERM)
        self.ingress.wait_for("draining")
        self.release()
        self.assertEqual(held.result().body, b"released")
        self.assertEqual(self.ingress.wait(), 0)

    def test_a_terminated_sidecar_finishes_what_is_in_flight_and_exits_0(self) -> None:
        held = self.hold()
        self.sidecar.signal(signal.SIGTERM)
        self.sidecar.wait_for("draining")
        # What was sent before the ingress heard of it is served; then it sends nothing more.
        while (response := self.at.request("GET", "/api/echo", token=self.token)).status != 503:
            self.assertEqual(response.status, 200, response.body)
        self.release()
        self.assertEqual(held.result().body, b"released")
        self.assertEqual(self.sidecar.wait(), 0)

    def test_two_replicas_terminated_in_turn_lose_no_call(self) -> None:
        other = self.at.sidecar("users", CONTRACTS, SEALBUS_DELIVER=self.at.door("users-2"))
        self.at.service(CODE, self.at.door("users-2"))
        other.wait_for("Door: .* subscribed")
        statuses: list[int] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                statuses.append(self.at.request("GET", "/api/echo", token=self.token).status)

        callers = [threading.Thread(target=ask) for _ in range(4)]
        for caller in callers:
            caller.start()
        self.assertEqual(self.sidecar.terminate(), 0)
        stop.set()
        for caller in callers:
            caller.join()
        self.assertEqual(set(statuses), {200})

    def test_a_terminated_service_finishes_what_is_in_flight(self) -> None:
        held = self.hold()
        self.service.signal(signal.SIGTERM)
        self.sidecar.wait_for("says good-bye")
        self.release()
        self.assertEqual(held.result().body, b"released")
        self.assertEqual(self.service.wait(), 0)

    def test_all_three_exit_0_when_idle(self) -> None:
        for process in (self.service, self.sidecar, self.ingress):
            self.assertEqual(process.terminate(), 0, process.output())


if __name__ == "__main__":
    unittest.main()
