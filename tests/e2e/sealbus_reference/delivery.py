"""FORMAT.md section 9, check 8: may a verified message be delivered to this service?"""

from dataclasses import dataclass, field
from typing import Any

from . import auth_context
from .errors import Refused


@dataclass(frozen=True)
class Policy:
    """A sidecar's own contracts and subscriptions (as in a registration), and whom it accepts."""

    contracts: list[dict[str, Any]] = field(default_factory=list)
    accept_development: bool = False
    subscribe: list[dict[str, Any]] = field(default_factory=list)


def _grants(context: dict[str, Any], required: str) -> bool:
    for granted in context["permissions"]:
        if granted == required:
            return True
        prefix = granted.removesuffix("*")
        covers = granted == "*" or (granted.endswith(":*") and required.startswith(prefix))
        if context["wildcards"] and covers:
            return True
    return False


def _is_met(required: dict[str, list[str]], context: dict[str, Any]) -> bool:
    any_of = required.get("anyOf", [])
    every = all(_grants(context, one) for one in required.get("allOf", []))
    return every and (not any_of or any(_grants(context, one) for one in any_of))


def _terms(name: str, kind: str, policy: Policy) -> dict[str, Any]:
    """The contract, or of an event the subscription."""
    if kind == "event":
        found = [one for one in policy.subscribe if one["event"] == name]
    else:
        wanted = (name, kind)
        found = [one for one in policy.contracts if (one["name"], one.get("kind", "command")) == wanted]
    if not found:
        raise Refused("unknown_contract")
    return found[0]


def authorise(header: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """The authContext of a message that may be delivered; raises Refused."""
    context = auth_context.decode(header["auth"])
    contract = _terms(header["contract"], header["kind"], policy)
    if context["method"] == "development" and not policy.accept_development:
        raise Refused("development_refused")
    if context["method"] == "anonymous" and not contract.get("public", False):
        raise Refused("permission_denied")
    if not _is_met(contract.get("required", {}), context):
        raise Refused("permission_denied")
    return context
