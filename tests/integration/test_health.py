"""`sealbus health`, as a container's health check runs it, and what else a container does with the
program: its tokens are minted where the ingress has its secret."""

import socket
import time
import unittest

from common import CODE, CONTRACTS, SealbusTest
from processes import PATIENCE


class Health(SealbusTest):
    def ask(self, port: int, *options: str, **env: str):
        return self.at.run_raw("health", *options, env={"SEALBUS_ADMIN": f"0.0.0.0:{port}"} | env)

    def test_an_ingress_is_alive_and_ready_until_it_is_gone(self) -> None:
        ingress = self.at.ingress()
        for options in ((), ("--ready",)):
            done = self.ask(self.at.admin_port, *options)
            self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done.stderr)
        ingress.terminate()
        done = self.ask(self.at.admin_port)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Connection refused", done.stderr)

    def test_a_sidecar_is_ready_when_its_ingress_and_its_service_are_there(self) -> None:
        sidecar = self.at.sidecar("users", CONTRACTS)
        port = int(sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])
        self.assertEqual(self.ask(port).returncode, 0)
        lacking = self.ask(port, "--ready")
        self.assertEqual(lacking.returncode, 1)
        self.assertIn('{"name":"session","met":false', lacking.stderr)
        self.at.ingress()
        self.at.service(CODE, self.at.door("users"))
        answer = self.at.wait_until_answered("GET", "/api/open", self.at.token())
        self.assertEqual(answer.status, 200, answer.body)
        # What a sidecar shows of itself follows what it does within a moment.
        end = time.monotonic() + PATIENCE
        while (ready := self.ask(port, "--ready")).returncode == 1 and time.monotonic() < end:
            self.assertRegex(ready.stderr, '"(session|service)","met":false')
        self.assertEqual((ready.returncode, ready.stdout), (0, "ok\n"), ready.stderr)

    def test_a_port_that_never_answers_is_given_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            done = self.ask(silent.getsockname()[1])
        self.assertEqual(done.returncode, 1)
        self.assertIn("no answer in time", done.stderr)

    def test_a_port_that_nobody_can_know_is_bad_usage(self) -> None:
        self.assertEqual(self.ask(0).returncode, 64)


class Tokens(SealbusTest):
    def test_a_token_is_minted_with_the_secrets_file_that_the_ingress_has(self) -> None:
        self.start_all()
        env = {"JWT_SECRET_FILE": str(self.at.dir / "jwt.secret")}
        token = self.at.run("token", "mint", "--sub", "a", "--permissions", "users:create", env=env)
        self.assertEqual(self.at.request("GET", "/api/echo", token=token.strip()).status, 200)


if __name__ == "__main__":
    unittest.main()
