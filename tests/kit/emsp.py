"""A strict eMSP on its own port: real HTTP, written from the tables of OCPI, with ways to misbehave.

Requests to it are checked against `ocpi_tables`; every deviation from OCPI is in `complaints`, with its clause.
`faults` makes it misbehave: by the beginning of a path, what happens to the next requests.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import httpx

from tests.kit import ocpi_tables

FUNCTIONAL = {"locations", "sessions", "cdrs", "tariffs", "tokens", "commands", "results"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    @property
    def module(self) -> str:
        return (self.path.split("/") + [""] * 4)[3]


@dataclass
class Emsp:
    """The partner. `sees` is the token that it shows its peer; `shown` are the tokens that it accepts."""

    url: str = ""
    version: str = "2.2.1"
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    without_roles: tuple[str, ...] = ("2.1.1",)
    country_code: str = "NL"
    party_id: str = "EMS"
    role: str = "EMSP"
    is_base64: bool | None = None
    token_a: str = "invitation-of-ems"
    shown: set[str] = field(default_factory=set)
    peer: dict[str, Any] = field(default_factory=dict)
    peer_token: str = ""
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    objects: dict[tuple[str, ...], Any] = field(default_factory=dict)
    cards: list[dict[str, Any]] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    page_size: int = 50
    asks_back: bool = True

    # The partner's own requests.

    def encoded(self, token: str) -> str:
        encodes = self.version not in self.without_roles if self.is_base64 is None else self.is_base64
        return base64.b64encode(token.encode()).decode() if encodes else token

    def call(self, method: str, url: str, *, body: Any = None, token: str = "", **headers: str) -> httpx.Response:
        named = {
            "Authorization": f"Token {self.encoded(token or self.peer_token)}",
            "X-Request-ID": secrets.token_hex(8),
            "X-Correlation-ID": secrets.token_hex(8),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = None if body is None else json.dumps(body)
        if content is not None:
            named = {"Content-Type": "application/json"} | named
        return httpx.request(method, url, headers=named, content=content, timeout=20)

    def ask(self, method: str, module: str, *parts: str, **options: Any) -> httpx.Response:
        """Calls a module of the peer, at the advertised address."""
        return self.call(method, "/".join((self.endpoint(module), *parts)), **options)

    def endpoint(self, module: str) -> str:
        return next(entry["url"] for entry in self.peer["endpoints"] if entry["identifier"] == module)

    def discover(self, versions_url: str, *, token: str) -> None:
        listed = self.call("GET", versions_url, token=token).json()["data"]
        url = next(entry["url"] for entry in listed if entry["version"] == self.version)
        self.peer = self.call("GET", url, token=token).json()["data"]

    def register(self, versions_url: str, *, token_a: str, method: str = "POST") -> httpx.Response:
        """Performs the handshake that this partner begins, or repeats it as a rotation."""
        self.discover(versions_url, token=token_a)
        mine = secrets.token_urlsafe(16)
        self.shown.add(mine)
        response = self.ask(method, "credentials", body=self.credentials(mine), token=token_a)
        envelope = response.json()
        if envelope.get("data"):
            ocpi_tables.check("Credentials", envelope["data"], version=self.version, complaints=self.complaints)
            self.peer_token = envelope["data"]["token"]
        return response

    def credentials(self, token: str) -> dict[str, Any]:
        details = {"name": "Example eMSP"}
        party = {"country_code": self.country_code, "party_id": self.party_id, "business_details": details}
        common = {"token": token, "url": f"{self.url}/ocpi/versions"}
        return common | (party if self.version in self.without_roles else {"roles": [party | {"role": self.role}]})

    def held(self, module: str) -> list[Any]:
        return [value for key, value in self.objects.items() if key[0] == module]

    # The partner's responses.

    def answer(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match parts:
            case ["ocpi", "versions"]:
                return 200, [{"version": each, "url": f"{self.url}/ocpi/{each}"} for each in self.versions], {}
            case ["ocpi", version]:
                return 200, self.details(version), {}
            case ["ocpi", version, "credentials"]:
                return self.handshake(request, version)
            case ["ocpi", _, "results", *_]:
                self.results.append(request.body)
                ocpi_tables.check("CommandResult", request.body, version=self.version, complaints=self.complaints)
                return 200, None, {}
            case ["ocpi", _, "tokens"] if request.method == "GET":
                return self.token_page(request)
            case ["ocpi", _, "tokens", uid, "authorize"]:
                card = next((card for card in self.cards if card["uid"] == uid), None)
                info = {"allowed": "ALLOWED"} | ({} if self.version in self.without_roles else {"token": card})
                return (404, None, {}) if card is None else (200, info, {})
            case ["ocpi", _, "cdrs", *rest]:
                return self.cdr(request, rest)
            case ["ocpi", _, module, *rest] if rest:
                return self.store(request, module, rest)
        return 404, None, {}

    def details(self, version: str) -> dict[str, Any]:
        roles = {"tokens": "SENDER", "credentials": "RECEIVER"}
        modules = ("credentials", "tokens", "locations", "sessions", "cdrs", "tariffs", "commands")
        return {
            "version": version,
            "endpoints": [
                {
                    "identifier": module,
                    "url": f"{self.url}/ocpi/{version}/{module}",
                    **({} if version in self.without_roles else {"role": roles.get(module, "RECEIVER")}),
                }
                for module in modules
            ],
        }

    def handshake(self, request: Request, version: str) -> tuple[int, Any, dict[str, str]]:
        """Reads the caller's versions with the caller's token before it answers (7.2.2)."""
        if request.method == "DELETE":
            self.shown.clear()
            return 200, None, {}
        self.version = version
        ocpi_tables.check("Credentials", request.body, version=version, complaints=self.complaints)
        if self.asks_back:
            self.discover(request.body["url"], token=request.body["token"])
        self.peer_token = request.body["token"]
        mine = secrets.token_urlsafe(16)
        if request.method == "POST":
            self.shown.discard(self.token_a)
            self.token_a = ""
        self.shown.add(mine)
        return 200, self.credentials(mine), {}

    def token_page(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        offset = int(request.query.get("offset", 0))
        limit = min(int(request.query.get("limit", self.page_size)), self.page_size)
        since = request.query.get("date_from", "")
        chosen = [card for card in self.cards if card["last_updated"] >= since]
        headers = {"X-Total-Count": str(len(chosen)), "X-Limit": str(self.page_size)}
        if offset + limit < len(chosen):
            query = {"offset": offset + limit, "limit": limit} | ({"date_from": since} if since else {})
            headers["Link"] = f'<{self.url}{request.path}?{urlencode(query)}>; rel="next"'
        return 200, chosen[offset : offset + limit], headers

    def cdr(self, request: Request, rest: list[str]) -> tuple[int, Any, dict[str, str]]:
        if request.method == "POST":
            ocpi_tables.check("CDR", request.body, version=self.version, complaints=self.complaints)
            key = ("cdrs", request.body["id"])
            if key in self.objects:
                self.complaints.append(f"10.2.2: CDR {request.body['id']} was posted twice")
            self.objects[key] = request.body
            return 201, None, {"Location": f"{self.url}/ocpi/{self.version}/cdrs/{request.body['id']}"}
        if request.method != "GET":
            self.complaints.append(f"10.2.2: {request.method} of a CDR")
            return 405, None, {}
        if not rest:
            return 200, self.held("cdrs"), {}
        value = self.objects.get(("cdrs", rest[0]))
        return (200, value, {}) if value is not None else (404, None, {})

    def store(self, request: Request, module: str, rest: list[str]) -> tuple[int, Any, dict[str, str]]:
        key = (module, *(part.upper() for part in rest))
        kind = {"locations": "Location", "sessions": "Session", "tariffs": "Tariff"}.get(module, "")
        if module == "locations" and len(rest) == 4:
            kind = "EVSE"
        match request.method:
            case "GET":
                value = self.objects.get(key)
                return (200, value, {}) if value is not None else (404, None, {})
            case "DELETE" if module == "tariffs":
                return (200, None, {}) if self.objects.pop(key, None) is not None else (404, None, {})
            case "PUT":
                ocpi_tables.check(kind, request.body, version=self.version, complaints=self.complaints)
                is_new = key not in self.objects
                self.objects[key] = request.body
                return 201 if is_new else 200, None, {}
            case "PATCH":
                return self.patch(request, key, rest)
        self.complaints.append(f"{request.method} {request.path}: no such method")
        return 405, None, {}

    def patch(self, request: Request, key: tuple[str, ...], rest: list[str]) -> tuple[int, Any, dict[str, str]]:
        if "last_updated" not in request.body:
            self.complaints.append(f"PATCH {request.path}: without last_updated (issue 355)")
        if key[0] == "locations" and len(rest) == 4:
            location = self.objects.get(key[:-1])
            evses = [] if location is None else location["evses"]
            evse = next((value for value in evses if value["uid"].upper() == rest[3].upper()), None)
            if evse is None:
                return 404, None, {}
            evse.update(request.body)
            location["last_updated"] = request.body.get("last_updated", "")
            return 200, None, {}
        if key not in self.objects:
            return 404, None, {}
        changes = dict(request.body)
        if "charging_periods" in changes:
            changes["charging_periods"] = self.objects[key].get("charging_periods", []) + changes["charging_periods"]
        self.objects[key].update(changes)
        return 200, None, {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    emsp: Emsp

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        parts = urlsplit(self.path)
        body = json.loads(raw) if raw else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        self.emsp.requests.append(request)
        fault = self._fault(parts.path)
        if fault == "slow":
            time.sleep(0.3)
        if fault.isdecimal():
            self._write(int(fault), b"{}", {"Retry-After": "7"} if fault == "429" else {"Location": f"{self.path}/"})
            return
        if not self._is_known():
            self._respond(401, None, {}, status=2000)
            return
        self._check_headers(request)
        try:
            http, data, answer_headers = self.emsp.answer(request)
        except Exception as exc:  # noqa: BLE001 - a partner that stumbles answers, too
            self.emsp.complaints.append(f"{request.method} {request.path}: {exc!r}")
            http, data, answer_headers = 500, None, {}
        if fault == "lost":
            self.close_connection = True
            return
        unknown = 2004 if request.path.endswith("/authorize") else 2003
        status = 1000 if http < 300 else unknown
        if fault.startswith("status "):
            http, status = 200, int(fault.split()[1])
        self._respond(
            http, data, answer_headers, status=status, truncated=fault == "truncated", wrapped=fault == "list"
        )

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _fault(self, path: str) -> str:
        for prefix, waiting in self.emsp.faults.items():
            if path.startswith(prefix) and waiting:
                return waiting.pop(0)
        return ""

    def _is_known(self) -> bool:
        stated = self.headers.get("Authorization", "").removeprefix("Token ")
        good = {*self.emsp.shown, self.emsp.token_a} - {""}
        return stated in {self.emsp.encoded(token) for token in good}

    def _check_headers(self, request: Request) -> None:
        for name in ("x-request-id", "x-correlation-id"):
            if not request.headers.get(name):
                self.emsp.complaints.append(f"4.1.3: {request.method} {request.path} without {name}")
        is_routed = request.module in FUNCTIONAL and request.path.split("/")[2] not in self.emsp.without_roles
        for name in ("ocpi-to-country-code", "ocpi-to-party-id", "ocpi-from-country-code", "ocpi-from-party-id"):
            if (name in request.headers) != is_routed and request.module != "results":
                verb = "without" if is_routed else "with"
                self.emsp.complaints.append(f"8.2.2: {request.method} {request.path} {verb} {name}")
        if "//" in request.path or request.path.endswith("/"):
            self.emsp.complaints.append(f"7.3: {request.path} has a slash too many")

    def _respond(
        self,
        http: int,
        data: Any,
        headers: dict[str, str],
        *,
        status: int,
        truncated: bool = False,
        wrapped: bool = False,
    ) -> None:
        envelope: Any = {"status_code": status, "timestamp": datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        if data is not None:
            envelope["data"] = data
        content = json.dumps([envelope] if wrapped else envelope).encode()
        self._write(http, content[:-9] if truncated else content, self._answering_headers() | headers)

    def _answering_headers(self) -> dict[str, str]:
        """The ids of the request, and its route turned around."""
        route = {
            f"OCPI-{there}-{half}": self.headers[f"OCPI-{back}-{half}"]
            for there, back in (("to", "from"), ("from", "to"))
            for half in ("country-code", "party-id")
        }
        ids = {name: self.headers[name] for name in ("X-Request-ID", "X-Correlation-ID")}
        return {name: value for name, value in (route | ids).items() if value}

    def _write(self, http: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(http)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def standing(**fields: Any) -> Iterator[Emsp]:
    emsp = Emsp(**fields)

    class Handler(_Handler):
        pass

    Handler.emsp = emsp
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    emsp.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield emsp
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
