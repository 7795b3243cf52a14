"""The containers of compose/, as its README runs them: built, started, asked, looked into,
restarted and removed. Needs an engine: tests/support/container_engine.sh runs this file with one.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "compose"
README = (FOLDER / "README.md").read_text()
# A project of its own: what somebody has running from the same folder is not touched.
PROJECT = "sealbus-e2e"
LASTING = ("api-gateway", "my-service-sidecar", "my-service")
RUN_USER = "10001"


def environment() -> dict[str, str]:
    ours = ("SEALBUS_", "JWT", "DEVELOPMENT_", "COMPOSE_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return inherited | {"COMPOSE_PROJECT_NAME": PROJECT}


def shell(command: str, patience: float = 120) -> subprocess.CompletedProcess[str]:
    """As somebody types it in the folder, without a terminal."""
    return subprocess.run(
        ["bash", "-c", command], cwd=FOLDER, env=environment(), text=True, timeout=patience,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def compose(*arguments: str, patience: float = 120) -> str:
    done = subprocess.run(
        ["docker", "compose", *arguments], cwd=FOLDER, env=environment(), text=True,
        timeout=patience, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"docker compose {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def within(service: str, command: str) -> str:
    """What a command in a container says, refusals included."""
    return compose("exec", "-T", service, "sh", "-c", f"{command} 2>&1 || true").strip()


def mint(permissions: str) -> str:
    return compose("exec", "-T", "api-gateway", "sealbus", "token", "mint", "--sub", "user-123",
                   "--permissions", permissions).strip()


def ask(path: str, headers: dict[str, str] | None = None, body: str | None = None,
        port: int = 3000) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refuse_to_disturb() -> None:
    """The example has fixed ports and a fixed container's name."""
    for port in (3000, 3001):
        held = shell(f"ss -Hltnp 'sport = :{port}'").stdout
        if held:
            holder = re.search(r"users:\S*", held)
            raise AssertionError(f"port {port} is in use by {holder[0] if holder else 'somebody'}")
    if shell("docker ps -aq --filter name=^api-gateway$").stdout:
        raise AssertionError("there is a container api-gateway; docker compose down removes it")


def remains() -> str:
    """What there still is of the project."""
    of_project = f"--filter label=com.docker.compose.project={PROJECT}"
    return shell(f"docker ps -aq {of_project}; docker network ls -q {of_project}; "
                 f"docker volume ls -q {of_project}").stdout


def take_down() -> None:
    started = time.monotonic()
    compose("stop")
    report(f"stop: {time.monotonic() - started:.1f} s")
    ends = shell("docker inspect -f '{{.Name}} {{.State.ExitCode}}' $(docker compose ps -aq)").stdout
    compose("down", "--volumes", "--remove-orphans", "--rmi", "local")
    left = remains()
    if left:
        raise AssertionError(f"left behind: {left}")
    if any(line.split()[1] != "0" for line in ends.splitlines()):
        raise AssertionError(f"not all ended well when they were told to: {ends}")


def report(line: str) -> None:
    print(f"compose: {line}", file=sys.stderr, flush=True)


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        refuse_to_disturb()
        cls.addClassCleanup(take_down)
        report("building the images; the first time takes minutes")
        started = time.monotonic()
        compose("build", patience=1800)
        built = time.monotonic()
        try:
            compose("up", "--detach", "--wait")
        except AssertionError:
            report(shell("docker compose ps -a; docker compose logs --tail 30").stdout)
            raise
        report(f"build: {built - started:.1f} s, up: {time.monotonic() - built:.1f} s")
        for service in LASTING:
            image = shell(f"docker inspect -f '{{{{.Image}}}}' $(docker compose ps -q {service})")
            size = shell(f"docker image inspect -f '{{{{.Size}}}}' {image.stdout.strip()}").stdout
            report(f"image of {service}: {int(size) / 1e6:.0f} MB")
        cls.token = mint("users:create,users:read")

    # ------------------------------------------------------------ requests

    def test_the_readmes_requests_are_answered_as_it_says(self) -> None:
        block = re.findall(r"```sh\n(.*?)```", README, re.S)[1]
        block = block.replace("cd compose\n", "", 1)
        wanted = re.findall(r"# (\d{3})$", block, re.M)
        self.assertEqual(wanted, ["200", "401", "401", "403", "200"])
        said = shell("set -e\n" + block.replace("curl ", r"curl -sS -w '\n%{http_code}\n' "))
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertEqual(re.findall(r"^(\d{3})$", said.stdout, re.M), [*wanted, "200"])
        self.assertIn('{"service":"my-service","contract":"CreateUser","userId":"user-123"', said.stdout)
        self.assertIn('received CreateUser from user-123 permissions=users:create,users:read '
                      'payload={"name":"Ada"}', said.stdout)
        self.assertNotIn(self.token.split(".")[1], said.stdout)

    def test_each_refusal_has_its_name(self) -> None:
        path, body = "/api/create-user", '{"name":"Ada"}'
        self.assertEqual(ask(path, bearer(self.token), body)[0], 200)
        status, problem = ask(path, None, body)
        self.assertEqual((status, problem["code"]), (401, "authentication_required"))
        other = "A" if self.token[-2] != "A" else "B"
        status, problem = ask(path, bearer(self.token[:-2] + other + self.token[-1]), body)
        self.assertEqual((status, problem["code"]), (401, "invalid_signature"))
        status, problem = ask(path, bearer(mint("users:read")), body)
        self.assertEqual((status, problem["code"], problem["missing"]),
                         (403, "insufficient_permissions", ["users:create"]))

    def test_the_troubleshooting_pages_commands_show_what_it_says(self) -> None:
        self.assertEqual(ask("/api/create-user", bearer(self.token), "{}")[0], 200)
        ask("/api/create-user", bearer("abc"), "{}")
        headers = '-H "X-Dev-User-Id: test-user" -H "X-Dev-Permissions: users:create,users:read"'
        logs = "docker logs api-gateway 2>&1"
        for command, shown in (
            (f"curl -sS {headers} http://localhost:3000/api/endpoint", '"userId":"test-user"'),
            (f"curl -sS {headers} http://localhost:3000/api/create-user", '"contract":"CreateUser"'),
            (f'{logs} | grep "JWTAuthenticationEngine\\|DEVELOPMENT_AUTH"', "Configured for HS256 mode"),
            (f'{logs} | grep "DEVELOPMENT_AUTH_ENABLED"', "DEVELOPMENT_AUTH_ENABLED=true: "),
            (f'{logs} | grep "Configured for.*mode"', "HS256"),
            (f'{logs} | grep "Development auth"', "Using development auth"),
            (f'{logs} | grep "JWT validation\\|token\\|signature"', "JWT validation failed: "),
            (f'{logs} | grep "Authenticated user"', "Authenticated user: user-123"),
            ("docker compose exec -T api-gateway env | grep DEVELOPMENT", "DEVELOPMENT_AUTH_ENABLED=true"),
            ("docker compose exec -T api-gateway env | grep JWT_SECRET", "JWT_SECRET"),
            ("curl -sS http://localhost:3001/api/services/my-service/contracts | jq -c "
             "'.contracts[] | select(.name==\"CreateUser\") | .requiredPermissions'", '["users:create"]'),
        ):
            with self.subTest(command):
                self.assertIn(shown, shell(command).stdout)

    def test_exec_works_at_a_terminal_as_the_page_types_it(self) -> None:
        line = "docker compose exec api-gateway env"
        said = shell(f"script -qec '{line}' /dev/null | grep DEVELOPMENT")
        self.assertIn("DEVELOPMENT_AUTH_ENABLED=true", said.stdout)

    # ------------------------------------------------------------ who may know and do what

    def test_nothing_is_loosened_but_what_the_example_is_about(self) -> None:
        for service, wanted in (("api-gateway", {"auth.development", "admin.listen"}),
                                ("my-service-sidecar", {"accept_development"})):
            found = set(re.findall(r"Loosened: (\S+): ", compose("logs", service)))
            self.assertEqual(found, wanted)

    def test_secrets_are_where_they_are_needed_and_nowhere_else(self) -> None:
        listing = "stat -c '%n %a %u' /keys/* | sort"
        self.assertEqual(within("api-gateway", listing).splitlines(),
                         [f"/keys/jwt.secret 600 {RUN_USER}", f"/keys/root.key 600 {RUN_USER}"])
        self.assertEqual(within("my-service-sidecar", listing), f"/keys/my-service.key 600 {RUN_USER}")
        self.assertIn("No such file", within("my-service", "ls /keys"))
        files = "/bin /boot /etc /home /keys /lib /media /mnt /opt /root /run /srv /tmp /usr /var"
        for file in ("root.key", "jwt.secret"):
            secret = within("api-gateway", f"cat /keys/{file}")
            self.assertGreater(len(secret), 40)
            for service in LASTING:
                self.assertNotIn(secret, compose("logs", service))
                found = within(service, f"grep -rlsF -e '{secret}' {files} /proc/1/environ")
                self.assertEqual(found, f"/keys/{file}" if service == "api-gateway" else "")
        self.assertNotIn("sealbus-svc-v1:", compose("logs"))

    def test_no_container_can_write_to_its_system_or_gain_a_capability(self) -> None:
        for service in LASTING:
            with self.subTest(service):
                self.assertIn("Read-only file system", within(service, "touch /usr/x"))
                status = within(service, "grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs)' /proc/1/status")
                self.assertEqual(
                    [line.split()[1] for line in status.splitlines()],
                    [RUN_USER, "0000000000000000", "0000000000000000", "1"])

    def test_keys_are_mounted_read_only(self) -> None:
        for service in ("api-gateway", "my-service-sidecar"):
            self.assertIn("Read-only file system", within(service, "touch /keys/x"))

    def test_the_ports_are_published_on_this_machine_only(self) -> None:
        listening = [line.split()[3] for line in shell("ss -Hltn").stdout.splitlines()]
        published = [address for address in listening if address.endswith((":3000", ":3001"))]
        self.assertEqual(sorted(published), ["127.0.0.1:3000", "127.0.0.1:3001"])

    def test_the_service_reaches_its_sidecar_and_no_network(self) -> None:
        self.assertEqual(within("my-service", "ls /sys/class/net"), "lo")
        self.assertEqual(within("my-service", "stat -c '%a %u' /run/sealbus"), f"700 {RUN_USER}")

    def test_the_sidecar_reaches_the_bus_and_nothing_outside(self) -> None:
        attached = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
        networks = shell(f"docker inspect -f '{attached}' $(docker compose ps -q my-service-sidecar)")
        self.assertEqual(networks.stdout.split(), [f"{PROJECT}_bus"])
        internal = shell("docker network inspect -f '{{.Internal}}' " + f"{PROJECT}_bus")
        self.assertEqual(internal.stdout.strip(), "true")

    # ------------------------------------------------------------ life

    def test_making_keys_again_keeps_those_that_are_there(self) -> None:
        def digests() -> list[str]:
            return [within(service, "sha256sum /keys/*") for service in LASTING[:2]]

        before = digests()
        self.assertEqual(compose("run", "--rm", "--no-TTY", "keys"), "")
        self.assertEqual(digests(), before)

    def test_each_container_that_restarts_is_in_contact_again_within_3_seconds(self) -> None:
        for service in LASTING:
            with self.subTest(service):
                before = time.monotonic()
                compose("restart", service)
                took = time.monotonic() - before
                state = "docker inspect -f '{{.State.StartedAt}}' $(docker compose ps -q %s)"
                started = datetime.fromisoformat(shell(state % service).stdout.strip())
                end = time.monotonic() + 20
                while not self.answered() and time.monotonic() < end:
                    pass
                contact = (datetime.now(timezone.utc) - started).total_seconds()
                report(f"restart of {service}: {took:.1f} s, in contact {contact:.1f} s after its start")
                self.assertTrue(self.answered())
                self.assertLess(contact, 3)
                # It ended by itself, well before it would have been killed.
                self.assertLess(took, 10)

    def answered(self) -> bool:
        try:
            return ask("/api/create-user", bearer(self.token), "{}")[0] == 200
        except OSError:
            return False


if __name__ == "__main__":
    unittest.main()
