"""What a service may do is what the ingress's configuration grants, and nothing else."""

import unittest

from common import SealbusTest

GRANTS = "{users: {routes: [/api/users/**]}, orders: {routes: [/api/orders/**, /api/users/**]}}"


class Grants(SealbusTest):
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
