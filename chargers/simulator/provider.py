"""A simulated mobility provider for OCPI's real-time authorization, for the demo and tests.

It implements just enough HTTP for `POST /ocpi/emsp/2.2.1/tokens/{uid}/authorize` and `GET /ocpi/emsp/2.2.1/tokens`.
Each card has its own delay and answer. Other cards are unknown to it (status 2004).
"""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from chargers.simulator import hotel
from chargers.simulator.emsp import Emsp, Reply
from chargers.simulator.hotel import Hotel

TOKENS_PATH = "/ocpi/emsp/2.2.1/tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a card's question is answered.

    `body` replaces OCPI's envelope; `pause_s` is the pause between single bytes.
    """

    word: str = "ALLOWED"
    info: str = ""
    reference: str = ""
    delay_s: float = 0
    status: int = 200
    content_type: str = "application/json"
    body: bytes | None = None
    location: str = ""
    pause_s: float = 0
    evse_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedQuestion:
    """A question as it arrived."""

    uid: str
    query: str
    token: str
    headers: Mapping[str, str]
    location: Any
    method: str = "POST"
    path: str = ""
    body: bytes = b""


DEMO_MANNERS = {
    "NLEMS0000101": Manner(info="Welcome to Harbour Hotel", reference="EMS-2026-0101", delay_s=0.12),
    "NLEMS0000402": Manner(word="NO_CREDIT", info="Your prepaid balance is used up", delay_s=0.2),
    "DESLO0000007": Manner(delay_s=20),
}


def card(uid: str, /, **fields: Any) -> dict[str, Any]:
    """Returns a Token object (OCPI 2.2.1 12.3.2) of the provider whose code begins the UID."""
    return {
        "country_code": uid[:2], "party_id": uid[2:5], "uid": uid, "type": "RFID", "contract_id": uid,
        "issuer": "Example eMSP", "valid": True, "whitelist": "ALWAYS", "last_updated": "2026-01-01T00:00:00Z",
        **fields,
    }  # fmt: skip


DEMO_CARDS = [
    card("NLEMS0000042"),
    card("NLEMS0000099", whitelist="ALLOWED"),  # valid again, but we do not know that yet
    card("NLEMS0000101", whitelist="NEVER"),
    card("NLEMS0000402", whitelist="ALLOWED"),
    card("DESLO0000007", whitelist="ALLOWED_OFFLINE"),
]


@dataclass(slots=True)
class Provider:
    """The server. `manners` may be changed while it runs; `asked` collects all questions."""

    manners: dict[str, Manner] = field(default_factory=dict)
    asked: list[ReceivedQuestion] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    """The Token objects in its list."""
    calendars: Mapping[str, Callable[[datetime], bytes]] = field(default_factory=dict)
    """Calendar feeds of property systems on the same server, by the last part of their address."""
    hotel: Hotel | None = None
    """A property system on the same server."""
    page: int = 100
    """The maximum page size, whatever size is requested."""
    next_page: str = ""
    """The address of the next page, if not on its own server."""
    partner: Emsp = field(default_factory=Emsp)
    """The partner's interfaces besides its tokens."""
    _server: asyncio.Server | None = None

    async def start(self, listener: socket.socket | None = None) -> str:
        """Starts listening, by default on a free local port. Returns the address of its tokens endpoint."""
        listener = listener or socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._server = await asyncio.start_server(self._converse, sock=listener)
        host, port = listener.getsockname()[:2]
        return f"http://{host}:{port}{TOKENS_PATH}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._answer(await _request(reader), writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, request: ReceivedQuestion, writer: asyncio.StreamWriter) -> None:
        self.asked.append(request)
        reply = self.partner.reply(
            request.method, request.path, request.location, base=f"http://{request.headers.get('host', '')}"
        )
        if reply is not None:
            writer.write(_render_partner_reply(reply))
            await writer.drain()
            return
        if (other_answer := self._answer_other_system(request)) is not None:
            writer.write(_response(other_answer))
            await writer.drain()
            return
        if request.method == "GET":
            writer.write(self._list(request))
            await writer.drain()
            return
        manner = self.manners.get(request.uid)
        if manner is not None:
            await asyncio.sleep(manner.delay_s)
        text = _response(manner or _UNKNOWN, is_known=manner is not None)
        if manner is None or not manner.pause_s:
            writer.write(text)
        else:
            for byte in text:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(manner.pause_s)
        await writer.drain()

    def _answer_other_system(self, request: ReceivedQuestion) -> Manner | None:
        """Returns the answer of the other systems on this server; None if the question is the provider's own."""
        now = datetime.now(tz=UTC)
        if self.hotel is not None and request.path.startswith(f"{hotel.PATH}/"):
            subpath = request.path.removeprefix(hotel.PATH)
            status, document = self.hotel.answer(
                request.method, subpath, query=request.query, body=request.body, now=now
            )
            return Manner(status=status, body=json.dumps(document).encode())
        if request.method == "GET" and request.uid in self.calendars:
            return Manner(body=self.calendars[request.uid](now), content_type="text/calendar; charset=utf-8")
        return None

    def _list(self, request: ReceivedQuestion) -> bytes:
        """Returns a page with the address of the next one (OCPI 2.2.1 4.1.4)."""
        query = dict(parse_qsl(request.query))
        since, offset = query.get("date_from", ""), int(query.get("offset", "0"))
        whose = (request.headers.get("ocpi-to-country-code"), request.headers.get("ocpi-to-party-id"))
        matching = [
            card
            for card in self.cards
            if (card.get("country_code"), card.get("party_id")) == whose and str(card.get("last_updated", "")) >= since
        ]
        end = offset + min(int(query.get("limit", "100")), self.page)
        link = ""
        if end < len(matching):
            page_url = self.next_page or f"http://{request.headers['host']}{TOKENS_PATH}"
            link = f'<{page_url}?{urlencode({**query, "offset": end})}>; rel="next"'
        body = {"status_code": 1000, "data": matching[offset:end], "timestamp": _timestamp()}
        return _response(Manner(body=json.dumps(body).encode()), link=link)


_UNKNOWN = Manner(status=404)


def _render_partner_reply(reply: Reply) -> bytes:
    body: dict[str, Any] = {"status_code": 1000 if reply.status < 300 else 2003, "timestamp": _timestamp()}
    if reply.data is not None:
        body["data"] = reply.data
    manner = Manner(status=reply.status, location=reply.location, body=json.dumps(body).encode())
    return _response(manner)


async def _request(reader: asyncio.StreamReader) -> ReceivedQuestion:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.strip().split("\r\n")
    method, target = request.split(" ")[:2]
    parts = urlsplit(target)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return ReceivedQuestion(
        uid=unquote(parts.path.removesuffix("/authorize").rpartition("/")[2]),
        query=parts.query,
        token=_token(headers.get("authorization", "")),
        headers=headers,
        location=json.loads(body) if body[:1] in {b"{", b"["} else None,
        method=method,
        path=parts.path.rstrip("/"),
        body=body,
    )


def _token(header: str) -> str:
    """Returns the credentials token in clear (OCPI 2.2.1 4.1.2)."""
    with contextlib.suppress(ValueError):
        return base64.b64decode(header.removeprefix("Token ")).decode()
    return ""


def _response(manner: Manner, *, is_known: bool = True, link: str = "") -> bytes:
    body = manner.body if manner.body is not None else json.dumps(_envelope(manner, is_known=is_known)).encode()
    lines = [
        f"HTTP/1.1 {manner.status} As told",
        f"Content-Type: {manner.content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if manner.location:
        lines.append(f"Location: {manner.location}")
    if link:
        lines.append(f"Link: {link}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _envelope(manner: Manner, *, is_known: bool) -> dict[str, Any]:
    if not is_known:
        return {"status_code": 2004, "status_message": "Unknown token", "timestamp": _timestamp()}
    info: dict[str, Any] = {"allowed": manner.word}
    if manner.info:
        info["info"] = {"language": "en", "text": manner.info}
    if manner.reference:
        info["authorization_reference"] = manner.reference
    if manner.evse_uids:
        info["location"] = {"location_id": "any", "evse_uids": list(manner.evse_uids)}
    return {"status_code": 1000, "data": info, "timestamp": _timestamp()}


def _timestamp() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
