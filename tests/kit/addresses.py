"""The addresses of the site, and who may enter them."""

from collections.abc import Iterable, Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# Every address is in one of these. A new one fails until it is decided who may enter there.
PUBLIC = {
    "healthz",
    "readyz",
    ".well-known/security.txt",
    "api/v1/schema/",
    "api/v1/docs/",
    "charge",
    "app.webmanifest",
    "s/worker.js",
    "s/offline",
    "drive/enter/",
    "charge/lost",
    "join/",
    "help/",
    "help/articles/",
}


# No login, but a Station ID from a label, a signature, or an unguessable reference; without it, this status.
BY_SECRET = {
    "metrics": 403,
    "charge/scan": 302,
    "guest-domains/ask": 404,
    "support/shared/<str:secret>/": 404,
    "help/articles/<slug:slug>/": 404,
    "help/articles/<slug:slug>/answer": 405,
    "status/<slug:host>/": 404,
    "help/c/<str:station_id>/": 404,
    "help/s/<str:secret>/": 404,
    "help/a/<str:secret>/": 404,
    "help/i/<str:secret>/": 404,
    "help/t/<str:secret>/": 404,
    "help/t/<str:secret>/rate": 405,
    "help/t/<str:secret>/files/<uuid:attachment_id>": 404,
    "join/<str:code>/": 404,
    "language": 405,
    "brand/<slug:host>/colours.css": 404,
    "brand/<slug:host>/logo.png": 404,
    "brand/<slug:host>/app.webmanifest": 404,
    "pictures/<slug:name>.jpg": 404,
    "invitation/<str:secret>/": 404,
    "c/<str:station_id>": 404,
    "c/<str:station_id>/<int:connector>": 404,
    "c/<str:station_id>/ask": 404,
    "c/<str:station_id>/booking": 404,
    "c/<str:station_id>/let-go": 405,
    "c/<str:station_id>/tell-me": 405,
    "waiting/<str:key>/": 410,
    "waiting/<str:key>/withdraw": 410,
    "c/<str:station_id>/<int:connector>/start": 405,
    "stay/<str:secret>/": 404,
    "c/<str:station_id>/sign": 405,
    "ask/<str:secret>/": 404,
    "ask/<str:secret>/start": 405,
    "u/<str:secret>/": 404,
    "u/<str:secret>/<path:name>": 404,
    "drive/come-in/<str:secret>/": 404,
    "drive/link": 405,
    "drive/password": 405,
    "drive/leave": 405,
    "webhooks/<slug:name>/": 405,
    "webhooks/pms/<str:key>/": 405,
    "webhooks/guesty/<str:key>/": 405,
    "webhooks/hospitable/<str:key>/": 405,
    "processor/simulated/<str:ref>/": 404,
    "processor/simulated/accounts/<str:ref>/": 404,
    "s/<str:secret>/": 404,
    "s/": 302,
    "s/<str:secret>/push": 405,
    "waiting/<str:key>/push": 405,
    "s/<str:secret>/share": 404,
    "s/<str:secret>/share/withdraw": 405,
    "with/<str:secret>/": 410,
    "s/<str:secret>/car": 405,
    "s/<str:secret>/sign": 405,
    "s/<str:secret>/stop": 405,
    "s/<str:secret>/cancel": 405,
    "s/<str:secret>/rest/": 404,
    "s/<str:secret>/receipt/": 404,
    "s/<str:secret>/receipt.pdf": 404,
    "s/<str:secret>/email": 404,
    "s/<str:secret>/company": 404,
    "s/<str:secret>/offer": 405,
    "s/<str:secret>/complaint": 404,
    "s/<str:secret>/documents/<str:label>/": 404,
    "s/<str:secret>/documents/<str:label>.pdf": 404,
}


ACCOUNTS = "accounts/"  # allauth: logging in, and users' own accounts


AGENTS = "admin/"


API_KEY = ("api/v1/", "api/mcp")


PARTNERS = "ocpi/"  # by a token given to the partner; without one 401 (tests/billing/roaming)


LOGIN = (
    "chargers/", "properties/", "authorization/", "people/", "sessions/", "rates/", "books/",
    "home-charging/", "company/", "connections/", "statements/", "money/", "payouts/", "find/", "dashboard/",
    "attention/", "alerts/",
    "settings/", "support/", "start/", "styleguide/",
)  # fmt: skip


LOGIN_EXACTLY = {""}


DRIVERS = "drive/"


SAMPLES = {
    "str:kind": "ical",
    "slug:connection": "villa",
    "slug:pms_key": "villa",
    "int:listing_id": "1",
    "uuid:attachment_id": "00000000-0000-7000-8000-000000000000",
    "str:month": "2026-03",
    "uuid:exchange_id": "00000000-0000-7000-8000-000000000000",
    "uuid:payout_id": "00000000-0000-7000-8000-000000000000",
    "slug:kind": "sessions",
    "slug:chart": "uptime",
    "slug:name": "0123abcd",
    "int:schedule_id": "1",
    "str:prefix": "nokey000",
    "str:currency": "USD",
    "int:invoice_id": "1",
    "int:agreement_id": "1",
    "slug:unit": "2b",
    "slug:scope": "card",
    "str:scope": "card",
    "int:account_id": "1",
    "int:line_id": "1",
    "int:payout_id": "1",
    "int:endpoint_id": "1",
    "str:charger_id": "CP1",
    "uuid:message_id": "00000000-0000-7000-8000-000000000000",
    "uuid:job_id": "00000000-0000-7000-8000-000000000000",
    "uuid:command_id": "00000000-0000-7000-8000-000000000000",
    "uuid:upload_id": "00000000-0000-7000-8000-000000000000",
    "str:action": "Reset",
    "path:name": "log.zip",
    "uuid:decision_id": "00000000-0000-7000-8000-000000000000",
    "uuid:period_id": "00000000-0000-7000-8000-000000000000",
    "uuid:subscription_id": "00000000-0000-7000-8000-000000000000",
    "uuid:change_id": "00000000-0000-7000-8000-000000000000",
    "uuid:card_id": "00000000-0000-7000-8000-000000000000",
    "uuid:refund_id": "00000000-0000-7000-8000-000000000000",
    "uuid:session_id": "00000000-0000-7000-8000-000000000000",
    "int:pk": "1",
    "str:language": "en",
    "int:key_id": "1",
    "int:phone_id": "1",
    "int:connector": "1",
    "str:ref": "sim_0",
    "str:subject": "CP1",
    "str:provider_id": "none",
    "str:code": "ABCD-EFGH",
    "str:label": "2026-000001",
    "str:msp": "NL-EMS",
    "str:secret": "nobody-has-this",
    "str:station_id": "SUN001",
    "slug:slug": "sunset-1",
    "slug:host": "sunset",
    "slug:key": "NL-EMS",
    "int:assignment_id": "1",
    "int:rate_id": "1",
    "int:plan_id": "1",
    "int:receipt_id": "1",
    "int:token_id": "1",
    "int:block_id": "1",
    "int:complaint_id": "1",
    "int:offer_id": "1",
    "int:contract_id": "1",
    "int:group_id": "1",
    "int:import_id": "1",
    "int:stay_id": "1",
    "int:exclusion_id": "1",
    "int:rule_id": "1",
    "int:certificate_id": "1",
    "int:upstream_id": "1",
    "int:request_id": "1",
    "int:view_id": "1",
    "int:vehicle_id": "1",
    "int:delivery_id": "1",
    "int:article_id": "1",
    "int:maintenance_id": "1",
    "int:ticket_id": "1",
    "int:dispute_id": "1",
    "int:receivable_id": "1",
    "int:movement_id": "1",
    "int:number": "1",
    "int:refund_id": "1",
    "str:provider": "NL-EMS",
    "str:key": "AuthorizeRemoteTxRequests",
    "str:picture_id": "0123abcd",
    "path:rest": "nothing",
    "ocpi_version:version": "2.2.1",
}


def routes() -> list[str]:
    return sorted(set(walk(get_resolver().url_patterns, prefix="")))


def walk(patterns: Iterable[URLPattern | URLResolver], *, prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix=prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern)


def kind(route: str) -> str | None:
    if route in PUBLIC:
        return "public"
    if route in BY_SECRET:
        return "secret"
    if route.startswith(AGENTS):
        return "agents"
    if route.startswith(ACCOUNTS):
        return "accounts"
    if route.startswith(API_KEY):
        return "api key"
    if route.startswith(PARTNERS):
        return "partners"
    if route.startswith(DRIVERS):
        return "drivers"
    if route in LOGIN_EXACTLY or route.startswith(LOGIN):
        return "login"
    return None


def of_kind(wanted: str) -> list[str]:
    return [route for route in routes() if kind(route) == wanted]


def example(route: str) -> str:
    """Returns an address that matches the route; fails for a parameter without a sample in SAMPLES."""
    for parameter, value in SAMPLES.items():
        route = route.replace(f"<{parameter}>", value)
    assert "<" not in route, f"{route}: add its parameter to SAMPLES"
    return f"/{route}"
