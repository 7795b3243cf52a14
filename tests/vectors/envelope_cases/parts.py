"""What is checked by itself: key derivations, proofs, the authContext and registrations."""

from collections.abc import Iterator
from typing import Any

from sealbus_reference import Malformed, Refused, auth_context, registration
from sealbus_reference.keys import RootKey, x25519_public
from sealbus_reference.proof import make_proof, verify_proof
from sealbus_reference.session import Parties
from sealbus_reference.wire import pack

from .delivered import USER
from .malformed import NEVER, PASSED_OVER, show, with_raw
from .scene import AUTH, NOW, OTHER_ROOT, PARTIES, ROOT, some_id


def _keys_of(root: RootKey, parties: Parties) -> dict[str, str]:
    key = root.derive(parties.service)
    return {
        "root": root.text(),
        "service": parties.service,
        "serviceKey": key.text(),
        "keyId": key.id.hex(),
        "kUp": key.handshake_key("up").hex(),
        "kDown": key.handshake_key("down").hex(),
        "kProof": root.proof_key.hex(),
        "curvePublicIngress": x25519_public(root.curve_secret).hex(),
        "curvePublicSidecar": x25519_public(key.curve_secret).hex(),
        "sidecar": parties.sidecar.hex(),
        "ingress": parties.ingress.hex(),
        "sidecarNonce": parties.sidecar_nonce.hex(),
        "ingressNonce": parties.ingress_nonce.hex(),
        "tUp": parties.traffic_key(key, "up").hex(),
        "tDown": parties.traffic_key(key, "down").hex(),
        "sessionId": parties.session_id(key).hex(),
    }


def keys() -> dict[str, Any]:
    """Derivations, and texts that are no keys."""
    longest = Parties("a" + "-9" * 31, some_id(6), some_id(7), bytes(32), bytes([255] * 32))
    derived = [_keys_of(ROOT, PARTIES), _keys_of(OTHER_ROOT, PARTIES), _keys_of(ROOT, longest)]
    service, root = ROOT.derive("users").text(), ROOT.text()
    head, name, secret, public = service.split(":")
    texts = [
        {"name": "a line break at the end", "text": f"{service}\n", "service": "users"},
        {"name": "a line break of two bytes", "text": f"{service}\r\n", "service": "users"},
        {"name": "a root key with a line break", "text": f"{root}\n", "service": None},
    ]
    wrong = {
        "nothing": "",
        "two line breaks": f"{service}\n\n",
        "a space at the end": f"{service} ",
        "a space before it": f" {service}",
        "another version": service.replace("v1", "v2"),
        "no public key": f"{head}:{name}:{secret}",
        "an empty public key": f"{head}:{name}:{secret}:",
        "a part too many": f"{service}:x",
        "no name": f"{head}::{secret}:{public}",
        "a name in upper case": f"{head}:Users:{secret}:{public}",
        "a name with a dot": f"{head}:us.ers:{secret}:{public}",
        "a name that begins with a digit": f"{head}:1users:{secret}:{public}",
        "a name of 64 bytes": f"{head}:{'u' * 64}:{secret}:{public}",
        "a short key": f"{head}:{name}:{secret[:-2]}:{public}",
        "a long key": f"{head}:{name}:{secret}AA:{public}",
        "a padded key": f"{head}:{name}:{secret}=:{public}",
        "a key with trailing bits": f"{head}:{name}:{secret[:-1]}1:{public}",
        "a key in plain base64": f"{head}:{name}:{'+/' * 21}A:{public}",
        "a short public key": f"{head}:{name}:{secret}:{public[:-2]}",
        "a short root key": root[:-2],
        "a root key with a padding": f"{root}=",
    }
    return {"derived": derived, "texts": texts, "noKeys": [
        {"name": name, "text": text} for name, text in wrong.items()
    ]}  # fmt: skip


def proofs() -> Iterator[dict[str, Any]]:
    """Section 7."""
    expiry, message = NOW + 1_000, some_id(1)
    good = {
        "rootKey": ROOT.text(), "service": "users", "message": message, "auth": AUTH, "now": NOW,
        "proof": make_proof(ROOT.proof_key, "users", message, expiry, AUTH),
    }  # fmt: skip
    proof = good["proof"]
    later = (expiry + 1).to_bytes(8, "big")
    other_user = auth_context.encode(USER | {"userId": "user-124"})
    changes: dict[str, dict[str, Any]] = {
        "as it was made": {},
        "its last moment": {"now": expiry - 1},
        "exactly expired": {"now": expiry},
        "another service": {"service": "orders"},
        "a service that begins alike": {"service": "user"},
        "another message": {"message": some_id(2)},
        "another user": {"auth": other_user},
        "no context": {"auth": b""},
        "a context one byte long": {"auth": AUTH + b"\0"},
        "a later expiry": {"proof": later + proof[8:]},
        "another root key": {"rootKey": OTHER_ROOT.text()},
        "no proof": {"proof": b""},
        "one byte short": {"proof": proof[:-1]},
        "one byte long": {"proof": proof + b"\0"},
        "its first bit": {"proof": bytes([proof[0] ^ 0x80]) + proof[1:]},
        "its last bit": {"proof": proof[:-1] + bytes([proof[-1] ^ 1])},
        "the tag alone": {"proof": proof[8:]},
        "zeros": {"proof": bytes(40)},
    }
    for name, change in changes.items():
        case = good | change
        key = RootKey.parse(case["rootKey"]).proof_key
        arguments = (case["proof"], case["service"], case["message"], case["auth"], case["now"])
        found: dict[str, Any] = {"name": name, "result": "accept", "reason": None}
        try:
            found["expiry"] = verify_proof(key, *arguments)
        except Refused as refused:
            found |= {"result": "reject", "reason": refused.code}
        yield found | {k: v.hex() if isinstance(v, bytes) else v for k, v in case.items()}


def _judged(name: str, data: bytes, decode: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "result": "accept", "bytes": data.hex()}
    try:
        found["decoded"] = decode(data)
    except Malformed as malformed:
        found |= {"result": "reject", "reason": malformed.code}
    return found


FULL_CONTEXT = USER | {
    "issuer": "https://id.example/realms/x", "tokenId": "t-1", "expiresAt": NOW + 60_000,
    "permissionsSource": "permissions", "claims": {"email": "ada@example.org", "name": ""},
    "actor": ["orders", "mail"],
}  # fmt: skip

_TEXT = "t" * 1_024
CONTEXT_VALUES: dict[str, list[Any]] = {
    "userId": [_TEXT, "é", _TEXT + "t", "", b"user-123", 7, None],
    "permissions": [
        [], ["p" * 256], [f"p{n}" for n in range(1_024)], ["é"],
        ["p" * 257], [f"p{n}" for n in range(1_025)], [""], ["a b"], ["a,b"], ["a\n"], ["a\x7f"],
        ["a\0b"], "users:create", [1], [b"p"], {"p": 1}, None,
    ],
    "wildcards": [True, 0, "true", None],
    "method": ["service", "anonymous", "JWT", "", 1],
    "authenticatedAt": [0, 253_402_300_799_999, 253_402_300_800_000, -1, 2**63, 1.5, "now"],
    "expiresAt": [0, 253_402_300_799_999, 253_402_300_800_000, -1, None],
    "issuer": [_TEXT, "", _TEXT + "t", 1],
    "tokenId": [_TEXT, _TEXT + "t", b"t"],
    "permissionsSource": [_TEXT, _TEXT + "t", []],
    "claims": [
        {}, {f"c{n}": "" for n in range(32)}, {"k" * 64: _TEXT},
        {f"c{n}": "" for n in range(33)}, {"k" * 65: ""}, {"c": _TEXT + "t"}, {"c": 1},
        {"c": {"d": "e"}}, [], "c",
    ],
    "actor": [[], ["a"] * 8, [_TEXT], ["a"] * 9, [_TEXT + "t"], [1], "a"],
}  # fmt: skip


def auth_contexts() -> Iterator[dict[str, Any]]:
    """Section 6."""

    def judge(name: str, data: bytes) -> dict[str, Any]:
        return _judged(name, data, auth_context.decode)

    nobody = USER | {"userId": "", "method": "anonymous", "permissions": []}
    yield judge("what is required", auth_context.encode(USER))
    yield judge("everything", auth_context.encode(FULL_CONTEXT))
    yield judge("nobody", auth_context.encode(nobody))
    yield judge("nobody with a name", auth_context.encode(nobody | {"userId": "user-123"}))
    for key in auth_context.REQUIRED:
        less = {one: value for one, value in USER.items() if one != key}
        yield judge(f"without {key}", auth_context.encode(less))
    for key, values in CONTEXT_VALUES.items():
        for value in values:
            yield judge(f"{key}: {show(value)}", auth_context.encode(FULL_CONTEXT | {key: value}))
    for what, value in {**PASSED_OVER, **NEVER}.items():
        yield judge(f"an unknown key with {what}", with_raw(USER, "newer", value))
        yield judge(f"a userId that is {what}", with_raw(USER, "userId", value))
    good = auth_context.encode(USER)
    yield judge("a key that must be understood", with_raw(USER, "!newer", b"\1"))
    yield judge("a byte after it", good + b"\0")
    yield judge("cut short", good[:-1])
    yield judge("no byte", b"")
    yield judge("not a map", pack(["user-123"]))
    twice = bytes([good[0] + 1]) + good[1:] + pack("userId") + pack("root")
    yield judge("userId twice", twice)


CONTRACT = registration.contract("CreateUser", "/api/create-user")
FULL_CONTRACT = CONTRACT | {
    "kind": "event", "methods": ["POST", "PUT"], "path": "/api/users/{id}",
    "required": {"allOf": ["users:create"], "anyOf": ["a", "b"]}, "public": False, "timeout": 5_000,
    "delivery": "memory", "authAt": "delivery", "maxAuthAge": 60_000,
    "retry": {"maxAttempts": 9, "initialDelay": 1, "maxDelay": 2, "ackWait": 3},
}  # fmt: skip

_SEVEN_DAYS = registration.SEVEN_DAYS
_ALL_METHODS = list(registration.METHODS)
CONTRACT_VALUES: dict[str, list[Any]] = {
    "name": ["a", "A_9", "n" * 64, "n" * 65, "", "1a", "a-b", "a.b", "é", b"a", 1],
    "kind": ["command", "query", "Event", "", 1],
    "methods": [["GET"], _ALL_METHODS, [], [*_ALL_METHODS, "GET"], ["get"], ["TRACE"], "GET", [1]],
    "path": [
        "/", "/a", "/{id}", "/{_a}/b/{B9}", "/a.b-c_d~e!f$g&h'i(j)k+l,m=n:o@p", "/" + "a" * 511,
        "/" + "/".join(["a"] * 32), "/{" + "n" * 64 + "}",
        "", "a", "a/b", "//", "/a/", "/a//b", "/.", "/a/..", "/*", "/a/**", "/{}", "/{1}", "/{a-b}",
        "/{id}/{id}", "/a{id}", "/{id", "/id}", "/a b", "/a%20b", "/é", "/a?b", "/a#b", "/a;b",
        "/" + "a" * 512, "/" + "/".join(["a"] * 33), "/{" + "n" * 65 + "}", b"/a", None,
    ],
    "required": [
        {}, {"allOf": []}, {"anyOf": ["p"]}, {"allOf": ["p"] * 64}, {"allOf": ["p" * 256]},
        {"allOf": ["p"] * 65}, {"anyOf": ["p" * 257]}, {"allOf": ["a,b"]}, {"allOf": [""]},
        {"allOf": "p"}, {"oneOf": ["p"]}, {"allOf": [], "oneOf": []}, ["p"], "p",
    ],
    "public": [True, 1, "yes"],
    "timeout": [0, _SEVEN_DAYS, _SEVEN_DAYS + 1, -1, 2**64 - 1, "5s"],
    "delivery": ["stored", "", "Memory", 1],
    "authAt": ["ingress", "", "Delivery"],
    "maxAuthAge": [0, _SEVEN_DAYS, _SEVEN_DAYS + 1, -1],
    "retry": [
        {}, {"maxAttempts": 1}, {"maxAttempts": 1_000}, {"ackWait": _SEVEN_DAYS},
        {"maxAttempts": 0}, {"maxAttempts": 1_001}, {"maxAttempts": 2**32 + 1},
        {"ackWait": _SEVEN_DAYS + 1}, {"jitter": 1}, [], 5,
    ],
}  # fmt: skip
SUBSCRIPTION_VALUES: dict[str, list[Any]] = {
    "event": ["e" * 128, "e" * 129, "", b"e", 1],
    "required": [{}, {"allOf": ["p"]}, {"someOf": []}, None],
}


def registrations() -> Iterator[dict[str, Any]]:
    """Section 8."""

    def judge(name: str, data: bytes) -> dict[str, Any]:
        return _judged(name, data, registration.decode)

    def one(contract: dict[str, Any]) -> bytes:
        return registration.encode([contract])

    subscription = {"event": "orders.OrderPlaced", "required": {"allOf": ["orders:read"]}}
    yield judge("nothing offered", registration.encode([]))
    yield judge("no key at all", pack({}))
    yield judge("a contract", one(CONTRACT))
    yield judge("a contract with everything", one(FULL_CONTRACT))
    yield judge("two contracts and a subscription", registration.encode(
        [CONTRACT, FULL_CONTRACT | {"name": "Other"}], [subscription]
    ))  # fmt: skip
    yield judge("the same name twice", registration.encode([CONTRACT, FULL_CONTRACT]))
    for key in ("name", "methods", "path"):
        less = {name: value for name, value in CONTRACT.items() if name != key}
        yield judge(f"a contract without {key}", one(less))
    for key, values in CONTRACT_VALUES.items():
        for value in values:
            yield judge(f"{key}: {show(value)}", one(FULL_CONTRACT | {key: value}))
    for key, values in SUBSCRIPTION_VALUES.items():
        for value in values:
            data = registration.encode([], [subscription | {key: value}])
            yield judge(f"subscribe, {key}: {show(value)}", data)
    yield judge("a subscription without event", registration.encode([], [{"required": {}}]))
    yield judge("an unknown key at the top", pack({"contracts": [], "newer": [1]}))
    yield judge("a key at the top that must be understood", pack({"!newer": 1}))
    yield judge("an unknown key in a contract", one(CONTRACT | {"newer": {"a": 1}}))
    yield judge("a key in a contract that must be understood", one(CONTRACT | {"!newer": 1}))
    loose = registration.encode([], [subscription | {"newer": 1}])
    yield judge("an unknown key in a subscription", loose)
    strict = registration.encode([], [subscription | {"!newer": 1}])
    yield judge("a key in a subscription that must be understood", strict)
    for what, value in NEVER.items():
        yield judge(f"an unknown key with {what}", with_raw({"contracts": []}, "newer", value))
        yield judge(f"contracts that are {what}", with_raw({}, "contracts", value))
    good = one(CONTRACT)
    yield judge("a byte after it", good + b"\0")
    yield judge("cut short", good[:-1])
    yield judge("no byte", b"")
    yield judge("not a map", pack([CONTRACT]))
    yield judge("contracts that are a map", pack({"contracts": {}}))
    big = pack({"contracts": [registration.contract(f"C{n}", "/") for n in range(3)]})
    yield judge("three contracts on one path", big)
