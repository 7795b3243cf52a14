"""A configuration that is wrong is refused with exit code 64, before any port opens, with all that
is wrong at once and how to mend it."""

import unittest

from common import SealbusTest

INGRESS = "bus: {listen: 'tcp://127.0.0.1:0'}\nhttp: {listen: '127.0.0.1:0'}\nregistration: open\n"


class Configuration(SealbusTest):
    def refuse(self, role: str, *said: str, config: str | None = None, **env: str) -> str:
        arguments = [role]
        if config is not None:
            arguments += ["--config", str(self.at.write("config.yaml", config))]
        done = self.at.run_raw(*arguments, env=env)
        self.assertEqual(done.returncode, 64, done.stderr)
        for text in said:
            self.assertIn(text, done.stderr)
        self.assertNotIn("listening", done.stderr)
        return done.stderr

    def good(self, **changed: str) -> dict[str, str]:
        return {"SEALBUS_KEY_FILE": str(self.at.dir / "root.key"), "JWT_SECRET": self.at.secret} | changed

    def test_the_configuration_that_these_tests_break_is_good(self) -> None:
        path = self.at.write("config.yaml", INGRESS)
        done = self.at.run_raw("check", "--config", str(path), env=self.good())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_no_key(self) -> None:
        self.refuse("ingress", "key", "sealbus keys root", config=INGRESS, JWT_SECRET=self.at.secret)

    def test_no_mode_of_authentication(self) -> None:
        self.refuse("ingress", "JWT_SECRET", "DEVELOPMENT_AUTH_ENABLED", config=INGRESS,
                    SEALBUS_KEY_FILE=str(self.at.dir / "root.key"))

    def test_a_secret_of_31_bytes(self) -> None:
        said = self.refuse("ingress", "JWT_SECRET", "31 bytes", "32", config=INGRESS,
                           **self.good(JWT_SECRET="x" * 31))
        self.assertNotIn("x" * 31, said)

    def test_an_unknown_key_with_its_place_and_the_nearest_known_one(self) -> None:
        self.refuse("ingress", "config.yaml:4:1", "authn", "auth", config=INGRESS + "authn: {}\n",
                    **self.good())

    def test_an_unknown_variable_with_the_nearest_known_one(self) -> None:
        self.refuse("ingress", "SEALBUS_HTPT", "SEALBUS_HTTP", config=INGRESS,
                    **self.good(SEALBUS_HTPT="1"))

    def test_every_error_at_once(self) -> None:
        said = self.refuse("ingress", config=INGRESS + "log: {level: loud}\nbos: 1\n",
                           JWT_SECRET="short")
        for word in ("level", "bos", "JWT_SECRET", "key"):
            self.assertIn(word, said)

    def test_a_root_key_at_a_sidecar(self) -> None:
        self.refuse("sidecar", "sealbus keys derive --root", SEALBUS_SERVICE="users",
                    SEALBUS_KEY_FILE=str(self.at.dir / "root.key"), SEALBUS_BUS="tcp://127.0.0.1:5570",
                    SEALBUS_DELIVER="ipc:///tmp/x", SEALBUS_CONTRACTS="[{name: A}]")

    def test_a_service_key_at_an_ingress(self) -> None:
        self.refuse("ingress", "root", config=INGRESS,
                    **self.good(SEALBUS_KEY_FILE=str(self.at.service_key("users"))))

    def test_the_key_of_another_service_at_a_sidecar(self) -> None:
        self.refuse("sidecar", "users", "orders", SEALBUS_SERVICE="orders",
                    SEALBUS_KEY_FILE=str(self.at.service_key("users")),
                    SEALBUS_BUS="tcp://127.0.0.1:5570", SEALBUS_DELIVER="ipc:///tmp/x",
                    SEALBUS_CONTRACTS="[{name: A}]")

    def test_a_config_file_that_does_not_exist(self) -> None:
        done = self.at.run_raw("ingress", "--config", "no-such.yaml", env=self.good())
        self.assertEqual(done.returncode, 64)
        self.assertIn("no-such.yaml", done.stderr)

    def test_bad_usage(self) -> None:
        for arguments in ([], ["frobnicate"], ["ingress", "--frobnicate"], ["keys", "derive"]):
            with self.subTest(arguments):
                self.assertEqual(self.at.run_raw(*arguments).returncode, 64)

    def test_help_everywhere(self) -> None:
        for arguments in ([], ["ingress"], ["sidecar"], ["check"], ["keys"], ["keys", "root"],
                          ["keys", "derive"], ["token"], ["token", "mint"]):
            with self.subTest(arguments):
                done = self.at.run_raw(*arguments, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn("--help", done.stdout)

    def test_a_busy_port_is_named(self) -> None:
        self.at.ingress()
        done = self.at.run_raw("ingress", "--config", str(self.at.write("config.yaml", INGRESS)),
                               env=self.good(SEALBUS_HTTP=f"127.0.0.1:{self.at.http_port}"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"127.0.0.1:{self.at.http_port}", done.stderr)

    def test_a_state_directory_belongs_to_one_ingress(self) -> None:
        state = str(self.at.dir / "state")
        self.at.ingress(SEALBUS_STATE_DIR=state)
        done = self.at.run_raw("ingress", "--config", str(self.at.write("config.yaml", INGRESS)),
                               env=self.good(SEALBUS_STATE_DIR=state))
        self.assertEqual(done.returncode, 1)
        self.assertIn("another process holds it", done.stderr)


if __name__ == "__main__":
    unittest.main()
