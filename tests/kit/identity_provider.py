"""A real OpenID Connect provider on its own port: discovery, JWKS, code flow with PKCE, RS256.

It logs in the person that a test names, without asking; its answers can be falsified.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "our client", "s3cret:with/odd characters"


@dataclass
class IdentityProvider:
    """The provider. `person` are the claims of the next log-in; `signs_with` is another key than the published one."""

    url: str
    person: dict[str, Any] = field(default_factory=dict)
    token_claims: dict[str, Any] = field(default_factory=dict)
    """False values for the id token."""
    published_issuer: str = ""
    userinfo: dict[str, Any] | None = None
    tokens_asked: int = 0
    signs_with: Any = None
    _key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _access: str = "access-token"
    _nonce: str = ""

    def configuration(self) -> dict[str, Any]:
        found = {
            "issuer": self.published_issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return found | ({"userinfo_endpoint": f"{self.url}/userinfo"} if self.userinfo is not None else {})

    def keys(self) -> dict[str, Any]:
        return {"keys": [jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True) | {"kid": "1"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Returns where the browser goes next (RFC 6749 4.1.2)."""
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], *, client: str, secret: str) -> tuple[int, dict[str, Any]]:
        """Issues tokens for one use of the code, to the client that requested it, with its challenge's verifier."""
        self.tokens_asked += 1
        if (client, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        begun = self._codes.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if begun is None or (begun["redirect_uri"], begun["code_challenge"]) != (asked["redirect_uri"], challenge):
            return 400, {"error": "invalid_grant"}
        self._nonce = begun.get("nonce", "")
        return 200, {"access_token": self._access, "token_type": "Bearer", "id_token": self.id_token()}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self._nonce}
        claims |= {**self.person, **self.token_claims}
        return jwt.encode(claims, self.signs_with or self._key, algorithm="RS256", headers={"kid": "1"})


@contextmanager
def standing() -> Iterator[IdentityProvider]:
    """Runs the provider on a free local port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.provider = IdentityProvider(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known, parts = self._known(), urlsplit(self.path)
        match parts.path:
            case "/.well-known/openid-configuration":
                self._answer(200, known.configuration())
            case "/keys":
                self._answer(200, known.keys())
            case "/userinfo" if self.headers["Authorization"] == f"Bearer {known._access}":
                self._answer(200, known.userinfo or {})
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", known.authorize(_flat(parts.query)))
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        pair = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, _, secret = pair.partition(":")
        named = _flat(urlencode({"x": ""}) + f"&client={client}&secret={secret}")
        self._answer(*self._known().token(_flat(body), client=named.get("client", ""), secret=named.get("secret", "")))

    def _known(self) -> IdentityProvider:
        found: IdentityProvider = self.server.provider  # type: ignore[attr-defined]
        return found

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
