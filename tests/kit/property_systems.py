"""Property systems on their own port: calendars, Guesty, Hospitable, Track and hotels', with real responses."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.kit.hotel_systems import answer_as_cloudbeds, answer_as_mews

Answer = tuple[int, dict[str, str], bytes]
TOKENS_A_DAY = 5


@dataclass
class Systems:
    """The systems' data, and the requests to them. `broken` answers the next requests instead, in order."""

    url: str = ""
    calendar: bytes = b""
    listings: list[dict[str, Any]] = field(default_factory=list)
    reservations: list[dict[str, Any]] = field(default_factory=list)
    broken: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    page: int = 100
    conversations: dict[str, str] = field(default_factory=dict)
    """Guesty's conversations, by reservation key."""
    messages: list[tuple[str, str]] = field(default_factory=list)
    """Messages to guests: the conversation or reservation, and the text."""
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    """Lines of bills: the booking, the amount, and the text with its key."""
    bills: dict[str, str] = field(default_factory=dict)
    """The state of each booking's bill that is not open; `*` for the currency of all."""
    lost: int = 0
    """This many writes are done but not confirmed by a response."""
    silence: threading.Event | None = None
    """Until it is set, lines of bills are added without a response."""
    silent_reads: bool = False
    """Whether other requests get no response then, either."""
    customers: list[dict[str, Any]] = field(default_factory=list)
    """Mews's customers."""
    voided: set[str] = field(default_factory=set)
    """Cloudbeds's voided items."""

    def queries(self, path: str) -> list[dict[str, list[str]]]:
        return [parse_qs(urlsplit(one).query) for one in self.asked if urlsplit(one).path == path]

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked.append(target)
        if self.broken:
            return self.broken.pop(0)
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/"):
            case ["api", "connector", "v1", *what] if method == "POST":
                return answer_as_mews(self, what, body)
            case ["api", "v1.3", what]:
                return answer_as_cloudbeds(self, what, query, headers, body)
            case ["calendar.ics"]:
                return 200, {"Content-Type": "text/calendar"}, self.calendar
            case ["oauth2", "token"] if method == "POST":
                return self._token(parse_qs(body.decode()))
            case ["v1", "invoice-items", "reservation", key] if method == "POST":
                item = json.loads(body)
                return self.add_line(key, item["amount"], item["title"])
            case ["v1", "reservations", key]:
                return _json(self._guestys_bill(key))
            case ["pms", "reservations", key]:
                return _json({"id": key, "status": self.bills.get(key, "Confirmed"), "currency": self._currency})
            case ["pms", "reservations", key, "fees"]:
                return self._tracks_fees(key, body) if method == "POST" else _json(self._fees(key))
            case ["connect", "token"] if method == "POST":
                return self._token(parse_qs(body.decode()))
            case ["finance", "v1", "folios"]:
                return _json({"folios": self._apaleos_folios(query["reservationIds"])})
            case ["finance", "v1", "folio-actions", folio, "charges"]:
                item = json.loads(body)
                return self.add_line(folio.removeprefix("folio-"), item["amount"]["amount"], item["name"])
            case ["finance", "v1", "folio-actions", folio, "charges", ref, "allowances"]:
                item = json.loads(body)
                return self.add_line(folio.removeprefix("folio-"), -item["amount"]["amount"], f"allowance of {ref}")
            case ["booking", "v1", "reservations"]:
                return _json({"reservations": self.reservations, "count": len(self.reservations)})
            case ["inventory", "v1", "units"]:
                return _json({"units": self.listings, "count": len(self.listings)})
            case ["v1", "communication", *rest]:
                return self._guestys_conversations(rest, query, headers, body)
            case ["v2", "reservations", key, "messages"] if method == "POST":
                return self._write(key, headers, body, token="Bearer personal")
            case ["v1", what]:
                return self._guesty(what, query, headers)
            case ["v2", what]:
                return self._hospitable(what, query, headers)
            case ["pms", what]:
                return self._track(what, query, headers)
            case _:
                return 404, {}, b""

    def _token(self, form: dict[str, list[str]]) -> Answer:
        if form.get("client_secret") != ["secret"]:
            return 401, {}, b'{"error": "invalid_client"}'
        if len(self.tokens) >= TOKENS_A_DAY:
            return 429, {"Retry-After": "3600"}, b"{}"
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return _json({"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": 86400})

    def _guesty(self, what: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if headers.get("authorization") != f"Bearer {self.tokens[-1] if self.tokens else '-'}":
            return 401, {}, b"{}"
        rows = self.listings if what == "listings" else self.reservations
        skip, limit = int(query.get("skip", 0)), int(query.get("limit", 25))
        return _json({"results": rows[skip : skip + limit], "count": len(rows), "limit": limit, "skip": skip})

    @property
    def _currency(self) -> str:
        return self.bills.get("*", "USD")

    def add_line(self, key: str, amount: float | str, text: str, *, written: Answer | None = None) -> Answer:
        self.lines.append((key, f"{amount}", text))
        if self.lost:
            self.lost -= 1
            return 502, {}, b""
        return written or _json({"_id": f"line-{len(self.lines)}", "id": f"line-{len(self.lines)}"})

    def lines_of(self, key: str) -> list[tuple[str, str]]:
        return [(f"line-{at}", text) for at, (booking, _, text) in enumerate(self.lines, start=1) if booking == key]

    def _guestys_bill(self, key: str) -> dict[str, Any]:
        items = [{"_id": ref, "title": text} for ref, text in self.lines_of(key)]
        status = self.bills.get(key, "confirmed")
        return {"_id": key, "status": status, "money": {"currency": self._currency, "invoiceItems": items}}

    def _tracks_fees(self, key: str, body: bytes) -> Answer:
        fee = json.loads(body)
        return self.add_line(key, fee["value"], fee["notes"])

    def _fees(self, key: str) -> dict[str, Any]:
        return {"_embedded": {"fees": [{"id": ref, "notes": text} for ref, text in self.lines_of(key)]}}

    def _apaleos_folios(self, key: str) -> list[dict[str, Any]]:
        charges = [{"id": ref, "name": text} for ref, text in self.lines_of(key)]
        status = self.bills.get(key, "Open")
        balance = {"amount": 0, "currency": self._currency}
        folio = {"id": f"folio-{key}", "isMainFolio": True, "status": status, "balance": balance, "charges": charges}
        return [folio]

    def _guestys_conversations(
        self, rest: list[str], query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        token = f"Bearer {self.tokens[-1] if self.tokens else '-'}"
        if rest == ["conversations"]:
            if headers.get("authorization") != token:
                return 401, {}, b"{}"
            key = json.loads(query["filters"])[0]["value"]
            rows = [
                {"_id": row, "integration": {"platform": "airbnb2"}}
                for at, row in self.conversations.items()
                if at == key
            ]
            return _json({"data": {"conversations": rows}})
        return self._write(rest[1], headers, body, token=token)

    def _write(self, key: str, headers: dict[str, str], body: bytes, *, token: str) -> Answer:
        if headers.get("authorization") != token:
            return 401, {}, b"{}"
        self.messages.append((key, json.loads(body)["body"]))
        return _json({"data": {"sent_reference_id": f"m-{len(self.messages)}"}})

    def _hospitable(self, what: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if headers.get("authorization") != "Bearer personal":
            return 401, {}, b"{}"
        rows = self.listings if what == "properties" else self.reservations
        if what == "reservations":
            rows = [row for row in rows if row["listing"] == query["properties[]"]]
        return _json({"data": rows, "meta": {"current_page": 1, "last_page": 1}})

    def _track(self, what: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if headers.get("authorization") != f"Basic {base64.b64encode(b'key:secret').decode()}":
            return 401, {}, b"{}"
        rows = self.listings if what == "units" else self.reservations
        if since := query.get("updatedSince"):
            rows = [row for row in rows if row["updatedAt"] >= since]
        page = int(query.get("page", 1))
        shown = rows[(page - 1) * self.page : page * self.page]
        links = {"next": {"href": f"/pms/{what}?page={page + 1}"}} if page * self.page < len(rows) else {}
        return _json({"_embedded": {what: shown}, "_links": links, "total_items": len(rows)})


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def standing() -> Iterator[Systems]:
    systems = Systems()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            lines = len(systems.lines)
            status, extra, content = systems.answer(self.command, self.path, headers, body)
            if systems.silence is not None and (systems.silent_reads or len(systems.lines) > lines):
                systems.silence.wait(60)
            self.send_response(status)
            for name, value in {**extra, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the client has read enough
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    systems.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield systems
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def airbnb(*events: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nPRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN\r\nCALSCALE:GREGORIAN\r\nVERSION:2.0"
    return "\r\n".join([head, *events, "END:VCALENDAR", ""]).encode()


def reserved(code: str, begins: str, ends: str, *, phone: str = "1234") -> str:
    """Returns a booking as Airbnb writes it: only its days, and the code in the link in the description."""
    return (
        f"BEGIN:VEVENT\r\nDTSTAMP:20260301T000000Z\r\nDTSTART;VALUE=DATE:{begins}\r\nDTEND;VALUE=DATE:{ends}\r\n"
        f"SUMMARY:Reserved\r\nUID:1418fb94e984-{code.lower()}@airbnb.com\r\n"
        f"DESCRIPTION:Reservation URL: https://www.airbnb.com/hosting/reservations/de\r\n tails/{code}\\nPhone Number "
        f"(Last 4 Digits): {phone}\r\nEND:VEVENT"
    )


def blocked(begins: str, ends: str, *, words: str = "Airbnb (Not available)") -> str:
    return (
        f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{begins}\r\nDTEND;VALUE=DATE:{ends}\r\nSUMMARY:{words}\r\n"
        f"UID:block-{begins}@airbnb.com\r\nEND:VEVENT"
    )
