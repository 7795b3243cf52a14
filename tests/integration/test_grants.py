"""What a service may do is what the ingress's configuration grants, and nothing else."""

import unittest

from common import SealbusTest

GRANTS = "{users: {routes: [/api/users/**]}, orders: {routes: [/api/orders/**, /api/users/**]}}"


NAMES = """
import os
for contract in ("Get", "More"):
    if contract == "Get" or "users-1" in os.environ["SEALBUS_DELIVER"]:
        @service.on(contract)
        async def name(auth, message):
            return os.environ["SEALBUS_DELIVER"]
"""


class Grants(SealbusTest):
    def ready(self, service: str) -> int:
        response = self.at.admin(f"/api/services/{service}")
        return sum(one["ready"] for one in response.json["replicas"]) if response.status == 200 else 0

    def door(self, name: str) -> dict[str, str]:
        """A door of its own for another replica."""
        return {"SEALBUS_DELIVER": f"ipc://{self.at.dir}/{name}.door"}

    def setUp(self) -> None:
        super().setUp()
        self.ingress = self.at.ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS)
        self.token = self.at.token()

    def test_a_contract_that_is_not_granted_is_refused_on_both_sides_and_on_the_admin_port(self) -> None:
        sidecar = self.at.sidecar("users", "[{name: Steal, path: /api/admin}]")
        sidecar.wait_for("the ingress refused Steal: not_granted")
        self.ingress.wait_for("Steal of users refused: not_granted")
        refused = self.at.admin("/api/services/users").json["refused"]
        self.assertEqual([(one["name"], one["code"]) for one in refused], [("Steal", "not_granted")])
        self.assertEqual(self.at.request("POST", "/api/admin", token=self.token).status, 404)

    def test_the_later_of_two_overlapping_routes_is_refused(self) -> None:
        first = self.at.sidecar("users", "[{name: Get, path: '/api/users/{id}'}]")
        first.wait_for("in contact")
        self.ingress.wait_for("users sidecar .* registered 1 contracts, 0 refused")
        second = self.at.sidecar("orders", "[{name: Me, path: /api/users/me}]")
        second.wait_for("the ingress refused Me: route_conflict")
        refused = self.at.admin("/api/services/orders").json["refused"]
        self.assertEqual([(one["name"], one["code"]) for one in refused], [("Me", "route_conflict")])

    def test_the_route_of_an_owner_that_came_back_without_it_is_free_for_who_registers_again(self) -> None:
        first = self.at.sidecar("users", "[{name: Get, path: '/api/users/{id}'}]")
        self.ingress.wait_for("users sidecar .* registered 1 contracts, 0 refused")
        me = "[{name: Me, path: /api/users/me}]"
        self.at.sidecar("orders", me).wait_for("the ingress refused Me: route_conflict")
        first.kill()
        self.ingress.wait_for("users sidecar .* is gone")
        seen = len(self.ingress.lines)
        self.at.sidecar("users", "[{name: Other, path: /api/users/other/one}]", **self.door("users-2"))
        self.ingress.wait_for("users sidecar .* registered 1 contracts, 0 refused", seen)
        self.at.sidecar("orders", me, **self.door("orders-2"))
        self.ingress.wait_for("orders sidecar .* registered 1 contracts, 0 refused")

    def test_a_sidecar_shows_what_each_ingress_refused_until_another_registration_is_answered(self) -> None:
        sidecar = self.at.sidecar("users", "[{name: Get, path: /api/users/one}, {name: Steal, path: /api/admin}]",
                                  SEALBUS_SUBSCRIBE="[{event: orders.OrderPlaced}]")
        port = int(sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])

        def refused() -> list[dict]:
            return self.at.request("GET", "/api/services/users", port=port).json["refused"]

        self.wait_until(lambda: len(refused()) == 2)
        self.assertEqual([(one["name"], one["code"], one["ingress"]) for one in refused()],
                         [("Steal", "not_granted", self.at.bus),
                          ("orders.OrderPlaced", "not_granted", self.at.bus)])
        self.assertIn("services.users.routes does not cover /api/admin", refused()[0]["detail"])
        self.ingress.terminate()
        sidecar.wait_for("no contact with the ingress")
        self.assertEqual(len(refused()), 2, "nobody has answered otherwise")
        wider = GRANTS.replace("[/api/users/**]", "[/api/**], subscribe: [orders.OrderPlaced]", 1)
        self.ingress = self.at.ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=wider)
        self.wait_until(lambda: refused() == [])

    def test_while_replicas_differ_the_ingress_demands_what_both_do_and_sends_to_those_that_can(self) -> None:
        for n, contracts in enumerate(("[{name: Get, path: /api/users/get, requiredPermissions: [a]}]",
                                       "[{name: Get, path: /api/users/get, requiredPermissions: [b]},"
                                       " {name: More, path: /api/users/more}]")):
            self.at.sidecar("users", contracts, **self.door(f"users-{n}"))
            self.at.service(NAMES, f"ipc://{self.at.dir}/users-{n}.door")
        self.wait_until(lambda: self.ready("users") == 2)
        shown = self.at.admin("/api/services/users/contracts").json["contracts"]
        self.assertEqual([(one["name"], one.get("definitions")) for one in shown], [("Get", 2), ("More", None)])
        response = self.at.request("POST", "/api/users/get", token=self.at.token(permissions="a"))
        self.assert_refused(response, 403, "insufficient_permissions")
        self.assertEqual(response.json["missing"], ["b"])
        both = self.at.token(permissions="a,b")
        doors = {self.at.request("POST", "/api/users/get", token=both).body for _ in range(4)}
        self.assertEqual(len(doors), 2)
        doors = {self.at.request("POST", "/api/users/more", token=both).body for _ in range(4)}
        self.assertEqual(len(doors), 1)

    def test_the_later_of_two_replicas_that_differ_in_a_contracts_kind_is_refused(self) -> None:
        self.at.sidecar("users", "[{name: Get, path: /api/users/get}]")
        self.ingress.wait_for("users sidecar .* registered 1 contracts, 0 refused")
        later = self.at.sidecar("users", "[{name: Get, path: /api/users/get, kind: query, method: POST}]",
                                **self.door("users-2"))
        later.wait_for("the ingress refused Get: route_conflict: another replica has it as a command")

    def test_one_service_cannot_take_the_sessions_of_all(self) -> None:
        self.ingress.terminate()
        config = self.at.write("ingress.yaml", "bus: {max_sessions_per_service: 1}")
        self.ingress = self.at.ingress(SEALBUS_REGISTRATION=None, SEALBUS_SERVICES=GRANTS, SEALBUS_CONFIG=str(config))
        self.at.sidecar("users", "[{name: Get, path: /api/users/get}]")
        self.ingress.wait_for("users sidecar .* registered")
        second = self.at.sidecar("users", "[{name: Get, path: /api/users/get}]", **self.door("users-2"))
        second.wait_for("the ingress has too many sessions")
        self.at.sidecar("orders", "[{name: Order, path: /api/orders/one}]")
        self.ingress.wait_for("orders sidecar .* registered 1 contracts, 0 refused")

    def test_a_service_that_is_not_granted_anything_never_gets_a_session(self) -> None:
        stranger = self.at.sidecar("billing", "[{name: Pay}]")
        self.ingress.wait_for("hello refused: unknown_key")
        stranger.wait_for("no contact with the ingress .*: no answer")
        self.assertEqual(self.at.admin("/api/services").json["services"], [])

    def test_a_sidecar_with_the_key_of_another_installation_never_gets_a_session(self) -> None:
        foreign = self.at.run("keys", "root")
        path = self.at.write("foreign.key", foreign)
        key = self.at.run("keys", "derive", "--root", str(path), "users")
        stranger = self.at.sidecar("users", "[{name: Get, path: '/api/users/{id}'}]",
                                   SEALBUS_KEY_FILE=None, SEALBUS_KEY=key.strip())
        self.ingress.wait_for("hello refused: unknown_key")
        stranger.wait_for("no contact with the ingress .*: no answer")


if __name__ == "__main__":
    unittest.main()
