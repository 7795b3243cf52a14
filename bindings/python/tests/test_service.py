"""A service against a sidecar on a real socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import uuid
from typing import Any

import msgpack

import sealbus

from .support import AUTH, ROOT, WITHIN, ServiceCase


class Conversation(ServiceCase):
    async def test_subscribes_with_its_contracts_and_credit(self) -> None:
        sidecar = self.sidecar()
        service = self.service(concurrency=3, name="users:1")
        service.on("CreateUser", "orders.OrderPlaced")(lambda auth, message: None)
        self.start(service)
        said = await sidecar.welcome()
        self.assertEqual(said.fields, {
            "type": "subscribe", "protocol": 1, "name": "users:1", "credit": 3,
            "contracts": ["CreateUser", "orders.OrderPlaced"]})  # fmt: skip

    async def test_a_handler_gets_who_and_what_and_its_result_is_the_reply(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        got: list[tuple[sealbus.Auth, sealbus.Message]] = []

        @service.on("CreateUser")
        async def create(auth: sealbus.Auth, message: sealbus.Message) -> Any:
            got.append((auth, message))
            return {"by": auth.user_id}

        self.start(service)
        await sidecar.welcome()
        auth = AUTH | {"claims": {"name": "Ada"}, "issuer": "https://i.example",
                       "expiresAt": 253_402_300_799_999, "actor": ["orders"]}  # fmt: skip
        id = await sidecar.message(
            "CreateUser", b'{"name":"Ada"}', auth=auth, method="POST", path="/api/teams/7",
            params={"team": "7"}, query="a=1", headers={"accept": "*/*"}, attempt=2,
            contentType="application/json", correlationId="r-1", proof=bytes(40))  # fmt: skip
        said = await sidecar.next("reply")
        self.assertEqual((said["id"], said["status"], said.payload), (id, 200, b'{"by":"user-123"}'))
        auth, message = got[0]
        self.assertEqual(auth.permissions, ("users:create", "users:read"))
        self.assertEqual((auth.method, auth.issuer, auth.token_id), ("jwt", "https://i.example", None))
        self.assertEqual((auth.claims["name"], auth.actor), ("Ada", ("orders",)))
        self.assertEqual(auth.expires_at.isoformat(), "9999-12-31T23:59:59.999000+00:00")
        self.assertEqual(message.json(), {"name": "Ada"})
        self.assertEqual((message.id, message.attempt), (uuid.UUID(bytes=id), 2))
        self.assertEqual((message.path, message.params["team"]), ("/api/teams/7", "7"))
        self.assertEqual(message.deadline.isoformat(), "2023-11-14T22:13:25+00:00")

    async def test_a_failing_handler_rejects_without_its_text_and_the_next_is_served(self) -> None:
        sidecar, service = self.sidecar(), self.service()

        @service.on("CreateUser")
        async def create(auth: sealbus.Auth, message: sealbus.Message) -> str:
            if not message.payload:
                raise RuntimeError("secret-4711")
            return "made"

        self.start(service)
        await sidecar.welcome()
        with self.assertLogs("sealbus", "ERROR"):
            id = await sidecar.message("CreateUser")
            said = await sidecar.next("reject")
        self.assertEqual(said["id"], id)
        self.assertNotIn("4711", repr(said.fields) + repr(said.payload))
        await sidecar.message("CreateUser", b"x")
        self.assertEqual((await sidecar.next("reply")).payload, b"made")

    async def test_events_are_acknowledged_put_off_and_rejected(self) -> None:
        sidecar, service = self.sidecar(), self.service()

        @service.on("orders.OrderPlaced")
        def placed(auth: sealbus.Auth, message: sealbus.Message) -> None:
            if message.payload == b"later":
                raise sealbus.Retry(delay=2)
            if message.payload == b"never":
                raise sealbus.Reject("no such order")

        self.start(service)
        await sidecar.welcome()
        for payload, answer, more in ((b"now", "ack", {}), (b"later", "nack", {"delay": 2_000}),
                                      (b"never", "reject", {"reason": "no such order"})):  # fmt: skip
            id = await sidecar.message("orders.OrderPlaced", payload, kind="event")
            said = await sidecar.next("ack", "nack", "reject")
            self.assertEqual(said.fields, {"type": answer, "id": id, **more})

    async def test_progress_is_told_before_the_answer(self) -> None:
        sidecar, service = self.sidecar(), self.service()

        @service.on("Slow")
        async def slow(auth: sealbus.Auth, message: sealbus.Message) -> None:
            await message.progress()
            await message.progress()

        self.start(service)
        await sidecar.welcome()
        id = await sidecar.message("Slow", kind="event")
        for answer in ("progress", "progress", "ack"):
            said = await sidecar.next("progress", "ack")
            self.assertEqual(said.fields, {"type": answer, "id": id})

    async def test_a_message_for_a_contract_without_handler_is_rejected(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        service.on("A")(lambda auth, message: None)
        self.start(service)
        await sidecar.welcome()
        with self.assertLogs("sealbus", "ERROR"):
            await sidecar.message("B")
            self.assertEqual((await sidecar.next("reject"))["code"], "unknown_contract")

    async def test_says_which_handlers_the_sidecar_does_not_declare(self) -> None:
        sidecar, service = self.sidecar(contracts=["A"]), self.service()
        service.on("A", "Mistyped")(lambda auth, message: "a")
        with self.assertLogs("sealbus", "WARNING") as logs:
            self.start(service)
            await sidecar.welcome()
            await sidecar.message("A")
            await sidecar.next("reply")
        self.assertIn("Mistyped", logs.output[0])


class Malformed(ServiceCase):
    async def test_a_wrong_optional_field_rejects_that_message_alone(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        service.on("A")(lambda auth, message: "a")
        self.start(service)
        await sidecar.welcome()
        wrong = {"path": 5, "params": {"a": 1}, "headers": [], "proof": "x", "deadline": -1,
                 "auth": AUTH | {"claims": {"a": 1}}, "attempt": 0, "kind": "Command"}  # fmt: skip
        for key, value in wrong.items():
            with self.assertLogs("sealbus", "ERROR") as logs:
                id = await sidecar.message("A", **{key: value})
                said = await sidecar.next("reject", "reply")
            self.assertEqual((said["id"], said["code"]), (id, "malformed_header"))
            self.assertIn(key, logs.output[0])
        await sidecar.message("A")
        self.assertEqual((await sidecar.next("reject", "reply")).payload, b"a")

    async def test_bytes_that_are_no_message_change_nothing(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        service.on("A")(lambda auth, message: "a")
        self.start(service)
        await sidecar.welcome()
        garbage = [(b"",), (b"", b""), (b"\xc1", b""), (b"\x80", b"", b""), (b"\x91" * 9_999, b""),
                   (b"\xdf\xff\xff\xff\xff", b""), (os.urandom(500), os.urandom(500))]  # fmt: skip
        with self.assertLogs("sealbus", "ERROR") as logs:
            for frames in garbage:
                await sidecar.send_frames(*frames)
            await sidecar.send("message", id=bytes(15))
            await sidecar.message("A")
            self.assertEqual((await sidecar.next("reject", "reply")).payload, b"a")
        self.assertEqual(len(logs.output), len(garbage) + 1)
        self.assertEqual(len(sidecar.peers), 1)

    async def test_what_the_sidecar_says_is_escaped_in_the_log(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        service.on("A")(lambda auth, message: "a")
        self.start(service)
        await sidecar.welcome()
        with self.assertLogs("sealbus", "WARNING") as logs:
            await sidecar.send("refused", code="a\x1b[31m", reason="b\nc\x9b", id=bytes(16))
            await sidecar.message("A")
            await sidecar.next("reply")
        self.assertTrue(logs.output[0].isprintable(), logs.output)


class Contact(ServiceCase):
    def echo(self, **options: Any) -> sealbus.Service:
        service = self.service(**options)
        service.on("A")(lambda auth, message: message.payload)
        return service

    async def works(self, sidecar: Any) -> None:
        await sidecar.message("A", b"hello")
        self.assertEqual((await sidecar.next("reply")).payload, b"hello")

    async def test_a_sidecar_may_start_later(self) -> None:
        self.start(self.echo())
        await self.heard.line("no contact")
        sidecar = self.sidecar()
        async with asyncio.timeout(3):
            await sidecar.welcome()
        await self.works(sidecar)

    async def test_a_sidecar_may_restart(self) -> None:
        first = self.sidecar()
        self.start(self.echo())
        await first.welcome()
        await self.works(first)
        await first.close()
        second = self.sidecar()
        async with asyncio.timeout(3):
            await second.welcome()
        await self.works(second)

    async def test_beats_when_there_is_nothing_to_say(self) -> None:
        sidecar = self.sidecar(heartbeat=200)
        self.start(self.echo())
        await sidecar.welcome()
        await sidecar.nothing_but_heartbeats(5)
        self.assertEqual(len(sidecar.peers), 1)
        await self.works(sidecar)

    async def test_a_silent_sidecar_is_left_for_a_fresh_socket(self) -> None:
        sidecar = self.sidecar(heartbeat=50)
        self.start(self.echo())
        first = await sidecar.welcome()
        sidecar.silenced.add(first.peer)
        loop = asyncio.get_running_loop()
        silent_since = loop.time()
        with self.assertLogs("sealbus", "WARNING"):
            second = await sidecar.welcome()
        self.assertNotEqual(first.peer, second.peer)
        self.assertGreaterEqual(loop.time() - silent_since, 0.15)
        await self.works(sidecar)

    async def test_bytes_that_are_no_message_are_no_sign_of_life(self) -> None:
        sidecar = self.sidecar(heartbeat=50)
        self.start(self.echo())
        first = await sidecar.welcome()
        sidecar.silenced.add(first.peer)

        while (await sidecar.next("heartbeat", "subscribe")).type == "heartbeat":
            await sidecar.send_frames(b"\xc1", b"", to=first.peer)
        await self.heard.line("fell silent")

    async def test_a_process_that_was_forgotten_begins_again(self) -> None:
        sidecar = self.sidecar()
        self.start(self.echo())
        await sidecar.welcome()
        for refused in ({"code": "malformed_header"}, {"code": "one_of_tomorrow"},
                        {"code": "unknown_session", "id": bytes(16)}):  # fmt: skip
            await sidecar.send("refused", reason="subscribe first", **refused)
            await sidecar.welcome()
            await self.heard.line(refused["code"])
        self.assertEqual(len(set(sidecar.peers)), 4)
        await self.works(sidecar)

    async def test_a_refused_subscription_is_complained_of_once_and_tried_again(self) -> None:
        sidecar = self.sidecar()
        self.start(self.echo())
        with self.assertLogs("sealbus", "WARNING") as logs:
            for _ in range(3):
                said = await sidecar.next("subscribe")
                await sidecar.send(
                    "refused", to=said.peer, code="unknown_contract", reason="does not declare A")
            await sidecar.welcome()
        self.assertEqual(len(logs.output), 1)
        self.assertIn("does not declare A", logs.output[0])
        await self.works(sidecar)

    async def test_a_refused_answer_changes_nothing(self) -> None:
        sidecar = self.sidecar()
        self.start(self.echo())
        await sidecar.welcome()
        with self.assertLogs("sealbus", "WARNING"):
            await sidecar.send("refused", code="replayed", reason="too late", id=bytes(16))
            await self.works(sidecar)
        self.assertEqual(len(sidecar.peers), 1)

    async def test_another_protocol_is_not_spoken_with(self) -> None:
        sidecar = self.sidecar()
        with self.assertLogs("sealbus", "ERROR"):
            self.start(self.echo())
            await sidecar.welcome(protocol=2)
            await sidecar.welcome()
        await self.works(sidecar)

    async def test_after_the_sidecars_bye_it_finishes_and_begins_again(self) -> None:
        sidecar, service = self.sidecar(), self.service()
        release = asyncio.Event()

        @service.on("Held")
        async def held(auth: sealbus.Auth, message: sealbus.Message) -> str:
            await message.progress()
            await release.wait()
            return "done"

        self.start(service)
        first = await sidecar.welcome()
        id = await sidecar.message("Held")
        await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            await sidecar.send("bye", reason="restart")
            release.set()
            said = await sidecar.next("reply")
            self.assertEqual((said.peer, said["id"]), (first.peer, id))
            second = await sidecar.welcome()
        self.assertNotEqual(first.peer, second.peer)

    async def test_an_unreachable_path_is_an_error_and_not_a_wait(self) -> None:
        service = sealbus.Service("ipc:///tmp/" + "x" * 200)
        service.on("A")(lambda auth, message: None)
        with self.assertRaises(OSError):
            async with asyncio.timeout(WITHIN):
                await service.run()


class Credit(ServiceCase):
    """A handler that says when it began, and ends when it is let."""

    def gated(self, concurrency: int) -> sealbus.Service:
        service = self.service(concurrency=concurrency)
        self.gate = asyncio.Event()
        self.now = self.most = self.calls = 0

        @service.on("Held")
        async def held(auth: sealbus.Auth, message: sealbus.Message) -> bytes:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
            await message.progress()
            await self.gate.wait()
            self.now -= 1
            return message.payload

        return service

    async def test_what_exceeds_the_credit_is_put_off(self) -> None:
        sidecar = self.sidecar()
        self.start(self.gated(2))
        await sidecar.welcome()
        ids = [await sidecar.message("Held") for _ in range(2)]
        with self.assertLogs("sealbus", "ERROR"):
            beyond = await sidecar.message("Held")
            self.assertEqual((await sidecar.next("nack"))["id"], beyond)
        self.gate.set()
        self.assertEqual({(await sidecar.next("reply"))["id"] for _ in ids}, set(ids))
        self.assertEqual(self.most, 2)

    async def test_an_answer_gives_its_credit_back(self) -> None:
        sidecar = self.sidecar()
        self.start(self.gated(1))
        self.gate.set()
        await sidecar.welcome()
        for _ in range(5):
            await sidecar.message("Held")
            await sidecar.next("reply")
        self.assertEqual(self.most, 1)

    async def test_what_runs_since_before_a_loss_counts_too(self) -> None:
        sidecar = self.sidecar(heartbeat=200)
        self.start(self.gated(2))
        await sidecar.welcome()
        for _ in range(2):
            await sidecar.message("Held")
            await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            sidecar.silenced.add(sidecar.peers[-1])
            await sidecar.welcome()
            ids = [await sidecar.message("Held") for _ in range(2)]
            await sidecar.nothing_but_heartbeats(2)
            self.gate.set()
            self.assertEqual({(await sidecar.next("reply"))["id"] for _ in ids}, set(ids))
        self.assertEqual(self.most, 2)

    async def test_what_was_not_begun_is_dropped_with_its_connection(self) -> None:
        sidecar = self.sidecar(heartbeat=200)
        self.start(self.gated(2))
        await sidecar.welcome()
        for _ in range(2):
            await sidecar.message("Held")
            await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            for _ in range(3):
                sidecar.silenced.add(sidecar.peers[-1])
                await sidecar.welcome()
                ids = [await sidecar.message("Held") for _ in range(2)]
            self.gate.set()
            self.assertEqual({(await sidecar.next("reply"))["id"] for _ in ids}, set(ids))
        self.assertEqual(self.calls, 4)

    async def test_an_event_delivered_again_joins_the_attempt_that_runs(self) -> None:
        sidecar = self.sidecar(heartbeat=200)
        self.start(self.gated(2))
        await sidecar.welcome()
        id = await sidecar.message("Held", kind="event")
        await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            sidecar.silenced.add(sidecar.peers[-1])
            second = await sidecar.welcome()
        await sidecar.message("Held", kind="event", id=id, attempt=2)
        await sidecar.nothing_but_heartbeats(2)
        self.gate.set()
        said = await sidecar.next("ack")
        self.assertEqual((said.peer, said["id"], self.calls), (second.peer, id, 1))


class Stopping(ServiceCase):
    def held(self, **options: Any) -> sealbus.Service:
        service = self.service(**options)
        self.release = asyncio.Event()

        @service.on("Held")
        async def held(auth: sealbus.Auth, message: sealbus.Message) -> str:
            await message.progress()
            await self.release.wait()
            return "finished"

        service.on("Quick")(lambda auth, message: "quick")
        return service

    async def test_stop_finishes_what_is_in_flight_and_what_was_on_its_way(self) -> None:
        sidecar, service = self.sidecar(heartbeat=200), self.held()
        running = self.start(service)
        await sidecar.welcome()
        await sidecar.message("Held")
        await sidecar.next("progress")
        service.stop()
        await sidecar.next("bye")
        await sidecar.message("Quick")
        self.assertEqual((await sidecar.next("reply")).payload, b"quick")
        await sidecar.send("bye")
        await sidecar.nothing_but_heartbeats(3)
        self.release.set()
        self.assertEqual((await sidecar.next("reply")).payload, b"finished")
        await asyncio.wait_for(running, WITHIN)

    async def test_stop_does_not_wait_for_a_sidecar_that_does_not_answer(self) -> None:
        sidecar, service = self.sidecar(heartbeat=200), self.held()
        running = self.start(service)
        await sidecar.welcome()
        service.stop()
        await asyncio.wait_for(running, WITHIN)

    async def test_stop_without_contact_ends_at_once(self) -> None:
        service = self.held()
        running = self.start(service)
        await self.heard.line("no contact")
        service.stop()
        await asyncio.wait_for(running, WITHIN)

    async def test_stop_waits_no_longer_than_its_limit(self) -> None:
        sidecar, service = self.sidecar(), self.held(drain=0.1)
        running = self.start(service)
        await sidecar.welcome()
        await sidecar.message("Held")
        await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            service.stop()
            await asyncio.wait_for(running, WITHIN)

    async def test_stop_again_waits_no_longer(self) -> None:
        sidecar, service = self.sidecar(), self.held()
        running = self.start(service)
        await sidecar.welcome()
        await sidecar.message("Held")
        await sidecar.next("progress")
        with self.assertLogs("sealbus", "WARNING"):
            service.stop()
            await sidecar.next("bye")
            service.stop()
            await asyncio.wait_for(running, WITHIN)
        service.stop()

    async def test_a_service_may_run_again_after_it_stopped(self) -> None:
        sidecar, service = self.sidecar(), self.held()
        for _ in range(2):
            running = self.start(service)
            await sidecar.welcome()
            await sidecar.message("Quick")
            await sidecar.next("reply")
            service.stop()
            await sidecar.next("bye")
            await sidecar.send("bye")
            await asyncio.wait_for(running, WITHIN)


SERVICE = """
import asyncio, sealbus
service = sealbus.Service()
release = asyncio.Event()

@service.on("Held")
async def held(auth, message):
    await message.progress()
    await release.wait()
    return "finished"

@service.on("Release")
async def let(auth, message):
    release.set()

asyncio.run(service.run())
print("ended")
"""


class Processes(ServiceCase):
    async def start_process(self, *arguments: str) -> asyncio.subprocess.Process:
        paths = [str(ROOT / "bindings" / "python"), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "SEALBUS_DELIVER": self.address,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
        )

        async def end() -> None:
            if process.returncode is None:
                process.kill()
            await process.wait()

        self.addAsyncCleanup(end)
        return process

    async def test_sigterm_and_sigint_finish_what_is_in_flight(self) -> None:
        sidecar = self.sidecar()
        for number in (signal.SIGTERM, signal.SIGINT):
            process = await self.start_process("-c", SERVICE)
            await sidecar.welcome()
            await sidecar.message("Held")
            await sidecar.next("progress")
            process.send_signal(number)
            await sidecar.next("bye")
            await sidecar.message("Release")
            await sidecar.send("bye")
            answers = {(await sidecar.next("reply")).payload for _ in range(2)}
            self.assertEqual(answers, {b"", b"finished"})
            out, _ = await asyncio.wait_for(process.communicate(), WITHIN)
            self.assertEqual((process.returncode, out), (0, b"ended\n"))

    async def test_the_example_prints_and_returns_what_it_received(self) -> None:
        sidecar = self.sidecar()
        process = await self.start_process(str(ROOT / "examples/python-service/service.py"))
        self.assertEqual((await sidecar.welcome())["contracts"], ["CreateUser", "Endpoint"])
        await sidecar.message("CreateUser", b'{"name":"Ada"}')
        reply = json.loads((await sidecar.next("reply")).payload)
        self.assertEqual(reply, {
            "service": "my-service", "contract": "CreateUser", "userId": "user-123",
            "permissions": ["users:create", "users:read"], "received": {"name": "Ada"}})  # fmt: skip
        hostile = AUTH | {"userId": "a\n\x1b[31m\x9b", "permissions": ["\x9b"]}
        await sidecar.message("Endpoint", auth=hostile, context=msgpack.packb(hostile))
        self.assertEqual(json.loads((await sidecar.next("reply")).payload)["received"], None)
        process.terminate()
        await sidecar.next("bye")
        await sidecar.send("bye")
        out, _ = await asyncio.wait_for(process.communicate(), WITHIN)
        lines = out.decode().splitlines()
        self.assertEqual(lines[0], "received CreateUser from user-123 "
                         'permissions=users:create,users:read payload={"name":"Ada"}')  # fmt: skip
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[1].isprintable())
        self.assertEqual(process.returncode, 0)
