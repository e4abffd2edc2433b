"""What people paste and type leads to the right page first; nobody finds what is not theirs.

`snippets.json` has texts as they are copied from readers, banks, mails and questions, each with the kind and key of
what it is about in `tests.kit.portfolio`.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import Membership, Token, User
from backoffice.portal.search import finding
from chargers.models import Charger, Property
from tests.kit.finding import known
from tests.kit.portfolio import AT, Portfolio
from tests.kit.sampling import sampled

__all__ = ["known"]
pytestmark = pytest.mark.django_db
SNIPPETS = json.loads((Path(__file__).parent / "snippets.json").read_text(encoding="utf-8"))
RECALL = 0.99
MAX_MISSED_OF_A_PART = 4
"""All that may be missed of the whole may lie in the part that was drawn."""
OWN_PAGES = {"A2026-000001", "PAY-20260403-1", "residents", "commuter"}
OF_EVERYBODY = {"page", "mobility_provider"}
WISHES = {
    "change my password": "Address and password",
    "new email address": "Address and password",
    "add a charger": "Add a charger",
    "connect a new charger": "Add a charger",
    "invite a colleague": "Invite somebody",
    "add a team member": "Invite somebody",
    "remove somebody from my team": "People",
    "refund a guest": "Refund a session",
    "give a guest their money back": "Refund a session",
    "set a price": "Rates",
    "change the price": "Rates",
    "price per kwh": "Rates",
    "when am i paid": "Payouts",
    "when do I get my money": "Payouts",
    "bank account": "Bank accounts",
    "change my bank account": "Bank accounts",
    "block a card": "Tokens",
    "lost card": "Tokens",
    "add a card": "Add Token",
    "why was a card refused": "Decisions",
    "print qr codes": "Print QR labels",
    "restart a charger": "Restart a charger",
    "download my invoices": "Statements",
    "stop getting emails": "Notifications",
    "let an installer in": "Give temporary access",
    "vat number": "Company",
    "change our logo": "Branding",
    "set up two-factor": "Second factor",
    "make an api key": "API keys",
    "idle fee": "Rates",
}
"""What people wish, and the page where it is done."""


def test_the_right_page_comes_first(known):
    missed = []
    some = sampled(SNIPPETS, of="search", share=3)
    for one in some:
        hits = finding.find(getattr(known, one.get("viewer", "owner")), one["text"])
        if not hits or (hits[0].kind, hits[0].id) != (one["kind"], one["id"]):
            missed.append((one["text"], [(hit.kind, hit.id) for hit in hits[:2]]))

    assert len(SNIPPETS) >= 400
    assert len(missed) <= max(len(some) * (1 - RECALL), MAX_MISSED_OF_A_PART), missed


def test_the_snippets_are_of_every_kind():
    kinds = Counter(one["kind"] for one in SNIPPETS)

    assert set(kinds) == {
        "charger", "property", "unit", "token", "session", "receipt", "payout", "person", "rate", "mobility_provider",
        "page",
    }  # fmt: skip
    assert min(kinds.values()) >= 10


def test_a_stranger_finds_nothing_of_it(known):
    found = [
        (one["text"], hit)
        for one in sampled(SNIPPETS, of="strangers", share=18)
        for hit in finding.find(known.stranger, one["text"])
        if hit.kind not in OF_EVERYBODY or hit.id in OWN_PAGES
    ]

    assert found == []


def test_a_role_that_sees_no_money_finds_none(known):
    operator = User.objects.get(email="ops@example.com")

    kinds = {hit.kind for one in SNIPPETS[::6] for hit in finding.find(operator, one["text"])}

    assert kinds == {"charger", "property", "unit", "token", "person", "rate", "mobility_provider", "page"}


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("SUN001", "charger", "CP-SUNSET-1"),
        ("Bluff House", "property", "bluff-house"),
        ("guest.one@example.com", "person", "guest.one@example.com"),
        ("4242", "session", None),
        ("330.17", "session", None),
        ("04:A1:B2:C3:D4", "token", "04A1B2C3D4"),
        ("add a tok", "page", "Add Token"),
        ("refun", "page", "Refund a session"),
        ("invite some", "page", "Invite somebody"),
    ],
)
def test_what_is_typed_so_far_suggests_it_first(known, text, kind, key):
    first = finding.suggest(known.owner, text)[0]

    assert (first.kind, key or first.id) == (kind, first.id)


def test_a_stranger_is_suggested_nothing_of_it(known):
    for one in sampled(SNIPPETS, of="typed", share=32):
        typed = one["text"][: max(3, len(one["text"]) * 2 // 3)]
        found = [hit for hit in finding.suggest(known.stranger, typed) if "Lakeside" not in hit.title]
        assert [hit for hit in found if hit.kind not in OF_EVERYBODY or hit.id in OWN_PAGES] == []


@pytest.mark.parametrize(
    "text",
    ["SUN001", "04A1B2C3D4", "sunset", "Ann", "1,234.56", "4242", "where are my payouts", "TRACE 0F00BA44C0DE PPD"],
)
def test_the_number_of_queries_does_not_grow_with_what_there_is(text, known):
    before = _queries(known, text)
    _more(known)

    assert _queries(known, text) <= before <= 51


def test_the_bytes_of_a_card_read_from_the_other_end_say_so(known):
    [hit] = finding.find(known.owner, "D4C3B2A104")

    assert (hit.kind, hit.id) == ("token", "04A1B2C3D4")
    assert hit.why == "Its number with its bytes the other way round."


def test_the_whole_of_a_name_comes_before_a_part_of_it(known):
    assert [hit.id for hit in finding.find(known.owner, "CP-HARBOUR-1")] == ["CP-HARBOUR-1"]
    assert [hit.id for hit in finding.find(known.owner, "cp-harb")] == ["CP-HARBOUR-1", "CP-HARBOUR-10"]


def test_a_page_of_one_host_is_offered_for_the_host_that_is_named(known):
    [first, *_] = finding.find(known.agent, "payouts of Lakeside")
    [second, *_] = finding.find(known.agent, "payouts")

    assert (first.title, first.url) == ("Payouts of Lakeside Lofts", "/payouts/lakeside/")
    assert (second.title, second.url) == ("Payouts", "/payouts/")


def test_a_page_that_the_role_does_not_open_is_not_offered(known):
    operator = User.objects.get(email="ops@example.com")

    for text in ("payouts", "invite somebody", "add token", "differences"):
        assert finding.find(operator, text) == []


def _queries(known: Portfolio, text: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        finding.find(known.owner, text)
    return len(queries)


def _more(known: Portfolio) -> None:
    place = Property.objects.get(slug="sunset-1")
    Charger.objects.bulk_create(
        Charger(charger_id=f"CP-MORE-{n}", station_id=f"MORE{n}", property=place) for n in range(50)
    )
    Token.objects.bulk_create(
        Token(host=known.host, uid=f"CAFE{n:06X}", canonical_uid=f"CAFE{n:06X}", visual_number=f"Ann {n}")
        for n in range(50)
    )
    for n in range(10):
        Property.objects.create(host=known.host, slug=f"sunset-more-{n}", name=f"Sunset more {n}", time_zone="UTC")
        user = User.objects.create(email=f"ann{n}@example.com", name="Ann", email_confirmed_at=AT)
        Membership.objects.create(user=user, host=known.host, role="read_only")


def test_a_statement_is_named_by_its_month_in_words(known):
    titles = [one.title for text in ("A2026-000001", "M2026-000001") for one in finding.find(known.agent, text)]

    assert titles
    assert not [one for one in titles if re.search(r"\d{4}-\d{2}$", one)]


@pytest.mark.parametrize(
    ("text", "title"),
    [("restart", "Restart a charger"), ("close property", "Close a property"), ("log out", "Log out")],
)
def test_an_action_is_found_by_its_words(known, text, title):
    assert finding.find(known.owner, text)[0].title == title


def test_a_plain_wish_leads_to_the_page_where_it_is_done(known):
    missed = {}
    for wish, page in WISHES.items():
        hits = finding.find(known.owner, wish)
        if page not in [hit.id for hit in hits[:2]]:
            missed[wish] = [(hit.kind, hit.id) for hit in hits[:3]]

    assert len(WISHES) >= 25
    assert missed == {}
