"""The second implementation of FORMAT.md, held to tests/vectors/envelope.

python3 tests/e2e/test_vectors.py
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
sys.path[:0] = [str(HERE), str(VECTORS)]

from envelope_cases.judge import judge  # noqa: E402
from sealbus_reference import Refused, auth_context, registration  # noqa: E402
from sealbus_reference.keys import RootKey, ServiceKey, x25519_public  # noqa: E402
from sealbus_reference.proof import verify_proof  # noqa: E402
from sealbus_reference.session import Parties  # noqa: E402


def load(name: str) -> dict[str, Any]:
    """One file of vectors."""
    return json.loads((VECTORS / "envelope" / f"{name}.json").read_text())


def plain(value: Any) -> Any:
    """`value` as it stands in the files: bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


class NumberedChecks(unittest.TestCase):
    """Every accept and reject case of section 9."""

    def test_every_case_ends_as_its_file_says(self) -> None:
        for name in ("accept", *(f"check{number}" for number in range(1, 9))):
            content = load(name)
            self.assertGreater(len(content["cases"]), 10)
            for case in content["cases"]:
                with self.subTest(file=name, case=case["name"]):
                    outcome = plain(judge(content["defaults"][0] | case))
                    self.assertEqual(outcome.get("reason"), case["reason"])
                    self.assertEqual(outcome.get("header"), case.get("header"))
                    self.assertEqual(outcome.get("payload"), case.get("payload"))


class Parts(unittest.TestCase):
    """Keys, proofs, contexts and registrations by themselves."""

    def test_keys_are_derived_as_the_file_says(self) -> None:
        for case in load("keys")["derived"]:
            names = ("sidecar", "ingress", "sidecarNonce", "ingressNonce")
            ends = [bytes.fromhex(case[name]) for name in names]
            root, parties = RootKey.parse(case["root"]), Parties(case["service"], *ends)
            key = root.derive(case["service"])
            found = {
                "serviceKey": key.text(),
                "keyId": key.id,
                "kUp": key.handshake_key("up"),
                "kDown": key.handshake_key("down"),
                "kProof": root.proof_key,
                "curvePublicIngress": x25519_public(root.curve_secret),
                "curvePublicSidecar": x25519_public(key.curve_secret),
                "tUp": parties.traffic_key(key, "up"),
                "tDown": parties.traffic_key(key, "down"),
                "sessionId": parties.session_id(key),
            }
            self.assertEqual(case | plain(found), case)

    def test_x25519_is_that_of_the_standard(self) -> None:
        # RFC 7748 section 5.2: the first of the iterated values.
        public = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
        self.assertEqual(x25519_public(b"\x09" + bytes(31)).hex(), public)

    def test_texts_are_keys_or_none(self) -> None:
        content = load("keys")
        for case in content["texts"]:
            with self.subTest(case=case["name"]):
                if case["service"] is None:
                    RootKey.parse(case["text"])
                else:
                    self.assertEqual(ServiceKey.parse(case["text"]).service, case["service"])
        for case in content["noKeys"]:
            with self.subTest(case=case["name"]):
                self.assertRaises(ValueError, ServiceKey.parse, case["text"])
                self.assertRaises(ValueError, RootKey.parse, case["text"])

    def test_proofs(self) -> None:
        for case in load("proof")["cases"]:
            with self.subTest(case=case["name"]):
                key = RootKey.parse(case["rootKey"]).proof_key
                proof, message, auth = (
                    bytes.fromhex(case[name]) for name in ("proof", "message", "auth")
                )
                arguments = (key, proof, case["service"], message, auth, case["now"])
                if case["result"] == "accept":
                    self.assertEqual(verify_proof(*arguments), case["expiry"])
                else:
                    with self.assertRaises(Refused) as raised:
                        verify_proof(*arguments)
                    self.assertEqual(raised.exception.code, case["reason"])

    def test_contexts_and_registrations(self) -> None:
        for name, decode in (
            ("authcontext", auth_context.decode),
            ("registration", registration.decode),
        ):
            for case in load(name)["cases"]:
                with self.subTest(file=name, case=case["name"]):
                    data = bytes.fromhex(case["bytes"])
                    if case["result"] == "accept":
                        self.assertEqual(decode(data), case["decoded"])
                    else:
                        self.assertRaises(Refused, decode, data)


class Generator(unittest.TestCase):
    """The committed files are what the generator makes."""

    def test_it_makes_the_same_files_again(self) -> None:
        script = VECTORS / "make_envelope_vectors.py"
        done = subprocess.run(
            [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
