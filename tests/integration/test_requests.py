"""A request on its whole way: who it is from, what the service receives, what the caller hears."""

import unittest

from common import SealbusTest


class Requests(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        self.start_all()

    def test_the_service_receives_identity_and_request_and_its_reply_is_the_response(self) -> None:
        response = self.at.request(
            "POST", "/api/echo?a=1&b=%20", '{"name":"Ada"}',
            {"Content-Type": "application/json", "Accept-Language": "de", "Cookie": "c=1"}, self.token)
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        got = response.json
        self.assertEqual(got["userId"], "user-123")
        self.assertEqual(got["permissions"], ["users:create", "users:read"])
        self.assertEqual(got["method"], "jwt")
        self.assertEqual(got["payload"], '{"name":"Ada"}')
        self.assertEqual((got["path"], got["query"]), ("/api/echo", "a=1&b=%20"))
        self.assertEqual(got["headers"]["accept-language"], "de")

    def test_credentials_and_what_is_not_allow_listed_do_not_reach_the_service(self) -> None:
        response = self.at.request(
            "GET", "/api/echo", headers={"Cookie": "c=1", "X-User-Id": "root"}, token=self.token)
        names = set(response.json["headers"])
        self.assertEqual(names & {"authorization", "cookie", "x-user-id"}, set())

    def test_a_path_parameter_is_captured_and_decoded(self) -> None:
        response = self.at.request("GET", "/api/parts/a%20b", token=self.token)
        self.assertEqual(response.json["params"], {"part": "a b"})

    def test_a_public_route_needs_no_credentials_and_is_anonymous(self) -> None:
        response = self.at.request("GET", "/api/open")
        self.assertEqual(response.status, 200)
        self.assertEqual((response.json["userId"], response.json["method"]), ("", "anonymous"))

    def test_one_of_any_of_is_enough(self) -> None:
        token = self.at.token("u", "a:two")
        self.assertEqual(self.at.request("POST", "/api/either", token=token).status, 200)

    def test_without_any_of_any_of_all_are_named_as_missing(self) -> None:
        response = self.at.request("POST", "/api/either", token=self.token)
        self.assert_refused(response, 403, "insufficient_permissions")
        self.assertEqual(response.json["missing"], ["a:one", "a:two"])

    def test_a_missing_permission_is_named_in_body_and_challenge(self) -> None:
        response = self.at.request("GET", "/api/echo", token=self.at.token("u", "users:read"))
        self.assert_refused(response, 403, "insufficient_permissions")
        self.assertEqual(response.json["missing"], ["users:create"])
        self.assertIn('scope="users:create"', response.headers["WWW-Authenticate"])

    def test_a_wildcard_in_a_token_is_an_ordinary_permission(self) -> None:
        response = self.at.request("GET", "/api/echo", token=self.at.token("u", "*"))
        self.assert_refused(response, 403, "insufficient_permissions")

    def test_nobody_learns_what_exists_before_saying_who_they_are(self) -> None:
        self.assert_refused(self.at.request("GET", "/api/no-such"), 401, "authentication_required")
        self.assert_refused(self.at.request("DELETE", "/api/echo"), 401, "authentication_required")

    def test_an_unknown_path_is_404_and_a_wrong_method_405_with_allow(self) -> None:
        self.assert_refused(self.at.request("GET", "/api/no-such", token=self.token), 404, "not_found")
        response = self.at.request("DELETE", "/api/echo", token=self.token)
        self.assert_refused(response, 405, "method_not_allowed")
        self.assertEqual(response.headers["Allow"], "GET, POST")

    def test_what_a_handler_raises_is_a_500_without_its_text(self) -> None:
        response = self.at.request("POST", "/api/fail", token=self.token)
        self.assert_refused(response, 500, "internal")
        self.assertNotIn(b"swordfish", response.body)
        self.assertNotIn("swordfish", self.ingress.output() + self.sidecar.output())

    def test_no_reply_in_time_is_a_504(self) -> None:
        response = self.at.request("POST", "/api/late", token=self.token)
        self.assert_refused(response, 504, "reply_timeout")
        self.release()

    def test_a_request_id_is_kept_if_it_is_one_and_made_otherwise(self) -> None:
        kept = self.at.request("GET", "/api/open", headers={"X-Request-Id": "abc-1"})
        self.assertEqual(kept.headers["X-Request-Id"], "abc-1")
        made = self.at.request("GET", "/api/open", headers={"X-Request-Id": "no spaces please"})
        self.assertRegex(made.headers["X-Request-Id"], r"^[0-9a-f-]{36}$")

    def test_a_content_type_beyond_its_bound_is_refused_and_loses_nothing(self) -> None:
        response = self.at.request(
            "POST", "/api/echo", "x", {"Content-Type": "text/" + "x" * 300}, self.token)
        self.assert_refused(response, 400, "bad_request")
        self.assertEqual(self.at.request("GET", "/api/echo", token=self.token).status, 200)

    def test_no_token_secret_or_payload_is_ever_logged(self) -> None:
        self.at.request("POST", "/api/echo", "a-payload-to-look-for", token=self.token)
        self.at.request("POST", "/api/echo", "a-payload-to-look-for", token=self.token[:-3] + "AAA")
        self.ingress.wait_for("JWT validation failed: invalid signature")
        logs = self.ingress.output() + self.sidecar.output()
        for part in [*self.token.split("."), "a-payload-to-look-for", self.at.secret]:
            self.assertNotIn(part, logs)
        self.assertNotIn((self.at.dir / "root.key").read_text().strip()[16:], logs)


if __name__ == "__main__":
    unittest.main()
