"""Every process restarted, one at a time, while commands are sent without a pause."""

import unittest
from datetime import datetime, timedelta

from common import Load, Outcome, Process, SealbusTest, figures

CONTRACTS = "[{name: Work, path: /api/work, timeout: 60s}]"
SERVICES = "{users: {routes: [/api/**]}}"
CODE = """
import asyncio
@service.on("Work")
async def work(auth, message):
    await asyncio.to_thread(len, b"")  # other handlers get their turn in the middle of this one
    return "done"
"""
MOMENT = timedelta(milliseconds=1)  # what the log's clock does not show


class RollingRestart(SealbusTest):
    """Two ingresses, and three replicas with a process each; callers know both ingresses, and go to
    the other one when a connection is refused."""

    def setUp(self) -> None:
        super().setUp()
        self.ports: list[dict[str, int]] = [{}, {}]
        self.ingresses = [self.start_ingress(number) for number in range(2)]
        self.sidecars = [self.start_sidecar(number) for number in range(3)]
        self.services = [self.start_service(number) for number in range(3)]
        self.wait_until_all_are_ready()
        self.load = Load([ports["HTTP"] for ports in self.ports], "/api/work",
                         self.at.token("user-123"))
        self.addCleanup(self.load.stop)
        self.load.wait_for(200)

    def start_ingress(self, number: int) -> Process:
        """On the ports that it had before, if it did."""
        ports = self.ports[number]
        process = self.at.ingress(
            SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=SERVICES,
            SEALBUS_HTTP=f"127.0.0.1:{ports.get('HTTP', 0)}",
            SEALBUS_ADMIN=f"127.0.0.1:{ports.get('Admin', 0)}",
            SEALBUS_BUS=f"tcp://127.0.0.1:{ports.get('Bus', 0)}")
        for port in ("HTTP", "Admin", "Bus"):
            ports[port] = int(process.wait_for(rf"{port}: listening on .*:(\d+)$")[1])
        return process

    def start_sidecar(self, number: int) -> Process:
        buses = ",".join(f"tcp://127.0.0.1:{ports['Bus']}" for ports in self.ports)
        return self.at.sidecar("users", CONTRACTS, SEALBUS_BUS=buses,
                               SEALBUS_DELIVER=self.at.door(f"users-{number}"))

    def start_service(self, number: int) -> Process:
        return self.at.service(CODE, self.at.door(f"users-{number}"))

    def ready_at(self, ports: dict[str, int]) -> int:
        services = self.at.request("GET", "/api/services", port=ports["Admin"]).json["services"]
        replicas = services[0]["replicas"] if services else []
        return sum(replica["ready"] for replica in replicas)

    def wait_until_all_are_ready(self) -> None:
        self.wait_until(lambda: all(self.ready_at(ports) == 3 for ports in self.ports),
                        "both ingresses have three replicas")

    def stop_load(self) -> list[Outcome]:
        outcomes = self.load.stop()
        print(f"\n    {self.id().rpartition('.')[2]}: {figures(outcomes)}", flush=True)
        return outcomes

    def test_no_request_fails_when_each_is_terminated_and_drains(self) -> None:
        for start, processes in ((self.start_service, self.services),
                                 (self.start_sidecar, self.sidecars),
                                 (self.start_ingress, self.ingresses)):
            for number, process in enumerate(processes):
                self.assertEqual(process.terminate(), 0, process.output())
                processes[number] = start(number)
                self.wait_until_all_are_ready()
                self.load.wait_for(50)
        self.assertEqual({(one.status, one.code) for one in self.stop_load()}, {(200, "")})

    def test_only_requests_in_flight_fail_when_each_is_killed(self) -> None:
        losses: list[tuple[datetime, datetime]] = []  # from the kill until everybody knew
        for number, process in enumerate(self.services):
            losses.append(self.kill(process, [self.sidecars[number]], "Door: .* is gone"))
            self.services[number] = self.start_service(number)
            self.wait_until_all_are_ready()
        for number, process in enumerate(self.sidecars):
            losses.append(self.kill(process, self.ingresses, "users sidecar .* is gone"))
            self.sidecars[number] = self.start_sidecar(number)
            self.wait_until_all_are_ready()
        for number, process in enumerate(self.ingresses):
            losses.append(self.kill(process, self.sidecars, "no contact with the ingress"))
            self.ingresses[number] = self.start_ingress(number)
            self.wait_until_all_are_ready()
        self.load.wait_for(50)
        for one in self.stop_load():
            if one.status == 200:
                continue
            self.assertIn((one.status, one.code),
                          {(502, "replica_lost"), (502, "handler_failed"), (0, "")})
            in_flight = any(one.begun < noticed + MOMENT and one.ended > killed - MOMENT
                            for killed, noticed in losses)
            self.assertTrue(in_flight, f"{one}, losses: {losses}")

    def kill(self, process: Process, witnesses: list[Process], pattern: str) -> tuple[datetime, datetime]:
        seen = [len(witness.lines) for witness in witnesses]
        killed = datetime.now().astimezone()
        process.kill()
        noticed = max(witness.logged_at(pattern, count)
                      for witness, count in zip(witnesses, seen, strict=True))
        return killed, noticed


if __name__ == "__main__":
    unittest.main()
