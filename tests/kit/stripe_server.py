"""Stripe's API on loopback, as strict as the real one and stricter than localstripe: for its official SDK.

It requires the right key and the SDK's API version, reads forms as Stripe does, refuses unknown parameters, stores its
response to an idempotency key, expands only what is requested, signs its webhooks, and can lose a response after it has
acted. The rules of money are in `stripe_state`.
"""

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.kit.stripe_state import Refused, State, Thing, invalid

KEY, SECRET, VERSION = "sk_test_stub", "whsec_stub", "2026-10-28.endive"
META, TEXTS = {"*": str}, [str]
EXPAND = {"expand": TEXTS}
LISTED = EXPAND | {"limit": int, "created": {"gte": int, "lt": int}, "starting_after": str}
INTENT = {
    "amount!": int,
    "currency!": str,
    "payment_method": str,
    "payment_method_types": TEXTS,
    "capture_method": str,
    "confirm": bool,
    "description": str,
    "metadata": META,
    "customer": str,
    "off_session": bool,
    "return_url": str,
    "setup_future_usage": str,
} | EXPAND
SETUP = {
    "customer": str,
    "payment_method": str,
    "payment_method_types": TEXTS,
    "usage": str,
    "confirm": bool,
    "metadata": META,
    "return_url": str,
} | EXPAND
PRICE = {"currency!": str, "unit_amount!": int, "product_data": {"name!": str}}
PAGE = {
    "mode!": str,
    "line_items": [{"quantity": int, "price_data": PRICE}],
    "metadata": META,
    "customer": str,
    "payment_method_types": TEXTS,
    "success_url!": str,
    "cancel_url": str,
    "customer_creation": str,
    "payment_intent_data": {
        "capture_method": str,
        "description": str,
        "metadata": META,
        "setup_future_usage": str,
    },
} | EXPAND
ACCOUNT = {
    "controller": {
        "losses": {"payments!": str},
        "fees": {"payer!": str},
        "requirement_collection!": str,
        "stripe_dashboard": {"type!": str},
    },
    "country!": str,
    "email": str,
    "capabilities": {"transfers": {"requested": bool}},
    "business_profile": {"name": str},
    "settings": {"payouts": {"schedule": {"interval!": str}}},
    "metadata": META,
} | EXPAND
LINK = {
    "account!": str,
    "type!": str,
    "return_url!": str,
    "refresh_url!": str,
    "collection_options": {"fields!": str},
} | EXPAND
BANK = {
    "external_account": {
        "object!": str,
        "country!": str,
        "currency!": str,
        "account_holder_name": str,
        "account_number!": str,
        "routing_number": str,
    },
    "default_for_currency": bool,
} | EXPAND
Act = Callable[[State, list[str], Thing, str], Thing]


def listed(kind: str) -> Act:
    def act(state: State, _: list[str], given: Thing, account: str) -> Thing:
        created = given.get("created", {})
        rows = [one for one in state.all(kind) if created.get("gte", 0) <= one["created"] < created.get("lt", 2**62)]
        if kind == "balance_transaction":
            rows = [one for one in rows if one["_account"] == account]
            rows = [one for one in rows if not given.get("payout") or one["_payout"] == given["payout"]]
        if kind == "refund":
            rows = [one for one in rows if one["payment_intent"] == given.get("payment_intent", one["payment_intent"])]
        rows = rows[::-1]
        if after := given.get("starting_after"):
            rows = rows[[one["id"] for one in rows].index(after) + 1 :]
        limit = given.get("limit", 10)
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": "/v1/x"}

    return act


def found(kind: str) -> Act:
    return lambda state, at, _given, _account: state.find(at[0], kind)


def of_account(state: State, at: list[str], _given: Thing, account: str) -> Thing:
    payout = state.find(at[0], "payout")
    if payout["_account"] != account:
        raise invalid("resource_missing", f"No such payout: '{at[0]}'", status=404, param="id")
    return payout


ROUTES: list[tuple[str, str, Thing, Act]] = [
    ("POST", "customers", {"email": str, "metadata": META}, lambda s, _, g, a: s.make("cus", "customer", **g)),
    ("GET", "payment_intents", LISTED, listed("payment_intent")),
    ("POST", "payment_intents", INTENT, lambda s, _, g, a: s.begin({"confirm": False} | g)),
    ("GET", "payment_intents/search", {"query!": str, "limit": int}, lambda s, _, g, a: s.search(g["query"])),
    ("GET", "payment_intents/:", EXPAND, found("payment_intent")),
    (
        "POST",
        "payment_intents/:/capture",
        {"amount_to_capture": int} | EXPAND,
        lambda s, at, g, a: s.capture(at[0], g.get("amount_to_capture")),
    ),
    ("POST", "payment_intents/:/cancel", {"cancellation_reason": str} | EXPAND, lambda s, at, g, a: s.cancel(at[0])),
    (
        "POST",
        "refunds",
        {"payment_intent!": str, "amount": int, "reason": str, "metadata": META} | EXPAND,
        lambda s, _, g, a: s.refund(g["payment_intent"], g.get("amount"), g.get("metadata") or {}),
    ),
    ("GET", "refunds", LISTED | {"payment_intent": str}, listed("refund")),
    ("GET", "setup_intents", LISTED, listed("setup_intent")),
    ("POST", "setup_intents", SETUP, lambda s, _, g, a: s.set_up(g)),
    ("GET", "setup_intents/:", EXPAND, found("setup_intent")),
    ("GET", "payment_methods/:", EXPAND, found("payment_method")),
    ("POST", "payment_methods/:/detach", EXPAND, lambda s, at, g, a: s.detach(at[0])),
    ("GET", "checkout/sessions", LISTED, listed("checkout.session")),
    ("POST", "checkout/sessions", PAGE, lambda s, _, g, a: s.open_page(g)),
    ("GET", "checkout/sessions/:", EXPAND, found("checkout.session")),
    ("POST", "checkout/sessions/:/expire", EXPAND, lambda s, at, g, a: s.expire_page(at[0])),
    ("GET", "disputes/:", EXPAND, found("dispute")),
    (
        "POST",
        "disputes/:",
        {"evidence": {"uncategorized_text": str}, "submit": bool} | EXPAND,
        lambda s, at, g, a: s.answer(at[0], g),
    ),
    (
        "POST",
        "transfers",
        {"amount!": int, "currency!": str, "destination!": str, "metadata": META} | EXPAND,
        lambda s, _, g, a: s.transfer(g),
    ),
    ("GET", "transfers/:", EXPAND, found("transfer")),
    ("POST", "transfers/:/reversals", {"amount": int} | EXPAND, lambda s, at, g, a: s.reverse(at[0], g["amount"])),
    ("GET", "accounts", LISTED, listed("account")),
    ("POST", "accounts", ACCOUNT, lambda s, _, g, a: s.open_account(g)),
    ("GET", "accounts/:", EXPAND, found("account")),
    ("POST", "account_links", LINK, lambda s, _, g, a: s.account_link(g)),
    ("POST", "accounts/:/external_accounts", BANK, lambda s, at, g, a: s.attach_bank(at[0], g)),
    ("DELETE", "accounts/:/external_accounts/:", {}, lambda s, at, g, a: s.detach_bank(at[0], at[1])),
    (
        "POST",
        "payouts",
        {"amount!": int, "currency!": str, "destination": str} | EXPAND,
        lambda s, _, g, a: s.pay_out(a, g),
    ),
    ("GET", "payouts/:", EXPAND, of_account),
    ("GET", "balance", EXPAND, lambda s, _, g, a: s.balance(a)),
    ("GET", "balance_transactions", LISTED | {"payout": str}, listed("balance_transaction")),
]


@dataclass
class Answer:
    status: int
    body: bytes
    is_replayed: bool = False


@dataclass
class StripeServer:
    """The server.

    Use it as a context; `url` is its address. `lose`: what happens to the next responses: "500" or "silence".
    """

    state: State = field(default_factory=State)
    lose: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    _kept: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> "StripeServer":
        handler = type("Handler", (_Handler,), {"server_of": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.state.origin = self.url
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, form: str, headers: Any) -> Answer:
        with self._lock:
            self.asked.append((method, path))
            try:
                _let_in(headers)
                key = headers.get("Idempotency-Key", "") if method == "POST" else ""
                shown = hashlib.sha256(f"{method} {path} {form}".encode()).hexdigest()
                if key in self._kept:
                    return self._replayed(key, shown)
                act, at, given = _routed(method, path, form)
            except Refused as refused:
                return _refusal(refused)
            answer = self._acted(act, at, given, headers.get("Stripe-Account", ""))
            if key:
                self._kept[key] = (shown, answer)
            return answer

    def event(self, kind: str) -> Thing:
        """Returns the newest event of that kind."""
        return next(one for one in reversed(self.state.events) if one["type"] == kind)

    def forget_keys(self) -> None:
        """Forgets idempotency keys, as after 24 hours."""
        self._kept.clear()

    def _replayed(self, key: str, shown: str) -> Answer:
        before, answer = self._kept[key]
        if before != shown:
            raise Refused(
                400,
                "idempotency_error",
                "",
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            )
        return Answer(answer.status, answer.body, is_replayed=True)

    def _acted(self, act: Act, at: list[str], given: Thing, account: str) -> Answer:
        try:
            told = act(self.state, at, given, account)
            return Answer(200, json.dumps(_shown(self.state, told, given.get("expand", []))).encode())
        except Refused as refused:
            if thing := refused.more.pop("_thing", None):
                refused.more[refused.more.pop("_name")] = _shown(self.state, thing, [])
            return _refusal(refused)


class _Handler(BaseHTTPRequestHandler):
    server_of: StripeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._send(self.server_of.answer("GET", parts.path, parts.query, self.headers))

    def do_DELETE(self) -> None:
        parts = urlsplit(self.path)
        self._send(self.server_of.answer("DELETE", parts.path, parts.query, self.headers))

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._send(self.server_of.answer("POST", self.path, form, self.headers))

    def _send(self, answer: Answer) -> None:
        how = self.server_of.lose.pop(0) if self.server_of.lose else ""
        if how == "silence":
            self.close_connection = True
            time.sleep(1.5)
            return
        status, body = (500, b'{"error": {"type": "api_error", "message": "Oops."}}') if how else (0, b"")
        body = body or answer.body
        self.send_response(status or answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", "req_stub")
        if answer.is_replayed:
            self.send_header("Idempotent-Replayed", "true")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


def sign(raw: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """Returns the value of `Stripe-Signature`."""
    stamp = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def _let_in(headers: Any) -> None:
    if headers.get("Authorization") != f"Bearer {KEY}":
        raise Refused(401, "invalid_request_error", "", "Invalid API Key provided: sk_****.")
    if headers.get("Stripe-Version") != VERSION:
        raise invalid("", f"Invalid Stripe API version: {headers.get('Stripe-Version')}")


def _routed(method: str, path: str, form: str) -> tuple[Act, list[str], Thing]:
    for verb, shape, known, act in ROUTES:
        match = re.fullmatch("/v1/" + shape.replace(":", r"([\w]+)"), path)
        if match and verb == method:
            return act, list(match.groups()), _read(form, known)
    raise invalid("", f"Unrecognized request URL ({method}: {path}).", status=404)


def _read(form: str, known: Thing) -> Thing:
    tree: Thing = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        parts = re.findall(r"[^\[\]]+", name)
        at = tree
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    typed: Thing = _typed(tree, known, "")
    return typed


def _typed(value: Any, known: Any, name: str) -> Any:
    if isinstance(known, list):
        rows = sorted(value.items(), key=lambda row: int(row[0]))
        return [_typed(one, known[0], f"{name}[{at}]") for at, one in rows]
    if isinstance(known, dict):
        if "*" in known:
            return {key: _typed(one, known["*"], key) for key, one in value.items()}
        kinds = {key.rstrip("!"): kind for key, kind in known.items()}
        for key in value:
            if key not in kinds:
                shown = f"{name}[{key}]" if name else key
                raise invalid("parameter_unknown", f"Received unknown parameter: {shown}", param=shown)
        for key in known:
            if key.endswith("!") and not value.get(key[:-1]):
                raise invalid("parameter_missing", f"Missing required param: {key[:-1]}.", param=key[:-1])
        return {key: _typed(one, kinds[key], f"{name}[{key}]" if name else key) for key, one in value.items()}
    if known is int and not re.fullmatch(r"-?\d+", value):
        raise invalid("parameter_invalid_integer", f"Invalid integer: {value}", param=name)
    if known is bool and value not in {"true", "false"}:
        raise invalid("parameter_invalid_boolean", f"Invalid boolean: {value}", param=name)
    if name == "currency" and value != value.lower():
        raise invalid("", f"Invalid currency: {value}. Write it in lower case.", param=name)
    return value == "true" if known is bool else known(value)


def _shown(state: State, thing: Thing, paths: list[str]) -> Thing:
    """Returns the object without our internal fields, and with requested expansions."""
    shown = {
        key: [_shown(state, one, []) if isinstance(one, dict) else one for one in value] if key == "data" else value
        for key, value in thing.items()
        if not key.startswith("_")
    }
    if thing.get("object") == "dispute":
        shown["balance_transactions"] = [_shown(state, one, []) for one in thing["balance_transactions"]]
    for path in paths:
        name, _, rest = path.partition(".")
        if name == "data":
            rows = zip(thing["data"], shown["data"], strict=True)
            shown["data"] = [now | {rest: _shown(state, row, [rest])[rest]} for row, now in rows]
        elif name not in thing:
            raise invalid("", f"This property cannot be expanded ({name}).", param="expand")
        elif thing[name] in state.things:
            inner = shown[name] if isinstance(shown[name], dict) else {}
            shown[name] = _shown(state, state.things[thing[name]], [rest] if rest else []) | inner
    return shown


def _refusal(refused: Refused) -> Answer:
    error = {"type": refused.kind, "code": refused.code, "message": refused.message} | refused.more
    return Answer(refused.status, json.dumps({"error": error}).encode())
