"""What a handler returns or raises, and the answer that comes of it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgpack

import sealbus
from sealbus._handling import answer

AUTH = sealbus.Auth("user-123")


class Handling(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.threads = ThreadPoolExecutor(1)
        self.addCleanup(self.threads.shutdown)

    async def answer(self, handler: Any, kind: str = "command", payload: bytes = b""):
        message = sealbus.Message("CreateUser", payload, kind)
        header, body = await answer(handler, self.threads, AUTH, message)
        fields = msgpack.unpackb(header)
        self.assertEqual(fields.pop("id"), message.id.bytes)
        return fields.pop("type"), fields, body

    async def raising(self, error: BaseException, kind: str = "command"):
        async def handler(auth: Any, message: Any) -> None:
            raise error

        return await self.answer(handler, kind)

    async def returning(self, value: Any, kind: str = "command"):
        async def handler(auth: Any, message: Any) -> Any:
            return value

        return await self.answer(handler, kind)

    async def test_a_dict_and_a_list_are_json(self) -> None:
        json = {"status": 200, "contentType": "application/json"}
        self.assertEqual(await self.returning({"a": "ü"}), ("reply", json, '{"a":"ü"}'.encode()))
        self.assertEqual(await self.returning([1, None]), ("reply", json, b"[1,null]"))

    async def test_text_bytes_and_none_have_their_types(self) -> None:
        text = {"status": 200, "contentType": "text/plain; charset=utf-8"}
        blob = {"status": 200, "contentType": "application/octet-stream"}
        self.assertEqual(await self.returning("ü"), ("reply", text, "ü".encode()))
        self.assertEqual(await self.returning(b"\xff"), ("reply", blob, b"\xff"))
        self.assertEqual(await self.returning(None), ("reply", {"status": 204}, b""))

    async def test_a_reply_says_the_rest(self) -> None:
        reply = sealbus.Reply({"id": 1}, status=201, headers={"Location": "/api/users/1"})
        fields = {"status": 201, "contentType": "application/json",
                  "headers": {"location": "/api/users/1"}}  # fmt: skip
        self.assertEqual(await self.returning(reply), ("reply", fields, b'{"id":1}'))
        page = sealbus.Reply("<p>", content_type="text/html")
        fields = {"status": 200, "contentType": "text/html"}
        self.assertEqual(await self.returning(page), ("reply", fields, b"<p>"))

    async def test_an_event_is_acknowledged_whatever_is_returned(self) -> None:
        self.assertEqual(await self.returning({"a": 1}, "event"), ("ack", {}, b""))

    async def test_an_exception_rejects_a_command_without_its_text(self) -> None:
        with self.assertLogs("sealbus", "ERROR") as logs:
            said = await self.raising(KeyError("secret-4711"))
        self.assertEqual(said, ("reject", {"code": "handler_failed", "reason": "KeyError"}, b""))
        self.assertIn("Traceback", logs.output[0])

    async def test_an_exception_puts_an_event_off(self) -> None:
        with self.assertLogs("sealbus", "ERROR"):
            said = await self.raising(KeyError("secret-4711"), "event")
        self.assertEqual(said, ("nack", {"reason": "KeyError"}, b""))

    async def test_what_cannot_be_returned_is_a_failure(self) -> None:
        for value in (5, object(), {"a": float("nan")}, {"a": object()}, "\ud800", bytes(4_194_305),
                      sealbus.Reply(headers={f"x-{i}": "v" for i in range(65)}),
                      sealbus.Reply(content_type="x" * 257)):  # fmt: skip
            with self.assertLogs("sealbus", "ERROR"):
                said = await self.returning(value)
            self.assertEqual(said[0], "reject")

    async def test_retry_puts_off(self) -> None:
        for delay in (1.5, timedelta(seconds=1.5)):
            said = await self.raising(sealbus.Retry("busy", delay=delay), "event")
            self.assertEqual(said, ("nack", {"delay": 1_500, "reason": "busy"}, b""))
        self.assertEqual(await self.raising(sealbus.Retry()), ("nack", {}, b""))
        for delay in (-0.1, 86_400.1):
            with self.assertRaises(ValueError):
                sealbus.Retry(delay=delay)

    async def test_reject_is_final_and_its_texts_are_cut_to_fit(self) -> None:
        said = await self.raising(sealbus.Reject("no such team", code="no_team"), "event")
        self.assertEqual(said, ("reject", {"code": "no_team", "reason": "no such team"}, b""))
        _, fields, _ = await self.raising(sealbus.Reject("ü" * 2_000 + "\ud800", code="c" * 65))
        self.assertEqual(fields, {"code": "c" * 64, "reason": "ü" * 512})

    async def test_a_body_that_is_not_json_is_the_callers_mistake(self) -> None:
        async def handler(auth: Any, message: sealbus.Message) -> Any:
            return message.json()

        for payload in (b"", b"{", b"\xff", b"NaN", b"[" * 100_000, b"9" * 5_000):
            kind, fields, body = await self.answer(handler, payload=payload)
            self.assertEqual((kind, fields["status"]), ("reply", 400))
            self.assertEqual(fields["contentType"], "application/problem+json")
            self.assertIn(b'"code": "bad_request"', body)
            self.assertEqual((await self.answer(handler, "event", payload))[0], "reject")

    async def test_a_sync_handler_runs_in_a_thread_with_the_context(self) -> None:
        variable = contextvars.ContextVar("variable", default="")
        variable.set("kept")

        def handler(auth: Any, message: Any) -> str:
            assert threading.current_thread() is not threading.main_thread()
            return variable.get() + auth.user_id

        self.assertEqual((await self.answer(handler))[2], b"keptuser-123")

    async def test_a_sync_handler_may_return_a_coroutine(self) -> None:
        async def later() -> str:
            return "later"

        self.assertEqual((await self.answer(lambda auth, message: later()))[2], b"later")

    async def test_an_object_with_an_async_call_is_a_handler(self) -> None:
        class Handler:
            async def __call__(self, auth: Any, message: Any) -> str:
                return "called"

        self.assertEqual((await self.answer(Handler()))[2], b"called")

    async def test_stop_iteration_and_cancelled_work_are_failures_too(self) -> None:
        def stops(auth: Any, message: Any) -> None:
            raise StopIteration

        for handler in (stops, lambda auth, message: asyncio.get_running_loop()):
            with self.assertLogs("sealbus", "ERROR"):
                self.assertEqual((await self.answer(handler))[0], "reject")
        with self.assertLogs("sealbus", "ERROR"):
            self.assertEqual((await self.raising(asyncio.CancelledError()))[0], "reject")


class Models(unittest.TestCase):
    def test_permissions_match_exactly(self) -> None:
        auth = sealbus.Auth("u", ("users:read", "*", "teams:*"))
        self.assertTrue(auth.can("users:read"))
        self.assertTrue(auth.can("*"))
        self.assertFalse(auth.can("users:create"))
        self.assertFalse(auth.can("teams:read"))

    def test_wildcards_grant_what_they_cover_when_they_are_on(self) -> None:
        teams = sealbus.Auth("u", ("teams:*",), wildcards=True)
        self.assertTrue(teams.can("teams:read"))
        self.assertTrue(teams.can("teams:"))
        self.assertFalse(teams.can("teams"))
        self.assertFalse(teams.can("users:read"))
        self.assertTrue(sealbus.Auth("u", ("*",), wildcards=True).can("users:read"))
        self.assertFalse(sealbus.Auth("u", ("us*",), wildcards=True).can("users:read"))

    def test_auth_cannot_be_changed_and_does_not_print_claims(self) -> None:
        auth = sealbus.Auth("u", claims={"email": "ada@example.com"}, token_id="t-4711")
        with self.assertRaises(AttributeError):
            auth.user_id = "v"  # type: ignore[misc]
        self.assertNotIn("ada@", repr(auth))
        self.assertNotIn("4711", repr(auth))

    def test_a_message_does_not_print_its_payload(self) -> None:
        self.assertNotIn("Ada", repr(sealbus.Message("CreateUser", b"Ada", headers={"x": "Ada"})))

    def test_a_reply_is_refused_where_it_is_made(self) -> None:
        for wrong in ({"status": 199}, {"status": 600}, {"status": True}, {"headers": {"a b": "v"}},
                      {"headers": {"x": "a\r\nset-cookie: b"}}, {"headers": {"x\n": "a"}},
                      {"content_type": "a\r\nb"}):  # fmt: skip
            with self.assertRaises(ValueError):
                sealbus.Reply("", **wrong)
        with self.assertRaises(ValueError):
            sealbus.Reply("text", status=204)

    def test_an_address_is_on_this_machine(self) -> None:
        for good in ("ipc:///run/sealbus/users", "tcp://127.0.0.1:5571", "tcp://[::1]:5571",
                     "tcp://localhost:5571"):  # fmt: skip
            sealbus.Service(good)
        for bad in ("", "ipc://", "ipc://@users", "tcp://0.0.0.0:5571", "tcp://192.0.2.1:5571",
                    "tcp://sidecar:5571", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "udp://127.0.0.1:5",
                    "127.0.0.1:5571", "tcp://127.0.0.1.evil.example:5571"):  # fmt: skip
            with self.assertRaises(ValueError, msg=bad):
                sealbus.Service(bad)

    def test_a_contract_has_one_handler(self) -> None:
        service = sealbus.Service("ipc:///run/sealbus/users")
        service.on("A", "B")(lambda auth, message: None)
        for name in ("B", "", "x" * 129):
            with self.assertRaises(ValueError):
                service.on(name)(lambda auth, message: None)
        with self.assertRaises(ValueError):
            asyncio.run(sealbus.Service("ipc:///run/sealbus/users").run())
