"""The audit log: every decision once, on both sides, with what leads from one line to the others;
and nothing in it, or in any log, that is nobody's business."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import threading
import time
import unittest

from common import HOLDING, Requester, SealbusTest  # noqa: I001 (it says where the next one is)
from processes import PATIENCE, SEALBUS

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"

TELL = """
@service.on("Echo")
async def tell(auth, message):
    print("request", message.correlation_id, flush=True)
    return {"traceparent": message.traceparent, "correlationId": message.correlation_id,
            "headers": dict(message.headers)}
"""


class AuditTest(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.files = {role: self.at.dir / f"{role}.jsonl" for role in ("ingress", "sidecar")}

    def start(self, **ingress: str) -> None:
        self.ingress = self.at.ingress(SEALBUS_AUDIT_FILE=str(self.files["ingress"]), **ingress)
        self.sidecar = self.at.sidecar(
            "users", """
            - {name: Echo, method: [GET, POST], path: /api/echo, requiredPermissions: [users:create]}
            - {name: Open, method: GET, path: /api/open, public: true}
            - {name: Hold, path: /api/hold, timeout: 60s}
            - {name: Die, path: /api/die}
            - {name: Nobodys, path: /api/nobodys}
            """,
            SEALBUS_AUDIT_FILE=str(self.files["sidecar"]))
        self.service = self.at.service(TELL + HOLDING + """
@service.on("Open")
async def opened(auth, message):
    return "open"

@service.on("Hold")
def hold(auth, message):
    print("holding", flush=True)
    wait_for_release()
    return "released"

@service.on("Die")
async def die(auth, message):
    os._exit(3)
""", self.at.door("users"))
        self.token = self.at.token("user-123", "users:create")
        response = self.at.wait_until_answered("GET", "/api/echo", self.token)
        self.assertEqual(response.status, 200, response.body)

    def lines(self, role: str, request: str, count: int = 1) -> list[dict]:
        """What a role's audit file says of a request, once there are so many lines."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.files[role].read_text()
            found = [json.loads(line) for line in text.splitlines() if f'"{request}"' in line]
            if len(found) >= count or time.monotonic() > end:
                self.assertEqual(len(found), count, text[-2000:])
                return found

    def ask(self, request: str, method: str, path: str, headers: dict[str, str] | None = None,
            token: str | None = None):
        return self.at.request(method, path, headers={"X-Request-Id": request} | (headers or {}),
                               token=token)


class Decisions(AuditTest):
    def setUp(self) -> None:
        super().setUp()
        self.start()

    def test_an_allowed_request_has_one_line_on_each_side_and_they_lead_to_each_other(self) -> None:
        self.ask("req-1", "GET", "/api/echo", {"traceparent": TRACEPARENT}, self.token)
        edge, = self.lines("ingress", "req-1")
        inside, = self.lines("sidecar", "req-1")
        self.assertRegex(edge["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        shared = {
            "decision": "allowed", "code": "none", "user_id": "user-123", "method": "jwt",
            "contract": "users.Echo", "request_id": "req-1", "trace_id": TRACE,
            "message_id": edge["message_id"],
        }
        self.assertEqual(edge, shared | {"time": edge["time"], "status": 200, "source": "127.0.0.1"})
        self.assertEqual(inside, shared | {"time": inside["time"], "source": self.at.bus})
        self.service.wait_for("^request req-1$")

    def test_each_refusal_has_one_line_that_says_who_what_and_why(self) -> None:
        weak = self.at.token("eve", "users:read")
        for request, method, path, headers, token, expected in (
            ("r-401", "GET", "/api/echo", {}, None,
             ("authentication_required", 401, None, "users.Echo")),
            ("r-bad", "GET", "/api/echo", {}, self.token[:-3] + "AAA",
             ("invalid_signature", 401, None, "users.Echo")),
            ("r-403", "GET", "/api/echo", {}, weak,
             ("insufficient_permissions", 403, "eve", "users.Echo")),
            ("r-404", "GET", "/api/no-such", {}, self.token, ("not_found", 404, "user-123", None)),
            ("r-405", "DELETE", "/api/echo", {}, self.token,
             ("method_not_allowed", 405, "user-123", None)),
            ("r-503", "POST", "/api/nobodys", {}, self.token,
             ("no_replica", 503, "user-123", "users.Nobodys")),
            ("r-502", "POST", "/api/die", {}, self.token,
             ("handler_failed", 502, "user-123", "users.Die")),
        ):
            with self.subTest(request):
                response = self.ask(request, method, path, headers, token)
                line, = self.lines("ingress", request)
                self.assertEqual(
                    (line["code"], line["status"], line.get("user_id"), line.get("contract")),
                    expected)
                self.assertEqual(response.status, line["status"])
                self.assertEqual(line["decision"], "refused")
                self.assertEqual(line["source"], "127.0.0.1")
        # What the sidecar refused, and what it delivered though the process then died.
        refused, = self.lines("sidecar", "r-503")
        self.assertEqual((refused["decision"], refused["code"]), ("refused", "no_replica"))
        delivered, = self.lines("sidecar", "r-502")
        self.assertEqual((delivered["decision"], delivered["code"]), ("allowed", "none"))
        self.assertEqual(delivered["user_id"], "user-123")

    def test_a_public_route_has_a_line_without_a_user(self) -> None:
        self.ask("req-open", "GET", "/api/open")
        line, = self.lines("ingress", "req-open")
        self.assertEqual((line["method"], line["decision"]), ("anonymous", "allowed"))
        self.assertNotIn("user_id", line)

    def test_what_the_parser_refuses_has_one_line_with_the_address(self) -> None:
        for sent, status, code, request in (
            (b"nonsense\r\n\r\n", 400, "bad_request", None),
            (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method_not_allowed", None),
            (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long", None),
            (b"POST /api/echo HTTP/1.1\r\nHost: a\r\nX-Request-Id: too-big\r\ntraceparent: "
             + TRACEPARENT.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413,
             "payload_too_large", "too-big"),
        ):
            with self.subTest(code):
                with socket.create_connection(("127.0.0.1", self.at.http_port), PATIENCE) as client:
                    client.sendall(sent)
                    answer = client.recv(65_536).decode()
                self.assertIn(f" {status} ", answer)
                found = re.search(r"X-Request-Id: (\S+)", answer)[1]
                self.assertEqual(found, request or found)
                line, = self.lines("ingress", found)
                self.assertEqual(
                    (line["decision"], line["code"], line["status"], line["source"]),
                    ("refused", code, status, "127.0.0.1"))
                self.assertEqual(line.get("trace_id"), TRACE if request else None)

    def test_what_the_sidecar_refuses_to_authorise_says_whom_it_would_have_been_for(self) -> None:
        self.ingress.terminate()
        self.ingress = self.at.ingress(
            SEALBUS_AUDIT_FILE=str(self.files["ingress"]), DEVELOPMENT_AUTH_ENABLED="true")
        self.at.wait_until_answered("GET", "/api/echo", self.token)
        response = self.ask("req-dev", "GET", "/api/echo",
                            {"X-Dev-User-Id": "dev-1", "X-Dev-Permissions": "users:create"})
        self.assert_refused(response, 401, "development_refused")
        for role in ("ingress", "sidecar"):
            line, = self.lines(role, "req-dev")
            self.assertEqual((line["user_id"], line["method"], line["code"]),
                             ("dev-1", "development", "development_refused"))

    def test_many_requests_at_once_have_exactly_one_line_each(self) -> None:
        def ask(first: int) -> None:
            for i in range(first, first + 100):
                path = "/api/echo" if i % 3 else "/api/no-such"
                self.ask(f"many-{i:04}", "GET", path, token=self.token if i % 5 else None)

        threads = [threading.Thread(target=ask, args=(first,)) for first in range(0, 400, 100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.lines("ingress", "many-0399")
        self.assertEqual(self.ingress.terminate(), 0)
        requests = re.findall(r'"request_id":"(many-\d+)"', self.files["ingress"].read_text())
        self.assertEqual(sorted(requests), [f"many-{i:04}" for i in range(400)])

    def test_what_is_under_way_when_it_stops_has_a_line_too(self) -> None:
        held = Requester(self.at, "POST", "/api/hold", headers={"X-Request-Id": "held"},
                         token=self.token)
        self.service.wait_for("holding")
        self.ingress.signal(signal.SIGTERM)
        self.ingress.wait_for("draining")
        self.release()
        self.assertEqual(held.result().status, 200)
        self.assertEqual(self.ingress.wait(), 0)
        line, = self.lines("ingress", "held")
        self.assertEqual(line["decision"], "allowed")
        self.ingress.wait_for("Stopped$")

    def test_the_file_is_its_owners_and_is_begun_anew_on_sighup(self) -> None:
        path = self.files["ingress"]
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.ask("before", "GET", "/api/echo", token=self.token)
        self.lines("ingress", "before")
        moved = path.rename(path.with_suffix(".1"))
        self.ingress.signal(signal.SIGHUP)
        self.ingress.wait_for("Audit: .* was opened anew")
        self.ask("after", "GET", "/api/echo", token=self.token)
        self.lines("ingress", "after")
        self.assertNotIn("before", path.read_text())
        self.assertNotIn("after", moved.read_text())


class Hostile(AuditTest):
    def test_line_breaks_and_terminal_codes_in_a_user_id_and_a_path_stay_on_their_line(self) -> None:
        self.start()
        # What a `sub` may hold: a token with a control in it is refused.
        wild = 'eve"}\u2028{"decision":"allowed"}\u202e"\\'
        claims = self.at.token(wild, "users:create")
        self.ask("wild", "GET", "/api/echo", token=claims)
        self.ask("wild-path", "GET", "/api/%e2%80%a8%e2%80%ae%22%7d", token=self.token)
        controls = self.ask("", "GET", "/api/%0a%1b%5b31m%c2%9b", token=self.token)
        self.assert_refused(controls, 400, "bad_request")
        line, = self.lines("ingress", "wild")
        self.assertEqual(line["user_id"], wild)
        self.lines("sidecar", "wild")
        self.lines("ingress", "wild-path")
        self.lines("ingress", controls.headers["X-Request-Id"])
        for role in ("ingress", "sidecar"):
            raw = self.files[role].read_bytes()
            self.assertEqual(raw.count(b"\n"), len(raw.decode().split("\n")) - 1)
            for part in (b"\x1b", b"\r", "\u009b".encode(), "\u2028".encode(), "\u202e".encode()):
                self.assertNotIn(part, raw)
            for text in raw.decode().split("\n")[:-1]:
                json.loads(text)
        for text in self.ingress.lines + self.sidecar.lines:
            self.assertRegex(text, r"^\d{4}-\d\d-\d\dT[^\x1b\u009b\u2028\u202e\r]*$")

    def test_no_log_and_no_audit_line_holds_a_token_a_secret_or_a_payload(self) -> None:
        self.start()
        payload = "a-payload-to-look-for"
        broken = self.token[:-3] + "AAA"
        for token in (self.token, broken):
            self.at.request("POST", f"/api/echo?q={payload}", payload, {"Cookie": payload}, token)
            self.at.request("GET", f"/api/{token}", token=token)
        self.ask("last", "GET", "/api/echo", token=self.token)
        self.lines("ingress", "last")
        self.lines("sidecar", "last")
        self.assertEqual((self.ingress.terminate(), self.sidecar.terminate()), (0, 0))
        everything = self.ingress.output() + self.sidecar.output()
        everything += "".join(path.read_text() for path in self.files.values())
        self.assertGreater(everything.count("user-123"), 5)
        keys = [(self.at.dir / name).read_text().strip() for name in ("root.key", "users.key")]
        secrets = [key.split(":")[-1] for key in keys]
        for part in [*self.token.split("."), *broken.split("."), payload, self.at.secret, *secrets]:
            self.assertNotIn(part, everything)


class Trouble(AuditTest):
    def test_a_file_that_cannot_be_written_keeps_either_role_from_starting(self) -> None:
        self.at.service_key("users")
        common = {"SEALBUS_AUDIT_FILE": str(self.at.dir / "no-such-folder/audit.jsonl"),
                  "SEALBUS_ADMIN": "127.0.0.1:0", "SEALBUS_BUS": self.at.bus}
        for role, env in (
            ("ingress", {"SEALBUS_HTTP": "127.0.0.1:0", "SEALBUS_REGISTRATION": "open",
                         "SEALBUS_KEY_FILE": "root.key", "JWT_SECRET_FILE": "jwt.secret"}),
            ("sidecar", {"SEALBUS_SERVICE": "users", "SEALBUS_KEY_FILE": "users.key",
                         "SEALBUS_DELIVER": self.at.door("users"), "SEALBUS_CONTRACTS": "[]"}),
        ):
            with self.subTest(role):
                process = self.at.start(role, [SEALBUS, role], common | env)
                self.assertEqual(process.wait(), 1)
                self.assertRegex(process.output(),
                                 "audit.file: .*/audit.jsonl cannot be written: No such file")
                self.assertNotIn("listening", process.output())

    def test_a_write_that_fails_is_counted_and_logged_and_requests_go_on(self) -> None:
        os.symlink("/dev/full", self.at.dir / "full.jsonl")
        self.files["ingress"] = self.at.dir / "full.jsonl"
        self.start()
        for _ in range(20):
            self.assertEqual(self.ask("x", "GET", "/api/echo", token=self.token).status, 200)
        self.ingress.wait_for("Audit: .* lost: No space left on device")
        end = time.monotonic() + PATIENCE
        lost = 0
        while lost < 21 and time.monotonic() < end:
            text = self.at.admin("/metrics").body.decode()
            lost = int(re.search(r'sealbus_audit_entries_total\{result="lost"\} (\d+)', text)[1])
        self.assertGreaterEqual(lost, 21)
        said = [line for line in self.ingress.lines if "were lost" in line]
        self.assertLess(len(said), 5)


class Logs(SealbusTest):
    def test_without_a_file_the_decisions_stand_in_the_log(self) -> None:
        self.start_all()
        self.at.request("GET", "/api/echo", headers={"X-Request-Id": "req-1"}, token=self.token)
        for process, end in ((self.ingress, " status=200 "), (self.sidecar, " ")):
            process.wait_for(
                r"Z info    Audit: decision=allowed code=none" + end + "user_id=user-123 method=jwt "
                r"contract=users.Echo source=\S+ request_id=req-1 message_id=\S+ trace_id=[0-9a-f]{32}$")

    def test_every_line_of_a_json_log_is_an_object_that_names_its_request(self) -> None:
        # Waited for by text that is the same in JSON.
        ingress = self.at.start("ingress", [SEALBUS, "ingress"], {
            "JWT_SECRET_FILE": "jwt.secret", "SEALBUS_KEY_FILE": "root.key",
            "SEALBUS_HTTP": "127.0.0.1:0", "SEALBUS_ADMIN": "127.0.0.1:0",
            "SEALBUS_BUS": self.at.bus, "SEALBUS_REGISTRATION": "open", "SEALBUS_LOG_FORMAT": "json",
            "DEVELOPMENT_AUTH_ENABLED": "true",
        })
        self.at.http_port = int(ingress.wait_for(r'HTTP: listening on [^"]*:(\d+)"')[1])
        sidecar = self.at.sidecar(
            "users", "[{name: Echo, method: GET, path: /api/echo}]", SEALBUS_LOG_FORMAT="json")
        self.at.service(TELL, self.at.door("users"))
        token = self.at.token("user-123", "")
        self.at.wait_until_answered("GET", "/api/echo", token)
        traced = {"traceparent": TRACEPARENT, "X-Request-Id": "req-1"}
        self.at.request("GET", "/api/echo", headers=traced, token=token)
        self.at.request("GET", "/api/nope", headers=traced | {"X-Request-Id": "req-2"}, token=token)
        self.at.request("GET", "/api/echo", headers=traced | {"X-Request-Id": "req-3"},
                        token=token[:-3] + "AAA")
        self.assertEqual((ingress.terminate(), sidecar.terminate()), (0, 0))
        messages: dict[str, list[str]] = {}
        for process in (ingress, sidecar):
            for text in process.lines:
                line = json.loads(text)
                self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
                self.assertIn(line["level"], ("info", "warning", "error"))
                self.assertTrue(line["message"])
                if line.get("request_id", "").startswith("req-"):
                    self.assertEqual(line["trace_id"], TRACE)
                    messages.setdefault(line["request_id"], []).append(line["message"])
        self.assertEqual(messages["req-1"], ["Authenticated user: user-123", "Audit", "Audit"])
        self.assertEqual(len(messages["req-2"]), 3)
        self.assertRegex(messages["req-2"][1], "^Request refused: not_found")
        self.assertRegex(messages["req-3"][0], "^JWT validation failed: invalid signature")


class Traces(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.config = self.at.write(
            "ingress.yaml", "http: {forward_headers: [accept, tracestate]}\n")
        self.ingress = self.at.start("ingress", [SEALBUS, "ingress", "--config", str(self.config)], {
            "JWT_SECRET_FILE": str(self.at.dir / "jwt.secret"),
            "SEALBUS_KEY_FILE": str(self.at.dir / "root.key"),
            "SEALBUS_HTTP": "127.0.0.1:0", "SEALBUS_ADMIN": "127.0.0.1:0",
            "SEALBUS_BUS": self.at.bus, "SEALBUS_REGISTRATION": "open",
        })
        self.at.http_port = int(self.ingress.wait_for(r"HTTP: listening on .*:(\d+)$")[1])
        self.at.sidecar("users", "[{name: Echo, method: GET, path: /api/echo, public: true}]")
        self.at.service(TELL, self.at.door("users"))
        self.at.wait_until_answered("GET", "/api/echo", self.at.token("u"))

    def told(self, *headers: tuple[str, str]) -> dict:
        """What the service is told, for a request with these headers."""
        with socket.create_connection(("127.0.0.1", self.at.http_port), PATIENCE) as client:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
            client.sendall(
                f"GET /api/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n".encode())
            answer = b""
            while part := client.recv(65_536):
                answer += part
        head, body = answer.split(b"\r\n\r\n", 1)
        self.assertIn(b" 200 ", head)
        return json.loads(body)

    def test_a_trace_goes_on_with_a_parent_of_the_ingress(self) -> None:
        got = self.told(("traceparent", TRACEPARENT))["traceparent"]
        self.assertRegex(got, f"^00-{TRACE}-[0-9a-f]{{16}}-01$")
        self.assertNotIn("b7ad6b7169203331", got)
        self.assertNotEqual(got, self.told(("traceparent", TRACEPARENT))["traceparent"])

    def test_without_a_good_one_a_trace_begins(self) -> None:
        for headers in (
            (),
            (("traceparent", TRACEPARENT.upper()),),
            (("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)),
            (("traceparent", "00-" + "0" * 32 + "-b7ad6b7169203331-01"),),
        ):
            with self.subTest(headers):
                got = self.told(*headers)["traceparent"]
                self.assertRegex(got, "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")
                self.assertNotIn(TRACE, got)
                self.assertNotIn("-" + "0" * 32, got)

    def test_the_state_of_a_trace_goes_with_it_untouched_and_not_with_another(self) -> None:
        state = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
        got = self.told(("traceparent", TRACEPARENT), ("tracestate", state))
        self.assertEqual(got["headers"]["tracestate"], state)
        got = self.told(("traceparent", TRACEPARENT), ("tracestate", "a=1,b=2"), ("tracestate", "c=3"))
        self.assertEqual(got["headers"]["tracestate"], "a=1,b=2,c=3")
        got = self.told(("traceparent", TRACEPARENT + "-x"), ("tracestate", state))
        self.assertNotIn("tracestate", got["headers"])

    def test_the_request_id_reaches_the_service(self) -> None:
        self.assertEqual(self.told(("X-Request-Id", "abc-1"))["correlationId"], "abc-1")
        made = self.told(("X-Request-Id", "not clean"))["correlationId"]
        self.assertRegex(made, "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


if __name__ == "__main__":
    unittest.main()
