"""Check 8: the contract, the identity and the permissions."""

from collections.abc import Iterator
from typing import Any

from sealbus_reference import auth_context, registration

from .scene import MESSAGE, NOW, Case, down, traffic

CONTRACTS = [
    registration.contract(
        "CreateUser", "/api/create-user", required={"allOf": ["users:create", "users:write"]}
    ),
    registration.contract(
        "Find", "/api/find", kind="query", required={"anyOf": ["users:read", "admin"]}
    ),
    registration.contract("Open", "/api/open", public=True),
    registration.contract("Plain", "/api/plain"),
]
OWN_EVENT = registration.contract("UserMade", "/api/user-made", kind="event", delivery="memory")
SUBSCRIBE = [
    {"event": "orders.OrderPlaced"},
    {"event": "orders.OrderPaid", "required": {"anyOf": ["orders:read", "admin"]}},
]
POLICY = {"contracts": registration.encode(CONTRACTS).hex(), "acceptDevelopment": False}

USER = {
    "userId": "user-123",
    "permissions": ["users:create", "users:write"],
    "wildcards": False,
    "method": "jwt",
    "authenticatedAt": NOW,
}
ANONYMOUS = USER | {"userId": "", "permissions": [], "method": "anonymous"}


def case(
    name: str,
    user: dict[str, Any],
    contract: str = "CreateUser",
    kind: str = "command",
    **more: Any,
) -> Case:
    """A message for this contract, on behalf of this user, at a sidecar with the policy above."""
    auth = auth_context.encode(user)
    frames = traffic(MESSAGE | {"auth": auth, "contract": contract, "kind": kind}, b"{}")
    return down(name, 8, frames, policy=POLICY | more)


def events() -> Iterator[Case]:
    """Events: it is the subscription that counts."""
    subscribed = {"contracts": registration.encode([*CONTRACTS, OWN_EVENT], SUBSCRIBE).hex()}

    def event(name: str, user: dict[str, Any], contract: str, **more: Any) -> Case:
        return case(name, user, contract, "event", **subscribed, **more)

    yield event("an event that is subscribed to", USER, "orders.OrderPlaced")
    yield event("one of two, of an event", USER | {"permissions": ["admin"]}, "orders.OrderPaid")
    yield event("none of two, of an event", USER, "orders.OrderPaid").refused("permission_denied")
    yield event("an event that is not subscribed to", USER, "orders.OrderSent").refused(
        "unknown_contract"
    )
    yield event("an event of the same name of another service", USER, "other.OrderPlaced").refused(
        "unknown_contract"
    )
    yield event("the service's own event without a subscription", USER, "UserMade").refused(
        "unknown_contract"
    )
    yield case(
        "a subscription as a command", USER, "orders.OrderPlaced", "command", **subscribed
    ).refused("unknown_contract")
    developer = USER | {"method": "development"}
    yield event("an event of a development identity", developer, "orders.OrderPlaced").refused(
        "development_refused"
    )
    yield event("an event of nobody", ANONYMOUS, "orders.OrderPlaced").refused("permission_denied")


def cases() -> Iterator[Case]:
    """All of check 8."""
    yield case("all permissions", USER)
    yield case(
        "more permissions than needed", USER | {"permissions": ["a", "users:write"]}
    ).refused("permission_denied")
    yield case("one of two", USER | {"permissions": ["users:read"]}, "Find", "query")
    yield case("the other of two", USER | {"permissions": ["admin"]}, "Find", "query")
    yield case("none of two", USER, "Find", "query").refused("permission_denied")
    yield case("no permission", USER | {"permissions": []}).refused("permission_denied")
    yield case("a contract that asks for nothing", USER | {"permissions": []}, "Plain")
    loose = USER | {"permissions": ["users:*"]}
    yield case("a wildcard that counts", loose | {"wildcards": True})
    yield case("a wildcard that does not count", loose).refused("permission_denied")
    every = USER | {"permissions": ["*"]}
    yield case("the wildcard for everything", every | {"wildcards": True})
    yield case("the wildcard for everything, not counting", every).refused("permission_denied")
    other = USER | {"permissions": ["user:*"], "wildcards": True}
    yield case("a wildcard for something else", other).refused("permission_denied")
    upper = USER | {"permissions": ["Users:create", "users:write"]}
    yield case("another case", upper).refused("permission_denied")
    yield case("a contract that is not there", USER, "DeleteUser").refused("unknown_contract")
    yield case("a contract in another case", USER, "createUser").refused("unknown_contract")
    yield case("a contract of another kind", USER, "CreateUser", "query").refused(
        "unknown_contract"
    )
    yield case("a contract as an event", USER, "CreateUser", "event").refused("unknown_contract")
    developer = USER | {"method": "development"}
    yield case("a development identity", developer).refused("development_refused")
    yield case("a development identity where it is accepted", developer, acceptDevelopment=True)
    poor = developer | {"permissions": []}
    yield case("a development identity without permissions", poor, acceptDevelopment=True).refused(
        "permission_denied"
    )
    yield case("nobody, at a public contract", ANONYMOUS, "Open")
    yield case("nobody, at a contract that is not public", ANONYMOUS, "Plain").refused(
        "permission_denied"
    )
    yield case("somebody, at a public contract", USER, "Open")
    yield from events()
    for key in auth_context.REQUIRED:
        less = {one: value for one, value in USER.items() if one != key}
        yield case(f"an authContext without {key}", less).refused("malformed_header")
    nameless = USER | {"userId": ""}
    yield case("a user without a name", nameless).refused("malformed_header")
    yield case("a permission with a comma", USER | {"permissions": ["a,b"]}).refused(
        "malformed_header"
    )
