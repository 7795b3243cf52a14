"""A service behind a Sealbus sidecar.

The sidecar hands over who calls and what they sent; it has checked both already. A service is:

    import asyncio, sealbus

    service = sealbus.Service("ipc:///run/sealbus/users")  # or from SEALBUS_DELIVER

    @service.on("CreateUser")
    async def create_user(auth, message):
        return {"id": 1, "by": auth.user_id}

    asyncio.run(service.run())
"""

from ._errors import InvalidJson, ProtocolError, Reject, Retry
from ._model import Auth, Message, Reply
from ._service import Service

__all__ = [
    "Auth",
    "InvalidJson",
    "Message",
    "ProtocolError",
    "Reject",
    "Reply",
    "Retry",
    "Service",
]
