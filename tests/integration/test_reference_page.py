"""The development and HS256 parts of the troubleshooting page: its requests, statuses, texts and
the lines that it greps for."""

import base64
import hashlib
import hmac
import json
import time
import unittest

from common import CONTRACTS, SealbusTest


def sign(secret: str, claims: dict, **header: object) -> str:
    """A token as somebody else's library makes it, from the standard library alone."""

    def part(value: object) -> str:
        text = json.dumps(value).encode() if not isinstance(value, bytes) else value
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()

    signed = part({"alg": "HS256", "typ": "JWT"} | header) + "." + part(claims)
    return signed + "." + part(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))


class Hs256(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()

    def claims(self, **changed: object) -> dict:
        good = {"sub": "user-123", "permissions": ["users:create"], "exp": int(time.time()) + 60}
        return {k: v for k, v in (good | changed).items() if v is not None}

    def send(self, token: str):
        return self.at.request("POST", "/api/echo", "{}", token=token)

    def assert_invalid_token(self, token: str, code: str, detail: str) -> None:
        response = self.send(token)
        self.assert_refused(response, 401, code)
        self.assertEqual((response.json["error"], response.json["detail"]), ("Invalid token", detail))
        self.ingress.wait_for("JWT validation failed: " + detail.replace("'", "."))

    def test_the_log_says_which_mode_is_configured(self) -> None:
        self.ingress.wait_for("JWTAuthenticationEngine: Configured for HS256 mode")

    def test_a_good_token_passes_and_its_user_is_logged(self) -> None:
        self.assertEqual(self.send(sign(self.at.secret, self.claims())).status, 200)
        self.ingress.wait_for("Authenticated user: user-123")

    def test_permissions_in_each_of_the_formats(self) -> None:
        for name, value in (("permissions", ["users:create", "users:read"]),
                            ("https://api.yourapp.com/permissions", ["users:create"]),
                            ("scope", "users:create users:read")):
            with self.subTest(name):
                token = sign(self.at.secret, self.claims(permissions=None) | {name: value})
                self.assertEqual(self.send(token).status, 200)

    def test_no_credentials(self) -> None:
        response = self.at.request("POST", "/api/echo", "{}")
        self.assert_refused(response, 401, "authentication_required")
        self.assertEqual(response.json["error"], "Authentication required")
        self.assertEqual(response.headers["WWW-Authenticate"], 'Bearer realm="sealbus"')

    def test_development_headers_when_the_mode_is_off(self) -> None:
        response = self.at.request(
            "POST", "/api/echo", "{}", {"X-Dev-User-Id": "test-user", "X-Dev-Permissions": "*"})
        self.assert_refused(response, 401, "development_disabled")
        self.assertEqual(response.json["detail"],
                         "development headers sent, DEVELOPMENT_AUTH_ENABLED is not true")
        self.ingress.wait_for("DEVELOPMENT_AUTH_ENABLED")

    def test_a_missing_sub(self) -> None:
        self.assert_invalid_token(sign(self.at.secret, self.claims(sub=None)), "missing_sub",
                                  "JWT missing required 'sub' claim")

    def test_another_algorithm(self) -> None:
        self.assert_invalid_token(sign(self.at.secret, self.claims(), alg="RS256"),
                                  "invalid_algorithm", "invalid algorithm")

    def test_another_secret(self) -> None:
        self.assert_invalid_token(sign("x" * 32, self.claims()), "invalid_signature",
                                  "invalid signature")

    def test_an_expired_token(self) -> None:
        self.assert_invalid_token(sign(self.at.secret, self.claims(exp=int(time.time()) - 3600)),
                                  "token_expired", "jwt expired")

    def test_something_that_is_no_token(self) -> None:
        self.assert_invalid_token("abc", "malformed_token", "jwt malformed")

    def test_a_missing_permission_is_403_and_the_admin_port_says_what_is_required(self) -> None:
        response = self.send(sign(self.at.secret, self.claims(permissions=["users:read"])))
        self.assert_refused(response, 403, "insufficient_permissions")
        contracts = self.at.admin("/api/services/users/contracts").json["contracts"]
        echo = next(contract for contract in contracts if contract["name"] == "Echo")
        self.assertEqual(echo["requiredPermissions"], ["users:create"])


class Development(SealbusTest):
    def headers(self, permissions: str = "*") -> dict[str, str]:
        return {"X-Dev-User-Id": "test-user-123", "X-Dev-Permissions": permissions}

    def test_development_headers_are_an_identity_and_everything_says_so(self) -> None:
        self.start_all(DEVELOPMENT_AUTH_ENABLED="true")
        response = self.at.request("GET", "/api/echo", headers=self.headers())
        self.assertEqual(response.status, 200)
        self.assertEqual((response.json["userId"], response.json["method"]),
                         ("test-user-123", "development"))
        self.assertEqual(response.headers["Sealbus-Auth"], "development")
        for line in ("DEVELOPMENT_AUTH_ENABLED=true: ", "Development auth: Using development auth",
                     "Authenticated user: test-user-123", "Loosened: auth.development"):
            self.ingress.wait_for(line)

    def test_named_permissions_are_enough_and_others_are_not(self) -> None:
        self.start_all(DEVELOPMENT_AUTH_ENABLED="true")
        path = "/api/echo"
        good = self.at.request("GET", path, headers=self.headers("users:create,users:read"))
        self.assertEqual(good.status, 200)
        self.assertEqual(good.json["permissions"], ["users:create", "users:read"])
        bad = self.at.request("GET", path, headers=self.headers("users:read"))
        self.assert_refused(bad, 403, "insufficient_permissions")

    def test_a_bad_token_never_falls_back_to_the_headers(self) -> None:
        self.start_all(DEVELOPMENT_AUTH_ENABLED="true")
        response = self.at.request("GET", "/api/echo", headers=self.headers(), token="abc")
        self.assert_refused(response, 401, "malformed_token")

    def test_tokens_work_beside_the_headers(self) -> None:
        self.start_all(DEVELOPMENT_AUTH_ENABLED="true")
        response = self.at.request("GET", "/api/echo", token=self.token)
        self.assertEqual(response.json["method"], "jwt")

    def test_a_sidecar_that_does_not_accept_them_refuses(self) -> None:
        self.start_all(DEVELOPMENT_AUTH_ENABLED="true")
        self.sidecar.terminate()
        strict = self.at.sidecar("users", CONTRACTS)
        strict.wait_for("Door: .* subscribed")
        self.at.wait_until_answered("GET", "/api/echo", self.token)
        response = self.at.request("GET", "/api/echo", headers=self.headers())
        self.assert_refused(response, 401, "development_refused")
        self.assertEqual(response.json["error"], "Invalid identity")

    def test_a_token_without_any_token_mode_is_refused_by_name(self) -> None:
        self.at.ingress(DEVELOPMENT_AUTH_ENABLED="true", JWT_SECRET_FILE=None)
        response = self.at.request("GET", "/api/echo", token=self.at.token())
        self.assert_refused(response, 401, "token_auth_disabled")
        self.assertEqual(response.json["detail"], "Neither JWT_SECRET nor JWKS_URI is set")


if __name__ == "__main__":
    unittest.main()
