"""Door 2: a copy of what a sidecar decided about, for `sealbus tail` and for any plain SUB."""

import json
import signal
import socket
import subprocess
import time
import unittest

import msgpack
import zmq
from common import CODE, CONTRACTS, Response, SealbusTest
from processes import PATIENCE, PYTHON, ROOT, SANITIZED, SEALBUS, Process


class TapTest(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.tap = f"ipc://{self.at.dir}/users.tap"

    def start_with_tap(self) -> None:
        """An ingress, the sidecar of `users` with both doors, and a process of the service."""
        self.ingress = self.at.ingress()
        self.start_sidecar()
        self.service = self.at.service(CODE, self.at.door("users"))
        self.token = self.at.token("user-123", "users:create,users:read")
        self.echo()

    def start_sidecar(self) -> None:
        self.sidecar = self.at.sidecar("users", CONTRACTS, SEALBUS_TAP=self.tap)
        self.sidecar.wait_for("Tap: publishing on ")

    def echo(self, token: str = "") -> None:
        response = self.at.wait_until_answered("GET", "/api/echo", token or self.token)
        self.assertEqual(response.status, 200, response.body)

    def refuse(self) -> None:
        """A development identity, which the ingress takes and this sidecar does not."""
        headers = {"X-Dev-User-Id": "dev", "X-Dev-Permissions": "*"}
        response = self.at.request("GET", "/api/echo", headers=headers)
        self.assert_refused(response, 401, "development_refused")

    def tail(self, *options: str, address: str = "") -> Process:
        tail = self.at.start("tail", [SEALBUS, "tail", address or self.tap, *options], {})
        tail.wait_for("tail: waiting for ")
        return tail

    def until_seen(self, tail: Process, pattern: str, act=None, after: int = 0) -> str:
        """Acts again until the tail shows it: a subscription takes effect when it arrives."""
        act = act or self.echo
        for _ in range(100):
            act()
            try:
                return tail.wait_for(pattern, after, patience=PATIENCE / 50).string
            except AssertionError:
                self.assertTrue(tail.alive(), tail.output())
        raise AssertionError(f"never shown: {pattern}\n{tail.output()}")


class Tail(TapTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_with_tap()

    def test_it_shows_who_asked_for_what_and_what_was_decided(self) -> None:
        line = self.until_seen(self.tail(), "users.Echo")
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z delivered users\.Echo "
                               r"user=user-123 permissions=users:create,users:read method=jwt "
                               r"request=\S+$")

    def test_it_shows_a_request_id_that_the_caller_heard_too(self) -> None:
        tail = self.tail()
        self.until_seen(tail, "users.Echo")
        response = self.at.request("GET", "/api/echo", token=self.token)
        tail.wait_for("request=" + response.headers["X-Request-Id"])

    def test_payloads_are_shown_only_when_asked_for(self) -> None:
        def post() -> None:
            self.at.request("POST", "/api/echo", body="the letter\n\x1b[2J", token=self.token)

        silent, loud = self.tail(), self.tail("--payload")
        line = self.until_seen(silent, "users.Echo", post)
        self.assertNotIn("letter", line)
        line = self.until_seen(loud, "payload=", post)
        self.assertIn("payload=hex:" + b"the letter\n\x1b[2J".hex(), line)

    def test_it_writes_json_of_one_line_each(self) -> None:
        def post() -> None:
            self.at.request("POST", "/api/echo", body='{"name":"Ada"}', token=self.token)

        line = self.until_seen(self.tail("--json", "--payload"), "users.Echo", post)
        shown = json.loads(line)
        self.assertEqual(
            (shown["user"], shown["permissions"], shown["contract"], shown["decision"]),
            ("user-123", ["users:create", "users:read"], "users.Echo", "delivered"))
        self.assertEqual(shown["payload"], '{"name":"Ada"}')

    def test_a_hostile_user_id_stays_on_its_line(self) -> None:
        evil = self.at.token("eve\u2028 permissions=admin \u202e", "users:create")
        line = self.until_seen(self.tail(), "users.Echo user=eve", lambda: self.echo(evil))
        self.assertIn(r"user=eve\xe2\x80\xa8\x20permissions=admin\x20\xe2\x80\xae permissions=users:create ",
                      line)

    def test_it_filters_by_contract_and_by_user(self) -> None:
        by_contract = self.tail("--contract", "users.EchoP", "--contract", "users.No")
        by_user = self.tail("--user", "somebody", "--user", "user-7")
        seventh = self.at.token("user-7", "users:create")

        def several() -> None:
            self.echo()
            self.at.request("GET", "/api/parts/1", token=self.token)
            self.echo(seventh)

        self.until_seen(by_contract, "users.EchoPart", several)
        self.until_seen(by_user, "user=user-7", several)
        several()
        self.assertNotIn("users.Echo ", by_contract.output())
        self.assertNotIn("user-123", by_user.output())

    def test_it_ends_after_a_count_and_at_a_signal_with_exit_0(self) -> None:
        counted, endless = self.tail("--count", "2"), self.tail()
        self.until_seen(endless, "users.Echo")
        while counted.alive():
            self.echo()
        self.assertEqual(counted.wait(), 0)
        self.assertEqual(counted.output().count("users.Echo"), 2)
        for number in (signal.SIGINT, signal.SIGTERM):
            tail = self.tail()
            tail.signal(number)
            self.assertEqual(tail.wait(), 0, tail.output())

    def test_it_waits_for_a_sidecar_that_restarts(self) -> None:
        tail = self.tail()
        self.until_seen(tail, "users.Echo")
        self.sidecar.kill()
        tail.wait_for("tail: lost contact with ipc://")
        seen = len(tail.lines)
        self.start_sidecar()
        tail.wait_for("tail: connected to ipc://", after=seen)
        self.until_seen(tail, "users.Echo", after=seen)

    def test_the_address_comes_from_the_configuration_or_the_environment(self) -> None:
        self.at.write("sidecar.yaml", "service: users\nkey: {file: users.key}\n"
                      f"bus: {{connect: '{self.at.bus}'}}\ndeliver: {{tap: '{self.tap}'}}\n")
        from_file = self.at.start("tail", [SEALBUS, "tail", "--config", "sidecar.yaml"], {})
        from_environment = self.at.start("tail", [SEALBUS, "tail"], {"SEALBUS_TAP": self.tap})
        self.until_seen(from_file, "user=user-123")
        self.until_seen(from_environment, "user=user-123")

    def test_bad_usage_is_64_with_a_reason(self) -> None:
        self.at.write("no-tap.yaml", "service: users\nkey: {file: users.key}\n"
                      f"bus: {{connect: '{self.at.bus}'}}\ndeliver: {{listen: ipc:///x}}\n")
        self.at.write("ingress.yaml", "auth: {development: true}\nkey: {file: root.key}\n"
                      f"bus: {{listen: '{self.at.bus}'}}\nregistration: open\n")
        for arguments, reason in (
            (["tcp://192.0.2.1:5590"], "believed about who a user is"),
            (["tcp://127.0.0.1:0"], "with a port"),
            (["users.tap"], "expected tcp://host:port or ipc:///path"),
            ([], "name the address of a tap"),
            (["--config", "no-tap.yaml"], "has no tap"),
            (["--config", "ingress.yaml"], "only a sidecar has a tap"),
            (["--config", "missing.yaml"], "cannot be read"),
            ([self.tap, "--config", "no-tap.yaml"], "excludes"),
            ([self.tap, "--contract", ""], "--contract"),
            ([self.tap, "--contract", "x" * 193], "--contract"),
            ([self.tap, "--count", "many"], "--count"),
            ([self.tap, "--count", "0"], "--count"),
        ):
            with self.subTest(arguments):
                done = self.at.run_raw("tail", *arguments)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertIn(reason, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_an_output_that_cannot_be_written_ends_it(self) -> None:
        full = self.at.start(
            "tail", ["/bin/sh", "-c", f"'{SEALBUS}' tail '{self.tap}' >/dev/full"], {})
        while full.alive():
            self.echo()
        self.assertEqual(full.wait(), 1)


class Subscribers(TapTest):
    """Plain SUBs, as anybody may write them."""

    def setUp(self) -> None:
        super().setUp()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def subscriber(self, topic: bytes = b"", high_water: int = 1000) -> zmq.Socket:
        made = self.context.socket(zmq.SUB)
        made.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 20))
        made.setsockopt(zmq.RCVHWM, high_water)
        made.setsockopt(zmq.RCVBUF, 4096)
        made.subscribe(topic)
        made.connect(self.tap)
        return made

    def first(self, listener: zmq.Socket, act) -> list[bytes]:
        for _ in range(100):
            act()
            try:
                return listener.recv_multipart()
            except zmq.Again:
                continue
        raise AssertionError("nothing came")

    def test_what_was_refused_is_nothing_that_a_plain_subscriber_could_act_upon(self) -> None:
        self.ingress = self.at.ingress(DEVELOPMENT_AUTH_ENABLED="true")
        self.start_sidecar()
        self.service = self.at.service(CODE, self.at.door("users"))
        self.token = self.at.token("user-123", "users:create")
        self.echo()
        naive, by_name, tail = self.subscriber(), self.subscriber(b"users."), self.tail()
        topic, about = self.first(naive, self.refuse)  # two frames: three would not unpack
        self.assertEqual(topic, b"!refused.users.Echo")
        refused = msgpack.unpackb(about)
        self.assertEqual(set(refused),
                         {"decision", "contract", "kind", "id", "time", "user", "correlationId"})
        self.assertEqual((refused["decision"], refused["user"], refused["contract"]),
                         ("development_refused", "dev", "users.Echo"))
        line = self.until_seen(tail, "development_refused", self.refuse)
        self.assertRegex(line, r" development_refused users\.Echo user=dev request=\S+$")
        # Whoever asks for a service's messages by name is never sent one that was refused.
        topic, about, payload = self.first(by_name, lambda: (self.refuse(), self.echo()))
        self.assertEqual((topic, payload), (b"users.Echo", b""))
        delivered = msgpack.unpackb(about)
        self.assertEqual(delivered["decision"], "delivered")
        self.assertEqual((delivered["userId"], delivered["permissions"], delivered["path"]),
                         ("user-123", ["users:create"], "/api/echo"))
        self.assertFalse({"context", "proof", "tokenId"} & set(delivered))

    def test_one_that_never_reads_neither_slows_nor_grows_the_sidecar(self) -> None:
        self.start_with_tap()
        body = b"x" * 1_000_000
        sleeper = self.subscriber(high_water=1)
        reader = self.subscriber(b"users.Echo")
        self.first(reader, lambda: self.at.request("POST", "/api/echo", body=body, token=self.token))
        before = self.sidecar.resident_kib()
        for _ in range(100):  # 100 MB, of which 32 MiB may wait for the sleeper
            response = self.at.request("POST", "/api/echo", body=body, token=self.token)
            self.assertEqual(response.status, 200)
            reader.setsockopt(zmq.RCVTIMEO, 0)
            try:
                while True:
                    reader.recv_multipart()
            except zmq.Again:
                pass
        if not SANITIZED:
            self.assertLess(self.sidecar.resident_kib() - before, 80 * 1024)
        sleeper.close(0)

    def test_what_is_no_subscription_does_no_harm(self) -> None:
        self.start_with_tap()
        reader = self.subscriber(b"users.")
        self.first(reader, self.echo)
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(self.tap.removeprefix("ipc://"))
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" + bytes(range(256)) * 100)
        rude = self.context.socket(zmq.XSUB)
        rude.setsockopt(zmq.SNDHWM, 0)  # else it drops what the sidecar has not taken yet
        rude.connect(self.tap)
        for number in range(2_000):
            rude.send(b"not a subscription")
            rude.send(b"\x01" + bytes(200) + str(number).encode())
        self.sidecar.wait_for("Tap: everybody is sent away")
        rude.close(0)
        self.first(reader, self.echo)  # it is back by itself
        self.assertEqual(self.sidecar.terminate(), 0)

    def test_the_example_of_ten_lines_shows_the_user_and_the_permissions(self) -> None:
        example = ROOT / "examples/tap.py"
        self.assertLessEqual(len(example.read_text().splitlines()), 10)
        self.start_with_tap()
        shown = self.at.start("example", [PYTHON, str(example), self.tap, "users."], {})
        line = self.until_seen(shown, "users.Echo")
        self.assertIn("user-123 ['users:create', 'users:read'] b''", line)


class TapAlone(TapTest):
    """A service that only wants events, and has no process that speaks the service protocol."""

    ORDERS = """
- {name: OrderPlaced, kind: event, delivery: memory, path: /api/place-order,
   requiredPermissions: [orders:place]}
- {name: OrderLost, kind: event, delivery: memory, path: /api/lose-order}
"""
    WANTED = "[{event: orders.OrderPlaced, requiredPermissions: [orders:read]}]"

    def setUp(self) -> None:
        super().setUp()
        self.ingress = self.at.ingress()
        # The owner of the events has a tap alone, too: it publishes through the ingress.
        self.at.sidecar("orders", self.ORDERS, SEALBUS_DELIVER=None,
                        SEALBUS_TAP=f"ipc://{self.at.dir}/orders.tap")
        self.sidecar = self.at.sidecar("users", "[]", SEALBUS_DELIVER=None, SEALBUS_TAP=self.tap,
                                       SEALBUS_SUBSCRIBE=self.WANTED)
        self.token = self.at.token("user-123", "orders:place,orders:read")
        self.assertEqual(self.place().status, 202)

    def place(self, token: str = "", path: str = "/api/place-order") -> Response:
        """As curl does it."""
        url = f"http://127.0.0.1:{self.at.http_port}{path}"
        command = ["curl", "--silent", "--show-error", "--write-out", "%{http_code}", "--data",
                   '{"order":7}', "--header", f"Authorization: Bearer {token or self.token}", url]
        for _ in range(200):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            if not done.stdout.endswith(("503", "404")):  # until both sidecars have registered
                break
        return Response(int(done.stdout[-3:]), None, done.stdout[:-3].encode())

    def test_a_tail_and_a_plain_sub_both_show_the_user_and_the_permissions(self) -> None:
        example = self.at.start(
            "example", [PYTHON, str(ROOT / "examples/tap.py"), self.tap, "orders.OrderPlaced"], {})
        tail = self.tail("--payload")
        line = self.until_seen(tail, "orders.OrderPlaced", self.place)
        self.assertRegex(line, r" delivered orders\.OrderPlaced user=user-123 "
                               r"permissions=orders:place,orders:read .* payload=")
        line = self.until_seen(example, "orders.OrderPlaced", self.place)
        self.assertEqual(line, "orders.OrderPlaced user-123 ['orders:place', 'orders:read'] "
                               "b'{\"order\":7}'")

    def test_whoever_lacks_the_subscribers_permission_is_shown_as_refused(self) -> None:
        tail = self.tail("--contract", "orders.")
        poor = self.at.token("user-9", "orders:place")
        line = self.until_seen(tail, "permission_denied", lambda: self.place(poor))
        self.assertRegex(line, r" permission_denied orders\.OrderPlaced user=user-9 request=\S+$")

    def test_it_is_ready_and_says_that_the_tap_is_all(self) -> None:
        port = int(self.sidecar.wait_for(r"Admin: listening on .*:(\d+)$")[1])
        end = time.monotonic() + PATIENCE  # what it shows may be a second old
        while (ready := self.at.request("GET", "/readyz", port=port)).status != 200:
            self.assertLess(time.monotonic(), end, ready.body)
        self.assertIn(b"the tap alone", ready.body)

    def test_it_takes_any_number_of_events_without_a_listener_and_drains(self) -> None:
        for _ in range(300):
            self.assertEqual(self.place().status, 202)
        self.assertEqual(self.sidecar.terminate(), 0)

    def test_commands_are_an_error_before_anything_opens(self) -> None:
        self.at.write("alone.yaml", "service: users\nkey: {file: users.key}\n"
                      f"bus: {{connect: '{self.at.bus}'}}\ndeliver: {{tap: '{self.tap}.2'}}\n"
                      "contracts: [{name: CreateUser}]\n")
        for command in ("check", "sidecar"):
            done = self.at.run_raw(command, "--config", "alone.yaml")
            self.assertEqual(done.returncode, 64)
            self.assertIn("contracts[0].kind: a command or query needs a reply",
                          done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
