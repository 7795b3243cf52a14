"""SIGHUP: a new configuration is in force as a whole, or the old one stays; no request notices."""

import signal
import unittest

from common import Load, Process, SealbusTest, figures

CONTRACTS = "[{name: Work, path: /api/work}]"
CODE = """
@service.on("Work")
async def work(auth, message):
    return "done"
"""


class Reload(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.write_config("[/api/**]")
        self.ingress = self.at.ingress(
            SEALBUS_CONFIG=str(self.at.dir / "ingress.yaml"), SEALBUS_REGISTRATION=None,
            SEALBUS_KEY_FILE=None, JWT_SECRET_FILE=None)
        self.write_sidecar_config()
        self.sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_KEY_FILE=None,
                                       SEALBUS_CONFIG=str(self.at.dir / "sidecar.yaml"))
        self.at.service(CODE, self.at.door("users"))
        self.token = self.at.token("user-123")
        response = self.at.wait_until_answered("POST", "/api/work", self.token)
        self.assertEqual(response.status, 200, response.body)

    def write_config(self, routes: str, previous: str = "", more: str = "") -> None:
        previous = f", previous: [{{file: {previous}}}]" if previous else ""
        self.at.write("ingress.yaml", f"""
auth: {{providers: [{{secret: {{file: jwt.secret}}}}]}}
key: {{file: root.key{previous}}}
services: {{users: {{routes: {routes}}}}}
{more}
""")

    def write_sidecar_config(self, previous: str = "") -> None:
        self.at.service_key("users")
        previous = f", previous: [{{file: {previous}}}]" if previous else ""
        self.at.write("sidecar.yaml", f"key: {{file: users.key{previous}}}\n")

    def reload(self, process: Process, says: str) -> None:
        seen = len(process.lines)
        process.signal(signal.SIGHUP)
        process.wait_for(f"Configuration: .*{says}", seen)

    def status(self, token: str | None = None) -> int:
        return self.at.request("POST", "/api/work", token=token or self.token).status

    def test_a_secret_that_was_changed_is_in_force_at_once(self) -> None:
        self.at.write("jwt.secret", "another-secret-of-the-tests-with-48-bytes-exactly")
        self.assertEqual(self.status(), 200)
        self.reload(self.ingress, r"epoch 2 is in force; changed: auth\.providers\[0\]\.secret")
        self.assertEqual(self.status(), 401)
        self.assertEqual(self.status(self.at.token("user-123")), 200)
        self.assertNotIn("another-secret", self.ingress.output())

    def test_a_route_that_is_not_granted_any_more_is_gone_and_comes_back(self) -> None:
        self.write_config("[/api/other]")
        self.reload(self.ingress, r"epoch 2 is in force; changed: services\.users\.routes")
        self.sidecar.wait_for("the ingress refused Work: not_granted")
        self.wait_until(lambda: self.status() == 404, "the route is gone")
        self.write_config("[/api/work]")
        self.reload(self.ingress, "epoch 3 is in force")
        self.wait_until(lambda: self.status() == 200, "the route is back")

    def test_a_service_that_is_not_granted_any_more_is_out(self) -> None:
        self.at.write("ingress.yaml", (self.at.dir / "ingress.yaml").read_text().replace("users:", "u:"))
        self.reload(self.ingress, "epoch 2 is in force")
        self.ingress.wait_for("users sidecar .* is gone: its key is not accepted any more")
        self.assertIn(self.status(), (404, 503))

    def test_a_bad_file_keeps_the_old_one_and_says_all_that_is_wrong(self) -> None:
        self.write_config("[api]", more="htpp: {}\n")
        self.reload(self.ingress, "not reloaded; epoch 1 stays in force")
        self.ingress.wait_for(r"ingress\.yaml:4:\d+: services\.users\.routes")
        self.ingress.wait_for(r"ingress\.yaml:5:1: htpp: unknown key; did you mean 'http'")
        self.assertEqual(self.status(), 200)

    def test_a_key_that_is_none_keeps_the_old_one_and_shows_nothing_of_it(self) -> None:
        self.at.write("root.key", "sealbus-root-v1:swordfish\n")
        self.reload(self.ingress, "not reloaded; epoch 1 stays in force")
        self.assertNotIn("swordfish", self.ingress.output())
        self.assertEqual(self.status(), 200)

    def test_what_needs_a_restart_is_named_and_left(self) -> None:
        self.write_config("[/api/**]", more="drain: 3s\n")
        self.reload(self.ingress, "needs a restart, and was left: drain")
        self.ingress.wait_for("reloaded without a change; epoch 1 stays in force")

    def test_a_request_in_flight_on_a_kept_alive_connection_notices_nothing(self) -> None:
        load = Load([self.at.http_port], "/api/work", self.token, callers=4)
        self.addCleanup(load.stop)
        for epoch in range(2, 8):
            self.write_config("[/api/**]" if epoch % 2 else "[/api/work]")
            load.wait_for(20)
            self.reload(self.ingress, f"epoch {epoch} is in force")
        self.assertEqual({one.status for one in load.stop()}, {200})

    def test_a_session_that_began_with_the_previous_key_moves_by_itself(self) -> None:
        for old, new in (("root.key", "old-root.key"), ("users.key", "old-users.key")):
            (self.at.dir / old).rename(self.at.dir / new)
        self.at.write("root.key", self.at.run("keys", "root"))
        self.write_sidecar_config("old-users.key")
        # Restarted with both keys, while the ingress knows only the old one.
        self.assertEqual(self.sidecar.terminate(), 0)
        seen = len(self.ingress.lines)
        self.sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_KEY_FILE=None,
                                       SEALBUS_CONFIG=str(self.at.dir / "sidecar.yaml"))
        instance = self.ingress.wait_for(r"users sidecar (\S+) registered", seen)[1]
        self.write_config("[/api/**]", "old-root.key")
        self.reload(self.ingress, "epoch 2 is in force; changed: .*key")
        self.ingress.wait_for("began anew; its older session answers what it has", seen)
        self.ingress.wait_for(f"{instance} is gone: its? (said good-bye|takes no more|connection)", seen)
        self.write_config("[/api/**]")
        self.reload(self.ingress, "epoch 3 is in force")
        self.wait_until(lambda: self.status() == 200, "the service is served by the new key")
        self.assertNotIn("its key is not accepted any more", self.ingress.output())

    def test_the_root_key_is_rotated_under_load_and_loses_nothing(self) -> None:
        load = Load([self.at.http_port], "/api/work", self.token, callers=4)
        self.addCleanup(load.stop)
        for old, new in (("root.key", "old-root.key"), ("users.key", "old-users.key")):
            (self.at.dir / old).rename(self.at.dir / new)
        self.at.write("root.key", self.at.run("keys", "root"))
        # The sidecar has both before the ingress does, then the ingress, then the old one goes.
        seen = len(self.ingress.lines)
        self.write_sidecar_config("old-users.key")
        self.reload(self.sidecar, "epoch 2 is in force; changed: .*key")
        load.wait_for(50)
        self.write_config("[/api/**]", "old-root.key")
        self.reload(self.ingress, "epoch 2 is in force; changed: .*key")
        self.ingress.wait_for("began anew; its older session answers what it has", seen)
        self.ingress.wait_for("is gone: its? (said good-bye|takes no more|connection)", seen)
        load.wait_for(50)
        self.write_config("[/api/**]")
        self.reload(self.ingress, "epoch 3 is in force")
        self.write_sidecar_config()
        self.reload(self.sidecar, "epoch 3 is in force")
        load.wait_for(50)
        outcomes = load.stop()
        print(f"\n    rotation: {figures(outcomes)}", flush=True)
        self.assertEqual({one.status for one in outcomes}, {200})
        self.assertNotIn("its key is not accepted any more", self.ingress.output())


if __name__ == "__main__":
    unittest.main()
