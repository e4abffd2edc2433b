"""A session's documents: every field of the checklist on page and PDF, e-mail, companies, and who is masked."""

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import translation

from authorization.accounts.mail import NO_SERVER
from authorization.models import AuditEntry
from billing import mail
from billing.models import OutgoingMail, Receipt, Session
from billing.sessions.documents import document_text
from billing.sessions.documents import outbox as outgoing_mails
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging, pdf
from tests.kit.callers import Api, make_key
from tests.kit.documents import page_of, paid, pdf_of, place
from tests.kit.site import roaming_token
from tests.kit.tampering import unguarded
from tests.kit.world import World

__all__ = ["paid", "place"]
pytestmark = pytest.mark.django_db
NOON = charging.YESTERDAY.replace(hour=20, minute=30, second=0)  # 15:30 or 16:30 in New York
COMPANY = {"name": "Acme GmbH", "address": "Am Weg 1, 10115 Berlin", "country": "DE", "tax_number": "DE 136 695 976"}
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
        ({"country": "XX"}, "Choose one of the options shown."),
        ({"name": ""}, "Please fill this in."),
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
    assert "Choose one." in Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": ""}).content.decode()


def test_it_says_of_which_country_a_number_is(paid):
    answer = Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": "NL"})

    assert "It begins like a VAT number of Deutschland: choose that country" in answer.content.decode()


def test_it_keeps_the_tax_number_of_a_country_whose_rules_nobody_knows(paid):
    Client().post(f"/s/{paid.secret}/company", COMPANY | {"country": "SM", "tax_number": ""})

    assert Receipt.objects.get(kind="correction").document["company"]["is_checked"] is False


def test_there_is_nothing_to_correct_before_the_receipt(place):
    session = charging.guest(place.charger, at=NOON)
    OutgoingMail.objects.all().delete()
    with unguarded():
        Receipt.objects.all().delete()

    assert Client().get(f"/s/{session.secret}/company").status_code == 404


def send_all() -> int:
    return outgoing_mails.send_due(mail.send, now=charging.YESTERDAY + timedelta(days=2))


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
    assert OutgoingMail.objects.count() == 0
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

    assert "This is no e-mail address." in told.content.decode()
    assert OutgoingMail.objects.count() == 1


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
