"""A session's documents: every field of the checklist on page and PDF, e-mail, companies, and who is masked."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone, translation

from authorization.accounts.mail import NO_SERVER
from authorization.models import AuditEntry
from billing import mail
from billing.models import Letter, Receipt, Refund, Session
from billing.pricing import price_card
from billing.sessions.documents import document_text, gross
from billing.sessions.documents import outbox as letters
from billing.sessions.refunds import refunds
from chargers.models import Connector, Evse, Host, Property
from tests.api.conftest import Api, make_key
from tests.kit import charging, pdf
from tests.kit.site import roaming_token
from tests.kit.tampering import unguarded
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
TAXED = charging.PLAIN | {
    "energy": [
        {"name": "evening", "price": "0.60", "from": "17:00", "to": "21:00"},
        {"name": "day", "price": "0.40"},
    ],
    "tax": {"mode": "exclusive", "rates": {"connection": "0", "energy": "8.25", "idle": "8.25", "processing": "0"}},
}
NOON = charging.YESTERDAY.replace(hour=20, minute=30, second=0)  # 15:30 or 16:30 in New York
COMPANY = {"name": "Acme GmbH", "address": "Am Weg 1, 10115 Berlin", "country": "DE", "tax_number": "DE 136 695 976"}


@pytest.fixture
def place(world: World) -> World:
    Property.objects.update(
        access="guest",
        address="12 Shore Rd",
        city="Ocean City",
        postal_code="21842",
        country="US",
        contact_email="stay@sunset.example",
    )
    Host.objects.filter(slug="sunset").update(
        legal_name="Sunset Stays LLC", legal_address="1 Boardwalk, Ocean City", tax_number="52-0000000"
    )
    Evse.objects.update(evse_id="US*SUN*E1")
    Connector.objects.update(standard="IEC_62196_T2_COMBO", max_power_w=50_000)
    charging.assign(charging.make_rate(world.host, definition=TAXED), world.site, "guest", "member")
    return world


def page_of(session: Session, path: str = "receipt/") -> str:
    """What stands on the page, without its tags."""
    content = Client().get(f"/s/{session.secret}/{path}").content.decode()
    bare = html.unescape(re.sub(r"<[^>]+>", " ", content))
    return " ".join(bare.replace("\N{NO-BREAK SPACE}", " ").split())


def pdf_of(session: Session, path: str = "receipt.pdf") -> str:
    return pdf.text(Client().get(f"/s/{session.secret}/{path}").content)


@pytest.fixture
def paid(place: World) -> Session:
    """A guest paid for two hours from 15:30 or 16:30 in New York, so that the price changes in between."""
    return charging.guest(place.charger, at=NOON)


BOTH = {
    "number": r"Receipt 20\d\d-000001",
    "legal name": "Sunset Stays LLC",
    "brand": "Sunset Stays ",
    "legal address": "1 Boardwalk, Ocean City",
    "tax number": "EIN 52-0000000",
    "site": "Sunset 1, 12 Shore Rd, 21842 Ocean City",
    "charger": "Station SUN001, plug 1 US\\*SUN\\*E1",
    "power and current": "50 kW ?DC",
    "issued": r"Issued:? \d+ \w+ 20\d\d, \d\d:\d\d E[SD]T \(UTC−[45]\)",
    "start and end with offset": r"\d\d:31 E[SD]T \(UTC−[45]\) to ",
    "meter": "1000 Wh to 21000 Wh",
    "energy to 3 decimals": "20.000 kWh",
    "time charging": r"Time charging:? 1 h 59 min",
    "time idle": r"Time idle:? 0 min",
    "time plugged in": r"Time plugged in:? 2 h 01 min",
    "plug-in time": r"Plugged in:? .{0,14}\d\d:30",
    "connection": r"Connection fee:? 1 session [×x] ",
    "evening": r"[Ee]vening.{0,40}[\d.]+ kWh [×x] ",
    "day": r"[Dd]ay.{0,40}[\d.]+ kWh [×x] ",
    "tax with its base": r"of which tax 8.25 % on ",
    "total": "Total ",
    "payment": r"Card ending 4242: .*40.00.* held, .* taken, .* released.",
    "how to complain": "Something wrong\\? Tell stay@sunset.example the number above",
    "estimated": "estimated between two readings",
}  # fmt: skip


@pytest.mark.matrix
@pytest.mark.parametrize("field", BOTH)
def test_it_prints_on_page_and_paper(paid, field):
    assert re.search(BOTH[field], page_of(paid)), page_of(paid)
    assert re.search(BOTH[field], pdf_of(paid)), pdf_of(paid)


IDLE = {
    "end of charging": r"Charging ended|Plugged in without charging from",
    "grace": "10 of 10 minutes of grace",
    "billed minutes": r"2\d completed minutes",
    "cap": r"at most \$10.825 a session",
    "time idle": r"Time idle:? 3\d min",
}


@pytest.mark.parametrize("field", IDLE)
def test_it_tells_idle_time_apart_from_charging(place, field):
    session = charging.overstay(place.charger, late=timedelta(minutes=35))

    assert re.search(IDLE[field], page_of(session)), page_of(session)
    assert re.search(IDLE[field], pdf_of(session)), pdf_of(session)
    assert "Time charging 2 h 00 min" in page_of(session)


def test_it_says_whether_started_or_completed_minutes_are_billed(world):
    started = charging.PLAIN | {"idle": {"per_min": "0.20", "grace_min": 10, "count": "started"}}
    charging.assign(charging.make_rate(world.host, definition=started), world.site, "member")
    session = charging.overstay(world.charger, late=timedelta(minutes=35, seconds=20))

    assert "Billed: 27 started minutes at $0.20, no limit is set." in page_of(session)
    assert "Billed: 27 started minutes at $0.20, no limit is set." in pdf_of(session)
    assert "completed minutes" not in page_of(session) + pdf_of(session)


def test_it_unfolds_each_line_to_its_own_readings(paid):
    text = page_of(paid)

    evening = text[text.index("Why this amount?") :]
    assert "start, meter at 1000 Wh" in evening
    assert "stop, meter at 21000 Wh" in evening
    document = Receipt.objects.get().document
    assert sum(line["wh"] for line in document["report"]["lines"] if line["kind"] == "energy") == 20_000


def test_it_tells_refunds_on_the_paper_too_and_shows_the_credit_note(paid):
    asked = charging.refund(paid, amount_minor=100)
    refunds.send(asked.pk, now=charging.YESTERDAY)
    note = Refund.objects.get().credit_note

    assert f"$1.00 was given back (credit note {note.label})" in pdf_of(paid)
    shown, printed = (
        page_of(paid, f"documents/{note.label}/"), pdf_of(paid, f"documents/{note.label}.pdf")
    )  # fmt: skip
    for text in (shown, printed):
        assert f"Credit note {note.label} for receipt {Receipt.objects.get(kind='receipt').label}" in text
        assert "Sorry." in text
        assert "1.00" in text
        assert re.search(r"Tax [\d.]+ % on ", text), "by rate, with its base"
        assert "to the card ending 4242." in text


def test_a_corrected_receipt_is_a_new_document_and_the_old_one_stays(paid):
    before = Receipt.objects.get().document
    answer = Client().post(f"/s/{paid.secret}/company", COMPANY)

    old, new = Receipt.objects.order_by("id")
    assert answer.headers["Location"] == f"/s/{paid.secret}/receipt/"
    assert re.fullmatch(r"R20\d\d-000001", new.label)
    assert (new.kind, new.replaces, new.document["report"]) == ("correction", old, old.document["report"])
    assert old.document == before
    for text in (page_of(paid), pdf_of(paid)):
        assert f"Corrected receipt {new.label}, in place of {old.label}" in text
        assert "Acme GmbH" in text
        assert "Am Weg 1, 10115 Berlin, DE" in text
        assert "USt-IdNr. DE136695976" in text
    assert f"was replaced by {new.label}" in page_of(paid, f"documents/{old.label}/")
    assert f"Replaced by {new.label}." in pdf_of(paid, f"documents/{old.label}.pdf")
    assert AuditEntry.objects.get().actor == "guest"


def test_a_credit_note_after_a_correction_names_the_company_and_the_correction(paid):
    Client().post(f"/s/{paid.secret}/company", COMPANY)
    asked = charging.refund_of(Receipt.objects.get(kind="receipt"))
    refunds.send(asked.pk, now=charging.YESTERDAY)

    note = Receipt.objects.get(kind="credit_note")
    assert note.document["credit_of"] == Receipt.objects.get(kind="correction").label
    assert "Acme GmbH" in pdf_of(paid, f"documents/{note.label}.pdf")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tax_number": "DE136695977"}, "Its check digit does not fit"),
        ({"tax_number": "DE1366959"}, "too many or too few characters"),
        ({"tax_number": "DE13669597X"}, "characters where this country"),
        ({"country": "NL", "tax_number": "NL004495446B01"}, "Its check digit does not fit"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_it_says_what_is_wrong_with_a_company_and_makes_nothing(paid, changes, told):
    answer = Client().post(f"/s/{paid.secret}/company", COMPANY | changes)

    assert told in answer.content.decode()
    assert Receipt.objects.count() == 1


def test_it_offers_all_countries_and_chooses_none(paid):
    page = Client().get(f"/s/{paid.secret}/company").content.decode()

    assert page.count('<option value="') == 251
    assert '<option value="" selected>Choose a country</option>' in page
    assert page.count(" selected") == 1
    assert (
        "This field is required"
        in Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": ""}).content.decode()
    )


def test_it_says_of_which_country_a_number_is(paid):
    answer = Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": "NL"})

    assert "It begins like a VAT number of Deutschland: choose that country" in answer.content.decode()


def test_it_keeps_the_tax_number_of_a_country_whose_rules_nobody_knows(paid):
    Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": "SM", "tax_number": ""})

    assert Receipt.objects.get(kind="correction").document["company"]["is_checked"] is False


def test_there_is_nothing_to_correct_before_the_receipt(place):
    session = charging.guest(place.charger, at=NOON)
    Letter.objects.all().delete()
    with unguarded():
        Receipt.objects.all().delete()

    assert Client().get(f"/s/{session.secret}/company").status_code == 404


def send_all() -> int:
    return letters.send_due(mail.send, now=charging.YESTERDAY + timedelta(days=2))


def test_it_brings_the_receipt_to_who_left_an_address_when_paying(paid):
    assert send_all() == 1
    assert send_all() == 0

    (sent,) = outbox.outbox
    receipt = Receipt.objects.get()
    assert sent.to == ["kim@example.com"]
    assert sent.subject == f"Receipt {receipt.label}, Sunset Stays LLC"
    assert f"/s/{paid.secret}/documents/{receipt.label}/" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name, kind) == (f"receipt-{receipt.label}.pdf", "application/pdf")
    assert f"Receipt {receipt.label}" in pdf.text(content)


def test_a_guest_leaves_an_address_later_and_reads_the_mail_in_their_language(place, settings):
    settings.EMAIL_URL = "smtp://mail.example"
    session = charging.guest(place.charger, at=NOON, email="")
    assert Letter.objects.count() == 0
    german = Client(headers={"accept-language": "de"})

    told = german.post(f"/s/{session.secret}/email", {"email": "Kim@Example.com"}, follow=True)
    send_all()

    assert "Kim@Example.com" in told.content.decode()
    (sent,) = outbox.outbox
    assert sent.to == ["kim@example.com"]
    assert sent.subject.startswith("Beleg ")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after) == ("session.address_left", {"address": "K…@Example.com"})


def test_a_mail_that_is_kept_as_a_file_is_not_called_given_up(place, paid, client_of, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    send_all()

    page = client_of(place.owner).get(f"/sessions/{paid.pk}/").content.decode()

    assert "Kept as a file" in page
    assert NO_SERVER in page
    assert "iven up" not in page


def test_it_sends_what_comes_later_to_the_same_address(paid):
    send_all()
    Client().post(f"/s/{paid.secret}/company", COMPANY)
    asked = charging.refund_of(Receipt.objects.get(kind="receipt"))
    refunds.send(asked.pk, now=charging.YESTERDAY)

    assert send_all() == 2
    assert sorted(one.attachments[0][0][:9] for one in outbox.outbox) == ["credit-no", "receipt-2", "receipt-R"]


def test_a_wrong_address_is_told_and_nothing_is_sent(paid):
    told = Client().post(f"/s/{paid.secret}/email", {"email": "nonsense"}, follow=True)

    assert "Enter a valid email address." in told.content.decode()
    assert Letter.objects.count() == 1


def test_a_link_sends_no_more_than_a_few_mails_a_day(paid):
    answers = [
        Client(REMOTE_ADDR=f"10.0.0.{n}").post(f"/s/{paid.secret}/email", {"email": f"a{n}@example.com"}).status_code
        for n in range(8)
    ]

    assert answers[0] == 302
    assert answers[-1] == 429


@pytest.mark.parametrize("person", ["owner", "teammate"])
def test_hosts_see_only_the_first_letter_of_an_address(place, paid, client_of, person):
    client = client_of(getattr(place, person))

    pages = [client.get(path).content.decode() for path in ("/sessions/", f"/sessions/{paid.pk}/")]

    assert all("k…@example.com" in text for text in pages)
    assert not any("kim@example.com" in text for text in pages)
    assert str(paid.pk) not in client.get("/sessions/?q=kim").content.decode()
    assert str(paid.pk) in client.get("/sessions/?q=kim@example.com").content.decode()


def test_strangers_and_agents_see_documents_by_the_same_rule(place, paid, client_of):
    assert client_of(place.stranger).get(f"/sessions/{paid.pk}/").status_code == 404
    assert "k…@example.com" in client_of(place.agent).get(f"/sessions/{paid.pk}/").content.decode()
    assert Client().get(f"/s/{paid.secret}/documents/2026-000009/").status_code == 404
    api = Api(make_key(place.host))
    assert [row["kind"] for row in api.get("receipts/").json()["results"]] == ["receipt"]


@pytest.fixture
def roaming(place: World) -> Session:
    """A driver of a mobility provider charged for two hours."""
    Property.objects.update(access="public_roaming")
    charging.assign(charging.make_rate(place.host, slug="roaming"), place.site, "roaming")
    roaming_token("NL8ACC12E46L89")
    return charging.charge(place.charger, uid="NL8ACC12E46L89")


def test_a_roaming_driver_reads_on_page_and_paper_that_the_provider_bills(roaming):
    for text in (page_of(roaming), pdf_of(roaming), page_of(roaming, "")):
        assert "Provider EMS, your mobility provider, bills you for this session: you pay nothing here." in text
        assert "with the property" not in text
        assert "last four digits" not in text
    told = "Something wrong? Tell stay@sunset.example the number above and the amount."
    assert all(told in text for text in (page_of(roaming), pdf_of(roaming)))


def test_a_roaming_driver_reads_while_charging_that_the_provider_bills(roaming):
    Session.objects.update(state="charging")

    assert "Provider EMS, your mobility provider, bills you" in page_of(roaming, "")


def test_a_provider_that_the_document_does_not_name_bills_all_the_same(roaming):
    document = roaming.receipts.get().document
    del document["provider"]

    sentences = document_text.payment(document, owed=None)

    assert sentences == ["Your mobility provider bills you for this session: you pay nothing here."]


def test_only_who_paid_by_card_is_asked_for_its_last_four_digits(place, paid):
    member = charging.charge(place.charger, at=NOON + timedelta(hours=5))

    assert "the amount and the last four digits of your card." in page_of(paid)
    for text in (page_of(member), pdf_of(member)):
        assert "the number above and the amount." in text
        assert "settled by agreement with the property" in text


def amounts(text: str) -> list[str]:
    return re.findall(r"\$\d+\.\d\d\b", text)


def test_the_receipt_shows_the_prices_with_tax_that_the_price_card_showed(paid):
    card = price_card.build(paid.rate_version)
    report = gross.report(paid.receipts.get().document["report"])

    for text in (page_of(paid), pdf_of(paid)):
        for energy in card.energy:
            assert f"× {energy.amount.removesuffix(' per kWh')}" in text
        assert f"session × {card.connection.removesuffix(' to connect.')}" in text
    assert sum(line["amount"] for line in report["lines"]) == report["total"]
    assert report["total"] == paid.receipts.get().document["report"]["total"]


def test_the_page_and_the_paper_of_a_receipt_say_the_same(place):
    session = charging.overstay(place.charger, late=timedelta(minutes=35))
    document, report = session.receipts.get().document, gross.report(session.receipts.get().document["report"])
    page, paper = page_of(session), pdf_of(session)

    with timezone.override(ZoneInfo(document["site"]["time_zone"])):
        facts = [text for fact in document_text.facts(document) for text in (fact.label, fact.value)]
        said = [*facts, *document_text.idle_time(document | {"report": report})]
        said += [text for row in document_text.rows(report["lines"], currency="USD") for text in (row.each, row.amount)]
        said += [text for tax in document_text.taxes(report) for text in tax]
    for text in (text.replace("\N{NO-BREAK SPACE}", " ") for text in said):
        assert text in page
        assert text in paper


def test_an_address_that_is_not_complete_leaves_no_stray_commas(place):
    Property.objects.update(address="", city="", postal_code="")
    session = charging.charge(place.charger)

    for text in (page_of(session), pdf_of(session)):
        assert "Sunset 1, US" in text
        assert ", ," not in text


@pytest.mark.parametrize(
    ("country", "number", "shown"),
    [
        ("US", "52-0000000", "EIN 52-0000000"),
        ("DE", "DE136695976", "USt-IdNr. DE136695976"),
        ("FR", "73282932000074", "SIRET 73282932000074"),
        ("FR", "FR40303265045", "N° TVA FR40303265045"),
        ("NL", "NL4495445B01", "Btw-nr. NL4495445B01"),
        ("ES", "B58378431", "NIF B58378431"),
        ("GB", "GB980780684", "VAT number GB980780684"),
        ("QA", "12 / 34", "Firmennummer 12 / 34"),
    ],
)
def test_a_tax_number_is_called_as_in_the_country_of_the_seller(country, number, shown):
    with translation.override("de"):
        assert document_text.tax_number({"country": country, "tax_number": number}) == shown


def report_with(*lines: tuple[str, str, int, str], total: int) -> dict[str, Any]:
    """A stored report of lines without tax: quantity, price, amount, percentage."""
    taxes: dict[str, int] = {}
    for _quantity, _price, amount, pct in lines:
        taxes[pct] = taxes.get(pct, 0) + amount
    groups = [{"rate_pct": pct, "base": base, "tax": round(base * float(pct) / 100)} for pct, base in taxes.items()]
    rows = [
        {
            "kind": "energy",
            "label": "all day",
            "quantity": quantity,
            "unit": "kWh",
            "unit_price": price,
            "amount": amount,
            "exact": str(float(quantity) * float(price) * 100),
            "tax_pct": pct,
            "reasons": [],
        }
        for quantity, price, amount, pct in lines
    ]
    return {"currency": "EUR", "tax_mode": "exclusive", "lines": rows, "taxes": groups, "total": total, "idle": None}


def test_lines_with_tax_add_up_to_the_total_whatever_is_rounded():
    stored = report_with(("3.333", "0.37", 123, "21"), ("1.111", "0.37", 41, "21"), ("7", "0.05", 35, "9"), total=236)

    shown = gross.report(stored)

    assert sum(line["amount"] for line in shown["lines"]) == 164 + 34 + 35 + 3
    assert [line["unit_price"] for line in shown["lines"]] == ["0.4477", "0.4477", "0.0545"]
    assert gross.report(shown) == shown, "what has its tax stays as it is"


@pytest.mark.parametrize("quantity", ["0.226", "40", "87.413", "160"])
@pytest.mark.parametrize(("net", "percentage"), [("0.30", "9.25"), ("0.3333", "8.875"), ("0.4117", "21")])
def test_quantity_times_price_is_the_line_or_its_rounding_is_named(quantity, net, percentage):
    exact = Decimal(quantity) * Decimal(net) * 100
    stored = report_with((quantity, net, round(exact), percentage), total=0)
    stored["taxes"][0]["base"] = round(exact)

    (line,) = gross.report(stored)["lines"]
    (row,) = document_text.rows([line], currency="EUR")

    product = Decimal(line["quantity"]) * Decimal(line["unit_price"]) * 100
    assert abs(product - exact * (1 + Decimal(percentage) / 100)) < Decimal("0.01")
    if row.rounding:
        named = Decimal(row.rounding.removeprefix("rounded from €")) * 100
        assert abs(named - product) < Decimal("0.02")
    else:
        assert abs(product - line["amount"]) <= Decimal("0.51")


def test_one_minute_is_not_called_minutes(place):
    idle = {"grace_s": 60, "grace_min": 1, "free_s": 60, "out_of_contact_s": 0, "billed_minutes": 1, "per_min": "0.20",
            "cap": None, "from": "2026-03-10T21:00:00Z", "to": "2026-03-10T21:05:00Z"}  # fmt: skip
    document = {"report": {"idle": idle, "currency": "USD"}}

    said = " ".join(document_text.idle_time(document))
    with translation.override("fr"):
        french = " ".join(document_text.idle_time(document))

    assert "1 of 1 minute of grace, 1 minute of free hours" in said
    assert "Billed: 1 completed minute at $0.20" in said
    assert "1 minute entière" in french


@pytest.mark.parametrize(("free_s", "told"), [(0, None), (120, "Not billed: 2 minutes of free hours.")])
def test_a_rate_without_grace_is_not_said_to_have_had_some(free_s, told):
    idle = {"grace_s": 0, "grace_min": 0, "free_s": free_s, "billed_minutes": 4, "per_min": "0.20", "cap": None,
            "from": "2026-03-10T21:00:00Z", "to": "2026-03-10T21:05:00Z"}  # fmt: skip

    said = document_text.idle_time({"report": {"idle": idle, "currency": "USD"}})

    assert [one for one in said if one.startswith("Not billed")] == ([told] if told else [])


def test_the_idle_price_has_its_tax_also_where_no_minute_was_billed():
    stored = report_with(("3.333", "0.37", 123, "9"), ("7", "0.05", 35, "0"), total=169)
    idle = {"per_min": "0.20", "cap": "10", "tax_pct": "21", "billed_minutes": 0}

    shown = gross.report(stored | {"idle": idle})["idle"]
    untaxed = report_with(("3.333", "0.37", 123, "0"), total=123)
    alone = gross.report(untaxed | {"idle": idle})["idle"]

    assert (shown["per_min"], shown["cap"]) == ("0.242", "12.1")
    assert alone == shown
