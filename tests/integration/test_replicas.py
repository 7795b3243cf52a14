"""Replicas share work; one that is lost costs what it was handling, and nothing else."""

import signal
import unittest
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from common import HOLDING, Cable, Load, Outcome, Process, Requester, SealbusTest, figures

CONTRACTS = """
- {name: Work, path: /api/work, timeout: 60s}
- {name: Hold, path: /api/hold, timeout: 60s}
"""

WORK = """
@service.on("Work")
async def work(auth, message):
    return "done"
"""

HOLD = HOLDING + """
@service.on("Hold")
def hold(auth, message):
    print("holding", flush=True)
    wait_for_release()
    return "released"
"""

# Three missed heartbeats of a second, and the time to notice; a slow machine may take a moment more.
SILENCE = timedelta(seconds=5)


@dataclass
class Replica:
    sidecar: Process
    service: Process
    instance: str


class Replicas(SealbusTest):
    """Three sidecars of one service, each with a process, under load from eight callers."""

    def setUp(self) -> None:
        super().setUp()
        self.ingress = self.at.ingress(SEALBUS_BUS="tcp://127.0.0.1:0")
        bus = int(self.ingress.wait_for(r"Bus: listening on .*:(\d+)$")[1])
        self.cable = Cable(bus)
        self.addCleanup(self.cable.close)
        self.replicas = [self.start_replica(i, port) for i, port in enumerate([bus, bus, self.cable.port])]
        self.token = self.at.token("user-123")
        self.load: Load | None = None

    def start_replica(self, number: int, port: int) -> Replica:
        door = self.at.door(f"users-{number}")
        seen = len(self.ingress.lines)
        sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_DELIVER=door,
                                  SEALBUS_BUS=f"tcp://127.0.0.1:{port}")
        instance = self.ingress.wait_for(r"users sidecar (\S+) registered", seen)[1]
        service = self.at.service(WORK + HOLD, door)
        self.wait_until_ready(number + 1)
        return Replica(sidecar, service, instance)

    def ready(self) -> int:
        replicas = self.at.admin("/api/services/users").json["replicas"]
        return sum(replica["ready"] for replica in replicas)

    def wait_until_ready(self, count: int) -> None:
        self.wait_until(lambda: self.ready() == count, f"{count} replicas are ready")

    def start_load(self) -> None:
        self.load = Load([self.at.http_port], "/api/work", self.token)
        self.addCleanup(self.load.stop)
        self.load.wait_for(200)

    def stop_load(self) -> list[Outcome]:
        outcomes = self.load.stop()
        print(f"\n    {self.id().rpartition('.')[2]}: {figures(outcomes)}", flush=True)
        return outcomes

    def noticed_loss(self, replica: Replica, seen: int) -> datetime:
        return self.ingress.logged_at(f"{replica.instance} is gone", seen)

    def assert_only_the_loss_shows(self, outcomes: list[Outcome], noticed: datetime,
                                   at_most: timedelta) -> None:
        """Everything is served but what was under way at the loss, which is a 502 at once."""
        after = noticed + timedelta(milliseconds=1)  # what the log's clock does not show
        for one in outcomes:
            if one.status == 200:
                continue
            self.assertEqual((one.status, one.code), (502, "replica_lost"))
            self.assertLess(one.begun, after, "sent after the loss was noticed")
            self.assertLess(one.ended - noticed, at_most, "waited for a time-out")
        served = [one for one in outcomes if one.status == 200 and one.begun > after]
        self.assertGreater(len(served), 50)

    def test_work_is_shared_by_all(self) -> None:
        self.start_load()
        self.load.wait_for(300)
        self.assertEqual({one.status for one in self.stop_load()}, {200})
        held = [Requester(self.at, "POST", "/api/hold", token=self.token) for _ in self.replicas]
        for replica in self.replicas:  # whoever holds one is not given another while two are free
            replica.service.wait_for("holding")
        for _ in held:
            self.release()
        self.assertEqual([requester.result().status for requester in held], [200] * 3)

    def test_one_that_is_killed_costs_only_what_it_was_handling(self) -> None:
        self.start_load()
        seen = len(self.ingress.lines)
        self.replicas[0].sidecar.kill()
        noticed = self.noticed_loss(self.replicas[0], seen)
        self.load.wait_for(300)
        self.assert_only_the_loss_shows(self.stop_load(), noticed, timedelta(seconds=1))

    def test_one_that_is_killed_while_handling_is_a_502_at_once(self) -> None:
        held = Requester(self.at, "POST", "/api/hold", token=self.token)
        holder = self.wait_for_holder()
        begun = datetime.now(timezone.utc)
        holder.sidecar.kill()
        self.assert_refused(held.result(), 502, "replica_lost")
        self.assertLess(datetime.now(timezone.utc) - begun, timedelta(seconds=1))

    def test_one_that_is_stopped_costs_what_it_was_given_until_it_was_missed(self) -> None:
        self.start_load()
        seen = len(self.ingress.lines)
        stopped = datetime.now(timezone.utc)
        self.replicas[1].sidecar.signal(signal.SIGSTOP)
        self.addCleanup(self.replicas[1].sidecar.signal, signal.SIGCONT)
        noticed = self.noticed_loss(self.replicas[1], seen)
        self.assertLess(noticed - stopped, SILENCE)
        self.load.wait_for(300)
        self.replicas[1].sidecar.signal(signal.SIGCONT)
        self.wait_until_ready(3)
        self.load.wait_for(100)
        outcomes = self.stop_load()
        self.assert_only_the_loss_shows(outcomes, noticed, timedelta(seconds=1))
        # The others go on: a replica that does not answer is not given more than its turn.
        stuck = sum(one.status != 200 for one in outcomes)
        meanwhile = sum(stopped < one.ended < noticed for one in outcomes)
        self.assertLessEqual(stuck, 8)
        self.assertGreater(meanwhile, 100)

    def test_one_whose_network_goes_away_costs_only_what_it_was_handling(self) -> None:
        self.start_load()
        seen = len(self.ingress.lines)
        self.cable.cut()
        noticed = self.noticed_loss(self.replicas[2], seen)
        self.load.wait_for(300)
        self.cable.mend()
        self.wait_until_ready(3)
        self.load.wait_for(100)
        self.assert_only_the_loss_shows(self.stop_load(), noticed, timedelta(seconds=1))

    def test_all_of_them_gone_is_a_503_at_once_and_not_a_wait(self) -> None:
        for replica in self.replicas:
            replica.sidecar.kill()
        self.wait_until(lambda: self.ready() == 0, "no replica is ready")
        begun = datetime.now(timezone.utc)
        response = self.at.request("POST", "/api/work", token=self.token)
        self.assert_refused(response, 503, "no_replica")
        self.assertEqual(response.headers["Retry-After"], "1")
        self.assertLess(datetime.now(timezone.utc) - begun, timedelta(seconds=1))

    def wait_for_holder(self) -> Replica:
        def holding() -> list[Replica]:
            return [one for one in self.replicas if "holding" in one.service.lines]

        self.wait_until(holding, "a handler holds")
        return holding()[0]


class SlowService(SealbusTest):
    """One service whose replica takes everything and answers nothing, beside one that works."""

    def test_it_never_slows_another_service(self) -> None:
        self.ingress = self.at.ingress()
        for name, contract, code in (("stuck", "Hold", HOLD), ("users", "Work", WORK)):
            path = "/api/stuck" if name == "stuck" else "/api/work"
            self.at.sidecar(name, f"[{{name: {contract}, path: {path}, timeout: 60s}}]")
            self.at.service(code, self.at.door(name))
        token = self.at.token("user-123")
        self.at.wait_until_answered("POST", "/api/work", token)
        stuck = Load([self.at.http_port], "/api/stuck", token, callers=64)
        self.addCleanup(stuck.stop)
        self.wait_until(lambda: self.in_flight("stuck") > 0, "calls are held")
        load = Load([self.at.http_port], "/api/work", token, callers=2)
        load.wait_for(500)
        outcomes = load.stop()
        print(f"\n    beside a stuck service: {figures(outcomes)}", flush=True)
        self.assertEqual({one.status for one in outcomes}, {200})
        self.assertLess(sorted(one.took for one in outcomes)[len(outcomes) * 99 // 100], 0.5)
        for process in self.at.processes[:1:-1]:
            process.kill()  # those who wait hear of it at once

    def in_flight(self, service: str) -> int:
        replicas = self.at.admin(f"/api/services/{service}").json["replicas"]
        return sum(replica["inFlight"] for replica in replicas)


if __name__ == "__main__":
    unittest.main()
