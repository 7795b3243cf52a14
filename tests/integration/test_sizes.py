"""What is as large as allowed arrives whole; what is one larger is refused at once and costs nothing."""

import unittest

from common import SealbusTest

MIB = 1_048_576


class Sizes(SealbusTest):
    def test_a_body_at_the_limit_arrives_and_one_byte_more_is_413(self) -> None:
        self.start_all()
        body = b"a" * MIB
        response = self.at.request("POST", "/api/echo", body, token=self.token)
        self.assertEqual((response.status, len(response.json["payload"])), (200, MIB))
        response = self.at.request("POST", "/api/echo", body + b"a", token=self.token)
        self.assert_refused(response, 413, "payload_too_large")

    def test_a_body_that_fits_http_and_not_the_bus_is_413_and_leaves_the_replica_usable(self) -> None:
        config = self.at.write("ingress.yaml", "http: {max_body: 4MiB}\n")
        self.start_all(SEALBUS_CONFIG=str(config))
        for _ in range(5):
            response = self.at.request("POST", "/api/echo", b"a" * (4 * MIB), token=self.token)
            self.assert_refused(response, 413, "payload_too_large")
        self.assertEqual(self.at.request("GET", "/api/echo", token=self.token).status, 200)

    def test_a_reply_that_does_not_fit_the_bus_is_502_at_once_and_the_next_one_passes(self) -> None:
        self.start_all()
        for size in (4 * MIB - 10, 4 * MIB):
            response = self.at.request("GET", f"/api/big?{size}", token=self.token)
            self.assert_refused(response, 502, "handler_failed")
        response = self.at.request("GET", f"/api/big?{4 * MIB - 1000}", token=self.token)
        self.assertEqual((response.status, len(response.body)), (200, 4 * MIB - 1000))

    def test_a_user_agent_that_no_envelope_can_hold_is_left_out(self) -> None:
        self.start_all()
        agent = "x" * 9_000
        response = self.at.request("GET", "/api/echo", headers={"User-Agent": agent}, token=self.token)
        self.assertEqual(response.status, 200, response.body)
        self.assertNotIn("user-agent", response.json["headers"])


class Readiness(SealbusTest):
    def conditions(self, port: int) -> dict[str, bool]:
        answer = self.at.request("GET", "/readyz", port=port)
        conditions = {one["name"]: one["met"] for one in answer.json["conditions"]}
        self.assertEqual(answer.status, 200 if all(conditions.values()) else 503)
        return conditions

    def wait_until(self, port: int, name: str, met: bool) -> None:
        """Asks until the condition is so; the test's own time-out ends it."""
        while self.conditions(port)[name] != met:
            self.assertTrue(self.sidecar.alive())

    def test_a_sidecar_is_ready_with_an_ingress_and_a_process_and_not_without(self) -> None:
        self.start_all()
        port = int(self.sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])
        self.wait_until(port, "service", True)
        self.wait_until(port, "session", True)
        self.service.kill()
        self.wait_until(port, "service", False)
        self.ingress.kill()
        self.wait_until(port, "session", False)


if __name__ == "__main__":
    unittest.main()
