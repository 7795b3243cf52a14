"""Events in memory: one copy for each service that was granted the event, to one of its replicas."""

import re
import unittest

from common import HOLDING, SANITIZED, SealbusTest
from processes import Process, Requester, Response

GRANTS = """{orders: {routes: [/api/**]}, users: {subscribe: [orders.OrderPlaced]},
             billing: {subscribe: [orders.OrderPlaced]}, mail: {routes: [/mail/**]}}"""
CONTRACTS = """
- {name: OrderPlaced, kind: event, delivery: memory, requiredPermissions: [orders:place]}
- {name: OrderPaid, kind: event, delivery: memory}
- {name: Ping}
"""
SUBSCRIBER = """
@service.on("orders.OrderPlaced")
async def placed(auth, message):
    print("got", message.kind, message.id, auth.user_id, ",".join(auth.permissions), auth.method,
          message.payload.decode(), flush=True)
"""
HOLDER = HOLDING + """
@service.on("orders.OrderPlaced")
def hold(auth, message):
    print("holding", message.payload.decode(), flush=True)
    wait_for_release()
    print("released", message.payload.decode(), flush=True)
"""
OWNER = """
@service.on("Ping")
async def ping(auth, message):
    return "pong"
"""
WANTED = "[orders.OrderPlaced]"


class Events(SealbusTest):
    def start(self, config: str = "", grants: str = GRANTS, **env: str) -> None:
        """An ingress, and the owner of the event with a process of its own."""
        at = self.at
        if config:
            env["SEALBUS_CONFIG"] = str(at.write("ingress.yaml", config))
        self.ingress = at.ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=grants, **env)
        self.owner_sidecar = at.sidecar("orders", CONTRACTS, SEALBUS_ACCEPT_DEVELOPMENT="true")
        self.owner = at.service(OWNER, at.door("orders"))
        self.token = at.token("user-123", "orders:place,users:read")
        self.assertEqual(at.wait_until_answered("POST", "/api/ping", self.token).status, 200)

    def subscriber(self, service: str, code: str = SUBSCRIBER, replica: str = "", config: str = "",
                   wanted: str = "[{event: orders.OrderPlaced}]", **env: str) -> Process:
        """A sidecar that subscribes, and its process, once messages can be sent to them."""
        door = self.at.door(service + replica)
        if config:
            env["SEALBUS_CONFIG"] = str(self.at.write(f"{service}{replica}.yaml", config))
        before = self.ready(service)
        self.sidecars[service + replica] = self.at.sidecar(
            service, None, SEALBUS_SUBSCRIBE=wanted, SEALBUS_DELIVER=door, **env)
        process = self.at.service(code, door)
        self.wait_until(lambda: self.ready(service) > before)
        return process

    def setUp(self) -> None:
        super().setUp()
        self.sidecars: dict[str, Process] = {}

    def replicas(self, service: str) -> list[dict]:
        response = self.at.admin(f"/api/services/{service}")
        return response.json["replicas"] if response.status == 200 else []

    def ready(self, service: str) -> int:
        return sum(replica["ready"] for replica in self.replicas(service))

    def publish(self, payload: str = "{}", path: str = "/api/order-placed", **options: str) -> Response:
        return self.at.request("POST", path, payload, token=self.token, **options)

    def copies(self, *processes: Process) -> list[str]:
        return [line for one in processes for line in one.lines if line.startswith("got ")]

    def refused_copies(self, code: str) -> list[str]:
        return [line for line in self.ingress.lines if re.search(rf"Events: .* refused: {code}:", line)]

    def assert_later(self, response: Response, code: str) -> None:
        self.assert_refused(response, 503, code)
        self.assertEqual(response.headers["Retry-After"], "1")

    # ------------------------------------------------------------ who gets a copy

    def test_each_subscribed_service_gets_one_copy_with_who_it_is_from_and_the_owner_none(self) -> None:
        self.start()
        users, billing = self.subscriber("users"), self.subscriber("billing")
        response = self.publish('{"order":7}')
        self.assertEqual(response.status, 202, response.body)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        copy = f'got event {response.json["id"]} user-123 orders:place,users:read jwt {{"order":7}}'
        users.wait_for(re.escape(copy))
        billing.wait_for(re.escape(copy))
        self.wait_until(lambda: all(r["inFlight"] == 0 for s in ("users", "billing", "orders")
                                    for r in self.replicas(s)))
        self.assertEqual(len(self.copies(users, billing)), 2)
        self.assertEqual(self.copies(self.owner), [])
        self.assertEqual(self.refused_copies(".*"), [])

    def test_the_owner_gets_a_copy_when_it_subscribes_itself(self) -> None:
        self.start(grants=GRANTS.replace("[/api/**]", f"[/api/**], subscribe: {WANTED}"))
        again = self.subscriber("orders", replica="-2")
        self.assertEqual(self.publish("own").status, 202)
        again.wait_for("got event .* own$")

    def test_three_replicas_share_the_copies(self) -> None:
        self.start()
        replicas = [self.subscriber("users", replica=f"-{n}") for n in range(3)]
        ids = {self.publish().json["id"] for _ in range(9)}
        self.wait_until(lambda: len(self.copies(*replicas)) == 9)
        self.assertEqual({line.split()[2] for line in self.copies(*replicas)}, ids)
        shares = [len(self.copies(one)) for one in replicas]
        self.assertEqual(sum(shares), 9)
        self.assertGreater(min(shares), 0)  # the next one is whoever owes the fewest answers

    def test_a_subscription_that_is_not_granted_is_refused_on_both_sides_and_gets_nothing(self) -> None:
        self.start()
        users, mail = self.subscriber("users"), self.subscriber("mail")
        self.ingress.wait_for("orders.OrderPlaced of mail refused: not_granted")
        self.sidecars["mail"].wait_for("the ingress refused orders.OrderPlaced: not_granted")
        self.assertEqual(self.publish("x").status, 202)
        users.wait_for("got event .* x$")
        self.assertEqual(self.copies(mail), [])
        self.assertEqual(self.at.admin("/api/services/mail").json["subscriptions"], [])

    def test_with_open_registration_whoever_subscribed_gets_a_copy(self) -> None:
        at = self.at
        self.ingress = at.ingress()
        at.sidecar("orders", CONTRACTS)
        self.token = at.token("user-123", "orders:place")
        self.wait_until(lambda: self.publish().status not in (404, 503)
                        or self.publish().json["code"] == "no_subscriber")
        mail = self.subscriber("mail")
        self.assertEqual(self.publish("open").status, 202)
        mail.wait_for("got event .* open$")

    # ------------------------------------------------------------ nobody can be told

    def test_without_subscribers_or_while_all_are_away_the_caller_hears_503(self) -> None:
        self.start()
        self.assert_later(self.publish(path="/api/order-paid"), "no_subscriber")
        self.assert_later(self.publish(), "no_replica")
        self.assertEqual(len(self.refused_copies("no_replica")), 2)

    def test_with_every_queue_full_the_caller_hears_503(self) -> None:
        self.start(config="bus: {queue: 1}")
        users = self.subscriber("users", HOLDER, config="bus: {credit: 1}")
        self.assertEqual(self.publish("first").status, 202)
        users.wait_for("holding first")
        # Of two more, one has a place in the queue.
        both = [Requester(self.at, "POST", "/api/order-placed", "more", token=self.token) for _ in range(2)]
        self.wait_until(lambda: any(one.response for one in both))
        waiting, refused = sorted(both, key=lambda one: one.response is not None)
        self.assert_later(refused.result(), "queue_full")
        self.release()
        self.assertEqual(waiting.result().status, 202)
        users.wait_for("holding more")
        self.release()

    def test_a_slow_subscriber_delays_no_other_and_its_own_copies_wait(self) -> None:
        self.start(config="bus: {queue_wait: 1m}")
        slow = self.subscriber("users", HOLDER, config="bus: {credit: 1}")
        quick = self.subscriber("billing")
        for n in range(4):
            self.assertEqual(self.publish(f"n{n}").status, 202)
        quick.wait_for("got event .* n3$")
        self.assertEqual(len(self.copies(quick)), 4)
        slow.wait_for("holding n0")
        self.assertEqual([line for line in slow.lines if "holding" in line], ["holding n0"])
        for n in range(4):
            slow.wait_for(f"holding n{n}")
            self.release()
        slow.wait_for("released n3")

    def test_copies_that_wait_in_vain_are_dropped_by_name_and_memory_does_not_grow(self) -> None:
        self.start(config="bus: {queue: 8}")
        slow = self.subscriber("users", HOLDER, config="bus: {credit: 1}")
        quick = self.subscriber("billing")
        body = "x" * 100_000
        self.assertEqual(self.publish(body).status, 202)
        slow.wait_for("holding")
        for _ in range(50):
            self.publish(body)
        before = self.ingress.resident_kib()
        for _ in range(300):
            self.publish(body)
        if not SANITIZED:
            grown = self.ingress.resident_kib() - before
            self.assertLess(grown, 16 * 1_024, "KiB for 30 MB of events")
        self.ingress.wait_for("copy of orders.OrderPlaced for users refused: queue_full")
        self.wait_until(lambda: len(self.copies(quick)) == 351)
        self.release()

    # ------------------------------------------------------------ what the subscriber's side decides

    def test_the_subscribers_own_permissions_are_demanded_in_its_sidecar(self) -> None:
        self.start()
        users = self.subscriber("users", wanted="[{event: orders.OrderPlaced, requiredPermissions: [vip]}]")
        billing = self.subscriber("billing")
        self.assertEqual(self.publish("common").status, 202)
        billing.wait_for("got event .* common$")
        self.ingress.wait_for("copy of orders.OrderPlaced for users refused: permission_denied")
        self.token = self.at.token("user-7", "orders:place,vip")
        self.assertEqual(self.publish("special").status, 202)
        users.wait_for("got event .* user-7 orders:place,vip jwt special$")
        self.assertEqual(len(self.copies(users)), 1)

    def test_the_ingress_demands_what_the_event_requires(self) -> None:
        self.start()
        users = self.subscriber("users")
        self.token = self.at.token("user-7", "users:read")
        response = self.publish()
        self.assert_refused(response, 403, "insufficient_permissions")
        self.assertEqual(response.json["missing"], ["orders:place"])
        self.assert_refused(self.at.request("POST", "/api/order-placed"), 401, "authentication_required")
        self.assertEqual(self.copies(users), [])

    def test_a_development_identity_is_refused_by_a_sidecar_that_accepts_none(self) -> None:
        self.start(DEVELOPMENT_AUTH_ENABLED="true")
        users = self.subscriber("users")
        billing = self.subscriber("billing", SEALBUS_ACCEPT_DEVELOPMENT="true")
        headers = {"X-Dev-User-Id": "test-user", "X-Dev-Permissions": "*"}
        response = self.at.request("POST", "/api/order-placed", "dev", headers=headers)
        self.assertEqual(response.status, 202, response.body)
        billing.wait_for(r"got event .* test-user \* development dev$")
        self.ingress.wait_for("copy of orders.OrderPlaced for users refused: development_refused")
        self.assertEqual(self.copies(users), [])

    def test_what_a_handler_raises_ends_the_copy_and_is_counted(self) -> None:
        self.start()
        users = self.subscriber("users", SUBSCRIBER + "    raise RuntimeError('swordfish')\n")
        self.assertEqual(self.publish("once").status, 202)
        self.ingress.wait_for("copy of orders.OrderPlaced for users refused: handler_failed: .* nack")
        self.assertNotIn("swordfish", self.ingress.output())
        self.assertEqual(len(self.copies(users)), 1)

    def test_what_a_killed_sidecar_had_is_lost_by_name_and_comes_to_nobody_else(self) -> None:
        self.start()
        first = self.subscriber("users", HOLDER, replica="-1")
        self.assertEqual(self.publish("lost").status, 202)
        first.wait_for("holding lost")
        second = self.subscriber("users", replica="-2")
        self.sidecars["users-1"].kill()
        self.ingress.wait_for("copy of orders.OrderPlaced for users refused: replica_lost")
        self.assertEqual(self.publish("next").status, 202)
        second.wait_for("got event .* next$")
        self.assertEqual(len(self.copies(second)), 1)
        self.release()

    # ------------------------------------------------------------ registration

    def test_a_stored_event_is_refused_on_both_sides_with_what_to_do(self) -> None:
        self.start()
        sidecar = self.at.sidecar("mail", "[{name: Sent, kind: event, path: /mail/sent}]")
        sidecar.wait_for("the ingress refused Sent: not_granted: .*set delivery: memory")
        self.ingress.wait_for("Sent of mail refused: not_granted: .*set delivery: memory")
        self.assertEqual(self.publish(path="/mail/sent").status, 404)

    def test_a_process_that_asks_for_an_event_its_sidecar_has_not_is_refused(self) -> None:
        self.start()
        self.sidecars["users"] = self.at.sidecar("users", None, SEALBUS_SUBSCRIBE="[{event: orders.OrderPaid}]")
        self.at.service(SUBSCRIBER, self.at.door("users"))
        self.sidecars["users"].wait_for("refused: unknown_contract: .*does not declare orders.OrderPlaced")


if __name__ == "__main__":
    unittest.main()
