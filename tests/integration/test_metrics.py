"""What Prometheus gets to see of both roles: well-formed, complete, in agreement with what was
sent, and nothing that would tell who a caller is."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
import unittest
from pathlib import Path

from common import Requester, SealbusTest  # noqa: I001 (it says where the next two are)
from exposition import Family, parse
from processes import PATIENCE

REFUSAL_LIST = Path(__file__).resolve().parents[2] / "common/base/refusal.hpp"


class Metrics(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()
        self.before = self.scrape()

    def scrape(self, port: int = 0, **headers: str) -> dict[str, Family]:
        response = self.at.request("GET", "/metrics", headers=headers, port=port or self.at.admin_port)
        self.assertEqual(response.status, 200, response.body)
        self.assertEqual(
            response.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse(response.body.decode())

    def scrape_sidecar(self) -> dict[str, Family]:
        return self.scrape(self.sidecar_port())

    def sidecar_port(self) -> int:
        return int(self.sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])

    def grown(self, after: dict[str, Family], name: str, **labels: str) -> float:
        before = self.before[name].total(**labels) if name in self.before else 0
        return after[name].total(**labels) - before

    def scrape_until(self, scrape, holds) -> dict[str, Family]:
        """Again and again until it shows what is expected, or patience is over."""
        end = time.monotonic() + PATIENCE
        while True:
            families = scrape()
            if holds(families) or time.monotonic() > end:
                return families

    def test_every_metric_of_both_roles_is_well_formed_and_of_ours(self) -> None:
        for families in (self.before, self.scrape_sidecar()):
            self.assertGreater(len(families), 15)
            for name in families:
                self.assertTrue(name.startswith("sealbus_"), name)

    def test_both_roles_show_what_was_promised(self) -> None:
        both = {
            "build_info", "process_start_time_seconds", "config_epoch", "development_mode",
            "loosened", "audit_entries_total", "refusals_total", "handshakes_total", "sessions",
            "queue_length", "in_flight", "bus_received_bytes_total", "bus_sent_bytes_total",
            "bus_received_messages_total", "bus_sent_messages_total",
        }
        ingress = {
            "http_requests_total", "http_request_duration_seconds", "http_connections",
            "http_received_bytes_total", "http_sent_bytes_total", "credit_messages",
            "half_open_sessions",
        }
        sidecar = {
            "ingress_addresses", "processes", "deliveries_total", "handling_duration_seconds",
        }
        self.assertEqual({"sealbus_" + name for name in both | ingress}, set(self.before))
        self.at.request("POST", "/api/either", token=self.token)
        missing = {"sealbus_" + name for name in both | sidecar} - set(self.scrape_sidecar())
        self.assertEqual(missing, set())

    def test_requests_are_counted_by_contract_status_and_refusal(self) -> None:
        for _ in range(3):
            self.at.request("POST", "/api/echo", "x", token=self.token)
        self.at.request("GET", "/api/echo")  # 401, and the contract is known
        self.at.request("GET", "/api/parts/secret-part", token=self.token)
        self.at.request("GET", "/api/no-such", token=self.token)
        self.at.request("POST", "/api/either", token=self.token)
        self.at.request("POST", "/api/fail", token=self.token)
        after = self.scrape()
        for contract, status, code, count in (
            ("users.Echo", "200", "none", 3),
            ("users.Echo", "401", "authentication_required", 1),
            ("users.EchoPart", "200", "none", 1),
            ("none", "404", "not_found", 1),
            ("users.Either", "403", "insufficient_permissions", 1),
            ("users.Fail", "500", "internal", 1),
        ):
            with self.subTest(contract=contract, code=code):
                labels = {"contract": contract, "status": status, "code": code}
                self.assertEqual(self.grown(after, "sealbus_http_requests_total", **labels), count)
        self.assertEqual(self.grown(after, "sealbus_http_requests_total"), 8)
        self.assertEqual(self.grown(after, "sealbus_refusals_total"), 4)
        durations = after["sealbus_http_request_duration_seconds"]
        self.assertEqual(durations.value("_count", contract="users.EchoPart"), 1)
        self.assertGreater(durations.value("_sum", contract="users.EchoPart"), 0)

    def test_what_the_parser_refuses_is_counted_too(self) -> None:
        with socket.create_connection(("127.0.0.1", self.at.http_port), PATIENCE) as client:
            client.sendall(b"nonsense\r\n\r\n")
            self.assertIn(b"400", client.recv(4096))
        after = self.scrape()
        labels = {"contract": "none", "status": "400", "code": "bad_request"}
        self.assertEqual(self.grown(after, "sealbus_http_requests_total", **labels), 1)
        self.assertEqual(self.grown(after, "sealbus_refusals_total", code="bad_request"), 1)

    def test_every_refusal_of_the_list_has_a_series_whether_it_happened_or_not(self) -> None:
        enum = re.search(r"enum class Refusal.*?\{(.*?)\n\};", REFUSAL_LIST.read_text(), re.S)
        listed = set(re.findall(r"^  (\w+),", enum[1], re.M))
        self.assertGreater(len(listed), 50)
        for families in (self.before, self.scrape_sidecar()):
            shown = families["sealbus_refusals_total"].series()
            self.assertEqual({labels["code"] for labels in shown}, listed)

    def test_the_sidecar_counts_what_it_delivers_and_refuses(self) -> None:
        before = self.scrape_sidecar()
        for _ in range(3):
            self.at.request("POST", "/api/fail", token=self.token)
        self.at.request("POST", "/api/die", token=self.token)
        after = self.scrape_sidecar()
        delivered = after["sealbus_deliveries_total"]
        self.assertEqual(delivered.value(contract="users.Fail"), 3)
        self.assertEqual(delivered.value(contract="users.Die"), 1)
        self.assertEqual(
            after["sealbus_delivery_refusals_total"].value(contract="users.Die", code="handler_failed"), 1)
        handled = after["sealbus_handling_duration_seconds"]
        self.assertEqual(handled.value("_count", contract="users.Fail"), 3)
        self.assertEqual(handled.value("_count", contract="users.Die"), 0)
        sent = "sealbus_bus_sent_messages_total"
        self.assertGreaterEqual(after[sent].total() - before[sent].total(), 4)

    def test_sessions_credit_and_what_is_under_way_are_shown_by_service(self) -> None:
        self.assertEqual(self.before["sealbus_sessions"].value(service="users"), 1)
        self.assertGreater(self.before["sealbus_credit_messages"].value(service="users"), 0)
        established = self.before["sealbus_handshakes_total"].value(result="established")
        self.assertEqual(established, 1)
        held = Requester(self.at, "POST", "/api/hold", token=self.token)
        self.service.wait_for("holding")
        shown = self.scrape()
        self.assertEqual(shown["sealbus_in_flight"].value(service="users"), 1)
        in_sidecar = self.scrape_until(
            self.scrape_sidecar, lambda families: families["sealbus_in_flight"].total() == 1)
        self.assertEqual(in_sidecar["sealbus_in_flight"].value(service="users"), 1)
        self.assertEqual(in_sidecar["sealbus_sessions"].value(service="users"), 1)
        self.assertEqual(in_sidecar["sealbus_processes"].value(service="users"), 1)
        self.release()
        self.assertEqual(held.result().status, 200)
        self.assertEqual(self.scrape()["sealbus_in_flight"].value(service="users"), 0)
        self.sidecar.terminate()
        self.assertEqual(self.scrape()["sealbus_sessions"].value(service="users"), 0)

    def test_bytes_are_those_that_were_sent(self) -> None:
        body = "x" * 100_000
        response = self.at.request("POST", "/api/echo", body, token=self.token)
        after = self.scrape()
        for name, least in (
            ("sealbus_http_received_bytes_total", len(body)),
            ("sealbus_http_sent_bytes_total", len(response.body)),
            ("sealbus_bus_sent_bytes_total", len(body)),
            ("sealbus_bus_received_bytes_total", len(response.body)),
        ):
            with self.subTest(name):
                self.assertGreater(self.grown(after, name), least)
                self.assertLess(self.grown(after, name), least + 4_000)

    def test_what_is_loosened_and_the_configuration_in_force_are_shown(self) -> None:
        self.assertEqual(self.before["sealbus_loosened"].value(setting="registration"), 1)
        self.assertEqual(self.before["sealbus_development_mode"].value(), 0)
        self.assertEqual(self.before["sealbus_config_epoch"].value(), 1)
        sidecar = self.scrape_sidecar()
        self.assertEqual(sidecar["sealbus_loosened"].value(setting="accept_development"), 1)
        self.assertEqual(sidecar["sealbus_development_mode"].value(), 1)
        version = self.at.run("--version").strip()
        self.assertEqual(self.before["sealbus_build_info"].value(version=version, role="ingress"), 1)
        self.assertEqual(sidecar["sealbus_build_info"].value(version=version, role="sidecar"), 1)
        age = time.time() - self.before["sealbus_process_start_time_seconds"].value()
        self.assertTrue(-1 < age < 600, age)

    def test_no_metric_tells_who_a_caller_is_or_what_was_asked(self) -> None:
        token = self.at.token("a-user-to-look-for", "users:create")
        self.at.request("POST", "/api/echo?a-query-to-look-for", "a-payload-to-look-for",
                        {"X-Request-Id": "an-id-to-look-for"}, token)
        self.at.request("GET", "/api/a-path-to-look-for", token=token)
        self.at.request("GET", "/api/parts/a-path-to-look-for", token=token)
        shown = self.at.admin("/metrics").body.decode()
        shown += self.at.request("GET", "/metrics", port=self.sidecar_port()).body.decode()
        self.assertNotIn("to-look-for", shown)
        for part in [*token.split("."), self.at.secret]:
            self.assertNotIn(part, shown)

    def test_a_path_that_nobody_offers_makes_no_series(self) -> None:
        for i in range(200):
            self.at.request("GET", f"/api/no-such-{i}", token=self.token)
        after = self.scrape()["sealbus_http_requests_total"]
        self.assertEqual(after.total(contract="none", code="not_found"), 200)
        self.assertLess(len(after.samples), 10)

    def test_a_scrape_under_load_is_answered_quickly_and_disturbs_nobody(self) -> None:
        stop = threading.Event()
        statuses: list[int] = []

        def load() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.at.http_port, timeout=PATIENCE)
            while not stop.is_set():
                connection.request("GET", "/api/echo", headers={"Authorization": f"Bearer {self.token}"})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
            connection.close()

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            slowest = 0.0
            for _ in range(50):
                begun = time.monotonic()
                self.scrape()
                slowest = max(slowest, time.monotonic() - begun)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(statuses), {200})
        self.assertLess(slowest, PATIENCE / 20)
        after = self.scrape()
        labels = {"contract": "users.Echo", "status": "200"}
        self.assertEqual(self.grown(after, "sealbus_http_requests_total", **labels), len(statuses))

    def test_it_only_reads_and_answers_only_to_its_own_names(self) -> None:
        admin = self.at.admin_port
        self.assertEqual(self.at.request("POST", "/metrics", port=admin).status, 405)
        foreign = self.at.request("GET", "/metrics", headers={"Host": "api-gateway:3001"}, port=admin)
        self.assertEqual(foreign.status, 403)


class Names(SealbusTest):
    def test_a_configured_name_may_be_asked_for_and_a_foreign_origin_may_not(self) -> None:
        self.at.ingress(SEALBUS_ADMIN_HOSTS="api-gateway,gateway.internal")
        self.at.sidecar("users", "[]", SEALBUS_ADMIN_HOSTS="users-sidecar")
        port = int(self.at.processes[-1].wait_for(r"Admin: listening on .*:(\d+)$")[1])
        for at, host, origin, status in (
            (self.at.admin_port, "api-gateway:3001", None, 200),
            (self.at.admin_port, "gateway.internal", None, 200),
            (self.at.admin_port, "users-sidecar", None, 403),
            (self.at.admin_port, "api-gateway:3001", "http://evil.example", 403),
            (port, "users-sidecar:3002", None, 200),
            (port, "api-gateway", None, 403),
        ):
            with self.subTest(host=host, origin=origin):
                headers = {"Host": host} | ({"Origin": origin} if origin else {})
                response = self.at.request("GET", "/metrics", headers=headers, port=at)
                self.assertEqual(response.status, status)


class Reader(unittest.TestCase):
    """The reader that the other tests lean on refuses what Prometheus would."""

    GOOD = '# HELP a_total An a.\n# TYPE a_total counter\na_total{x="1"} 1\na_total{x="2"} 2\n'

    def test_it_reads_what_is_good(self) -> None:
        family = parse(self.GOOD)["a_total"]
        self.assertEqual((family.value(x="2"), family.total()), (2, 3))

    def test_it_refuses_what_is_not(self) -> None:
        for old, new in (
            ('x="2"', 'x="1"'), ("# HELP a_total An a.\n", ""), ("# TYPE a_total counter\n", ""),
            ("An a.", "an a"), ("counter", "gauge"), (" 2\n", " two\n"), (" 2\n", " 2"),
            ('x="2"', 'x="2",x="3"'), ('x="2"', "x=2"), ('"2"', '"a"b"'), ('a_total{x="2"}', "b_total"),
            (" 2\n", " -2\n"), (" 2\n", " 2 \n"),
        ):
            with self.subTest(old=old, new=new):
                self.assertIn(old, self.GOOD)
                with self.assertRaises(AssertionError):
                    parse(self.GOOD.replace(old, new))


if __name__ == "__main__":
    unittest.main()
