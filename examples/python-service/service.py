"""A service behind a Sealbus sidecar: it prints what it receives, and answers with it.

    SEALBUS_DELIVER=ipc:///tmp/sealbus-example/my-service python3 examples/python-service/service.py
"""

import asyncio
import json

import sealbus

service = sealbus.Service()


@service.on("CreateUser", "Endpoint")
async def receive(auth: sealbus.Auth, message: sealbus.Message) -> dict:
    body = message.json() if message.payload else None
    # Everything in it came from a caller, so it is escaped: no line breaks, no terminal codes.
    user = json.dumps(auth.user_id)[1:-1]
    permissions = json.dumps(",".join(auth.permissions))[1:-1]
    payload = json.dumps(body, separators=(",", ":"))
    print(
        f"received {message.contract} from {user} permissions={permissions} payload={payload}",
        flush=True,
    )
    return {
        "service": "my-service",
        "contract": message.contract,
        "userId": auth.user_id,
        "permissions": list(auth.permissions),
        "received": body,
    }


asyncio.run(service.run())
