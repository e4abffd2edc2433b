"""One more of a kind is one more folder or module: the pages, the API and the readings take it as it is."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from authorization.models import ApiKey, PmsConnection, Stay
from authorization.pms import connections, folios, messaging, sync, systems
from authorization.pms.systems import catalogue
from authorization.pms.systems.source import Charge
from backoffice import diagnosis
from backoffice.environment import Environment, folders
from billing.models import (
    BankImport,
    BankLine,
    FilePayment,
    PaymentCard,
    PaymentFile,
    Payout,
    ProcessorEvent,
    RoamingConnection,
)
from billing.payments import processors
from billing.payouts.bank_files import formats, incoming, order_formats, outgoing
from billing.processor_events import processor_events
from billing.roaming import versions
from billing.roaming.versions import catalogue as version_catalogue
from chargers.models import Unit
from support import topics
from support.assistant import phrases, symptoms
from support.models import Conversation, Ticket
from support.topics import catalogue as topic_catalogue
from tests.billing.roaming.conftest import connect, host, msp, ours, partner, site, work  # noqa: F401 - fixtures
from tests.kit import ocpi_tables
from tests.kit.bank_lines import approved
from tests.kit.drivers import driver_of
from tests.kit.emsp import Emsp
from tests.kit.new_folders import added
from tests.kit.payouts import books
from tests.kit.world import World

NOW = datetime.now(tz=UTC)
PAGE = "/settings/property-systems/sunset/"
OTTER = {
    "otter/__init__.py": '''
"""Otter Rentals."""

from authorization.pms.systems.entry import WEBHOOK_SECRET, Credential, KnownSystem
from authorization.pms.systems.otter import calls

SYSTEM = KnownSystem(
    kind="otter",
    name="Otter Rentals",
    means="All holts of an account, by a whistle.",
    system=calls,
    address="https://api.otter.example",
    credentials=(Credential(name="whistle", label="Whistle"), WEBHOOK_SECRET),
    events=calls,
    messenger=calls,
    cashier=calls,
)
''',
    "otter/calls.py": '''
"""What Otter answers: one booking, for who whistles right."""

from datetime import timedelta

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing.bookings import Booking, Listing, Reading, Status

SENT, CHARGED = [], []


def read(source):
    if source.credentials["whistle"] != "two short, one long":
        raise FailedError(Code.CREDENTIALS_REFUSED, status=401)
    booking = Booking(
        key="b1",
        code="OTTER42",
        listing="holt-1",
        status=Status.BOOKED,
        arrives=source.now.date() + timedelta(days=3),
        departs=source.now.date() + timedelta(days=5),
    )
    return Reading(bookings=(booking,), listings=(Listing("holt-1", "Apartment 2B"),))


def is_genuine(event, *, now):
    return event.headers.get("otter-secret") == event.secret != ""


def send_message(source, *, booking_key, text):
    SENT.append((booking_key, text))


def bill_currency(source, *, booking_key):
    return "USD"


def find_charge(source, *, booking_key, key):
    return ""


def charge(source, *, booking_key, charge):
    CHARGED.append((booking_key, charge.text))
    return "line-1"


def undo(source, *, booking_key, ref, charge):
    CHARGED.remove((booking_key, charge.text))
''',
}


def text_of(response) -> str:
    return " ".join(html.unescape(response.content.decode()).split())


@pytest.fixture
def otter(tmp_path, monkeypatch: pytest.MonkeyPatch):
    with added(systems, tmp_path, OTTER):
        monkeypatch.setattr(catalogue, "ALL", catalogue.collect())
        yield


@pytest.fixture
def flat(world: World) -> Unit:
    return Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")


@pytest.fixture
def connection(world: World, otter: None, flat: Unit, client_of) -> PmsConnection:
    entered = {"name": "Our holts", "whistle": "two short, one long", "webhook_secret": "paw"}
    client_of(world.owner).post(f"{PAGE}add/otter/", entered)
    return PmsConnection.objects.get()


def at(connection: PmsConnection) -> str:
    return f"/settings/property-systems/connection/{connection.key}/"


def test_a_new_property_system_is_offered_with_its_texts(world: World, otter: None, client_of):
    client = client_of(world.owner)

    listed, asked = text_of(client.get(PAGE)), text_of(client.get(f"{PAGE}add/otter/"))
    assert ("Otter Rentals" in listed, "All holts of an account, by a whistle." in listed) == (True, True)
    assert ("Whistle" in asked, "Webhook secret" in asked, "Address" in asked) == (True, True, False)
    assert "Guesty, Hospitable or Otter Rentals" in text_of(client.get("/settings/stay-messages/sunset/"))


def test_without_its_folder_a_system_is_not_there(world: World, client_of):
    assert client_of(world.owner).get(f"{PAGE}add/otter/").status_code == 404


def test_its_credentials_are_stored_and_its_bookings_become_stays(world: World, connection, flat, client_of):
    client = client_of(world.owner)
    assert connections.credentials(connection) == {"whistle": "two short, one long", "webhook_secret": "paw"}
    assert "two short" not in text_of(client.get(at(connection)))

    sync.run(connection.pk, now=NOW)
    client.post(at(connection), {"do": "map", f"listing-{connection.listings.get().pk}": "sunset-1/2b"})
    sync.run(connection.pk, now=NOW)

    stay = Stay.objects.get()
    assert (stay.reference, stay.unit) == ("OTTER42", flat)
    assert "Our holts, Otter Rentals" in text_of(client.get(f"/authorization/stays/{stay.pk}/")).replace("</a>", "")
    assert messaging.can_write(stay)
    messaging.send(stay, "Your phone is the key.", now=NOW)
    line = Charge(key="k1", amount=Decimal(3), currency="USD", text="Charging")
    folios.check(stay, currency="USD", now=NOW)
    assert folios.charge(stay, line, may_be_there=False, now=NOW) == "line-1"
    calls = catalogue.ALL["otter"].cashier
    assert (calls.SENT, calls.CHARGED) == ([("b1", "Your phone is the key.")], [("b1", "Charging")])


def test_its_failures_are_told_with_its_name(world: World, connection, client_of):
    client = client_of(world.owner)
    client.post(at(connection), {"do": "change", "name": "Our holts", "whistle": "one long"})

    sync.run(connection.pk, now=NOW)

    assert "Otter Rentals refused the credentials (401)." in text_of(client.get(at(connection)))


def test_its_events_come_to_the_address_on_its_page(world: World, connection, client_of):
    address = f"/webhooks/pms/{connection.webhook_key}/"
    assert address in text_of(client_of(world.owner).get(at(connection)))
    PmsConnection.objects.update(next_due_at=NOW + timedelta(hours=1))

    def send(secret: str) -> int:
        return (
            Client().post(address, b"{}", content_type="application/json", headers={"Otter-Secret": secret}).status_code
        )

    assert (send("fin"), connections.due(now=datetime.now(tz=UTC))) == (401, [])
    assert (send("paw"), connections.due(now=datetime.now(tz=UTC))) == (204, [connection.pk])


def test_the_api_connects_it_too(world: World, otter: None):
    _, key = ApiKey.objects.create_key(name="x", host=world.host)
    client = Client(headers={"Authorization": f"Api-Key {key}"})
    body = {"name": "Our holts", "kind": "otter", "credentials": {"whistle": "two short, one long"}}

    made = client.post("/api/v1/pms-connections/", body, content_type="application/json")

    assert (made.status_code, made.json()["kind"]) == (201, "otter")
    assert (
        client.post("/api/v1/pms-connections/", {**body, "kind": "heron"}, content_type="application/json").status_code
        == 400
    )


def test_a_file_of_a_site_connects_it_too(world: World, otter: None, tmp_path):
    entry = {"key": "holts", "host": "sunset", "kind": "otter", "credentials": {"whistle": "two short, one long"}}
    file = tmp_path / "site.json"
    file.write_text(json.dumps({"pms_connections": [entry]}))

    call_command("import_site", str(file))

    connection = PmsConnection.objects.get(key="holts")
    assert (connection.kind, connections.credentials(connection)) == ("otter", {"whistle": "two short, one long"})


PEBBLES = b"PEBBLES 1\nNL1 2026-11-20 -999 EUR P-000077-ZZ\n"
PEBBLE_FORMAT = {
    "pebbles.py": '''
"""Pebbles: one line for each movement, in minor units."""

from datetime import date

from billing.payouts.bank_files.incoming.format import DetectedFormat, KnownFormat, Sign
from billing.payouts.bank_files.incoming.lines import BankLine, BankStatement, sign_and_check


def detect(head):
    return DetectedFormat("pebbles", "This is a pebble file.") if head.text.startswith("PEBBLES") else None


def read(stream, _mapping):
    return sign_and_check(items(stream))


def items(stream):
    for number, line in enumerate(stream.read().decode().splitlines()[1:], start=1):
        account, day, amount, currency, reference = line.split()
        yield BankStatement(
            ordinal=number, kind="pebbles", location=f"line {number + 1}", account=account, currency=currency
        )
        yield BankLine(
            statement=number,
            location=f"line {number + 1}",
            account=account,
            booked_on=date.fromisoformat(day),
            value_on=None,
            amount_minor=int(amount),
            currency=currency,
            reference=reference,
        )


FORMAT = KnownFormat(
    name="pebbles", label="pebbles", kinds=("pebbles",), sign=Sign.BEGINNING, detect=detect, read=read
)
''',
}


@pytest.fixture
def pebbles(tmp_path, monkeypatch: pytest.MonkeyPatch):
    with added(incoming, tmp_path, PEBBLE_FORMAT):
        monkeypatch.setattr(formats, "ALL", formats.collect())
        yield


def upload(client: Client) -> str:
    return text_of(client.post("/books/bank/", {"file": SimpleUploadedFile("may.txt", PEBBLES)}, follow=True))


def test_a_new_format_of_a_bank_is_recognised_by_the_import(world: World, pebbles: None, client_of):
    client = client_of(world.agent)
    assert "CAMT.052, .053, .054, pebbles, MT940 or CSV." in text_of(client.get("/books/bank/"))

    assert "1 new line, 0 of them matched." in upload(client)

    assert BankImport.objects.get().format == "pebbles"
    line = BankLine.objects.get()
    assert (line.amount_minor, line.currency, line.reference) == (-999, "EUR", "P-000077-ZZ")


def test_without_its_module_such_a_file_is_refused(world: World, client_of):
    assert "This is neither CAMT nor MT940 nor CSV" in upload(client_of(world.agent))
    assert not BankImport.objects.exists()


SHELL = {
    "shell/__init__.py": '''
"""Shell Pay."""

from django.conf import settings

from billing.payments.processors.entry import KnownProcessor


def make():
    from billing.payments.processors.shell.calls import ShellProcessor

    return ShellProcessor()


PROCESSOR = KnownProcessor(
    name="shell",
    title="Shell Pay",
    make=make,
    signature_header="Shell-Signature",
    settings=("SHELL_KEY",),
    event_settings=("SHELL_SECRET",),
    moves_money=lambda: settings.SHELL_KEY.startswith("live"),
)
''',
    "shell/calls.py": '''
"""What Shell Pay answers: every card is kept, once its holder has confirmed it."""

from django.conf import settings

from billing.payments.processors.protocol import CardState, SavedCard, Subject, WebhookError, WebhookEvent

CONFIRMED = []


class ShellProcessor:
    name = "shell"

    def save_card(self, card_to_save, *, key):
        return SavedCard(
            ref="shell-1",
            customer_ref=f"of-{card_to_save.customer}",
            state=CardState.NEEDS_AUTHENTICATION,
            authentication_url="https://pay.shell.example/confirm",
        )

    def look_up_card(self, *, ref="", key=""):
        state = CardState.READY if ref in CONFIRMED else CardState.NEEDS_AUTHENTICATION
        return SavedCard(ref=ref, customer_ref="of-us", state=state, brand="visa", last4="7777")

    def verify_webhook(self, raw, *, signature, now):
        if signature != settings.SHELL_SECRET:
            raise WebhookError("This is not signed by Shell Pay.")
        CONFIRMED.append(raw.decode())
        return WebhookEvent(event_id="e1", kind="card.ready", subject=Subject.CARD, ref=raw.decode(), created_at=now)
''',
}


@pytest.fixture
def shell(tmp_path, settings, monkeypatch: pytest.MonkeyPatch):
    with added(processors, tmp_path, SHELL):
        monkeypatch.setattr(processors, "ALL", processors.collect())
        settings.CARD_PROCESSOR, settings.SHELL_KEY, settings.SHELL_SECRET = "shell", "live_1", "spiral"
        yield


def test_a_new_card_processor_keeps_cards_and_reports_by_its_own_address(shell: None, db: None, client_of):
    client = client_of(driver_of("kim@example.com").user)

    asked = client.post("/drive/cards/", {"card": "4242424242424242"})
    card = PaymentCard.objects.get()
    assert (card.processor, card.state, asked.headers["Location"]) == (
        "shell",
        "saving",
        "https://pay.shell.example/confirm",
    )

    def report(signature: str) -> int:
        headers = {"Shell-Signature": signature}
        return Client().post("/webhooks/shell/", "shell-1", content_type="text/plain", headers=headers).status_code

    assert (report("other"), report("spiral")) == (400, 204)
    processor_events.handle_stored(now=datetime.now(tz=UTC))
    card.refresh_from_db()
    assert (card.state, card.last4, ProcessorEvent.objects.get().processor) == ("ready", "7777", "shell")


def test_the_programs_check_says_how_the_new_processor_is_set_up(shell: None, settings):
    settings.PUBLIC_BASE_URL = "https://charging.example.com"
    finding = diagnosis.judge_card_processor()
    assert finding.sentence == (
        "Shell Pay takes real money; its webhooks come to https://charging.example.com/webhooks/shell/."
    )
    settings.SHELL_SECRET = ""
    assert "SHELL_KEY and SHELL_SECRET are not all set" in diagnosis.judge_card_processor().sentence
    settings.SHELL_KEY = ""
    with pytest.raises(LookupError, match="SHELL_KEY"):
        processors.processor("shell")
    assert Client().post("/webhooks/shell/", "x", content_type="text/plain").status_code == 404


def test_its_settings_are_read_by_its_name(shell: None):
    assert folders("billing.payments.processors") == ("simulated", "stripe")
    variables = {"SHELL_KEY": " live_1 ", "SHELL_SECRET": "spiral", "SHELLFISH": "x", "STRIPE_API_KEY": "sk_live_1"}
    assert Environment(variables).beginning_with("shell_") == {"SHELL_KEY": "live_1", "SHELL_SECRET": "spiral"}


def test_without_its_folder_a_processor_has_no_address(db: None):
    assert Client().post("/webhooks/shell/", "x", content_type="text/plain").status_code == 404


PICNIC = {
    "picnic/__init__.py": '''
"""A picnic at the charger."""

from pathlib import Path

from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC = Topic(
    number=12,
    code="picnic",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title="A picnic beside the charger",
    askers=EVERYBODY,
    priority=Priority.LOW,
    queue=Queue.HOSTS,
    symptoms=("There is a blanket beside the charger",),
    steps=("Lay the blanket where no cable lies.",),
    requirements=(needs("Property name", Detail.PROPERTY),),
    review=("See whether there is a lawn",),
    action="Wish them a good meal.",
)
''',
    "picnic/phrases.tsv": """\
en	may we have a picnic beside the charger
en	we want to lay a picnic blanket on the lawn
""",
}
QUESTION = "May we have a picnic on the lawn beside the charger?"


@pytest.fixture
def picnic(tmp_path, monkeypatch: pytest.MonkeyPatch):
    with added(topics, tmp_path, PICNIC):
        monkeypatch.setattr(topic_catalogue, "TOPICS", topic_catalogue.collect())
        forget_phrases()
        yield
    forget_phrases()


def forget_phrases() -> None:
    phrases.phrases.cache_clear()
    symptoms._index.cache_clear()


def test_a_new_topic_of_support_is_answered_by_the_assistant(world: World, picnic: None):
    page = text_of(Client().post("/help/", {"text": QUESTION}, follow=True))

    assert "Please try this: Lay the blanket where no cable lies." in re.sub(r"(<[^>]*>|\s)+", " ", page)
    assert Conversation.objects.get().topic == 12


def test_its_form_asks_for_what_it_needs_and_opens_a_ticket(world: World, picnic: None):
    client = Client()
    assert "A picnic beside the charger" in text_of(client.get("/help/"))
    asked = text_of(client.get("/help/?topic=12"))
    assert ("Name of the property" in asked, "Lay the blanket where no cable lies." in asked) == (True, True)

    client.post("/help/?topic=12", {"text": QUESTION, "email": "kim@example.com", "property": "Sunset 1"})

    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.queue, ticket.priority) == (12, "hosts", "low")


def test_without_its_folder_the_question_has_no_such_topic(world: World):
    Client().post("/help/", {"text": QUESTION})

    assert Conversation.objects.get().topic != 12
    assert Client().get("/help/?topic=12").status_code == 200
    assert "Lay the blanket" not in text_of(Client().get("/help/?topic=12"))


LAKE = {
    "lake/__init__.py": '''
"""OCPI 9.9.9: one party at each side, and locations say what they are called and where one plugs in."""

from billing.roaming.versions.entry import KnownVersion
from billing.roaming.versions.lake import locations

VERSION = KnownVersion(name="9.9.9", has_roles=False, encodes_tokens=False, location=locations.location)
''',
    "lake/locations.py": '''
"""A Location as OCPI 9.9.9 has it."""


def location(body):
    return {
        "id": body["id"],
        "called": body["name"],
        "outlets": [evse["uid"] for evse in body["evses"]],
        "last_updated": body["last_updated"],
    }
''',
}
LAKE_LOCATION = {"id": "ci36 1", "called": "s255 1", "outlets": "s36 +", "last_updated": "DateTime 1"}


@pytest.fixture
def lake(tmp_path, monkeypatch: pytest.MonkeyPatch, partner: Emsp):  # noqa: F811
    """The partner speaks it, too: without roles, tokens as they are."""
    with added(versions, tmp_path, LAKE):
        monkeypatch.setattr(version_catalogue, "ALL", version_catalogue.collect())
        tables = ocpi_tables.V221 | {
            "Credentials": ocpi_tables.TABLES["2.1.1"]["Credentials"],
            "Location": LAKE_LOCATION,
        }
        monkeypatch.setitem(ocpi_tables.TABLES, "9.9.9", tables)
        partner.versions, partner.is_base64, partner.without_roles = ("2.2.1", "9.9.9"), False, ("2.1.1", "9.9.9")
        yield


@pytest.mark.django_db(transaction=True)
def test_a_new_version_of_ocpi_is_offered_agreed_and_spoken(ours, msp, partner, lake, site):  # noqa: F811
    steps = connect(msp)

    assert steps[-1].sentence == "Example eMSP is connected by OCPI 9.9.9, with NL-SUN."
    assert RoamingConnection.objects.get().version == "9.9.9"
    offered = [each["version"] for each in partner.call("GET", f"{ours}/ocpi/versions").json()["data"]]
    assert offered == ["2.1.1", "2.2.1", "2.3.0", "9.9.9"]
    assert partner.endpoint("locations") == f"{ours}/ocpi/9.9.9/locations"

    work()

    own_form = {"id": "sunset-1", "called": "Sunset 1", "outlets": ["CP1-1", "CP1-2"]}
    (pushed,) = partner.held("locations")
    (pulled,) = partner.ask("GET", "locations").json()["data"]
    alone = partner.ask("GET", "locations", "sunset-1")
    assert pushed == pulled == alone.json()["data"] == own_form | {"last_updated": pushed["last_updated"]}
    assert (partner.complaints, "OCPI-from-party-id" in alone.headers) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_without_its_folder_a_version_is_neither_offered_nor_answered(ours, msp, partner):  # noqa: F811
    connect(msp)

    assert "9.9.9" not in partner.call("GET", f"{ours}/ocpi/versions").text
    answer = partner.call("GET", f"{ours}/ocpi/9.9.9/locations")
    assert (answer.status_code, answer.json()["status_message"]) == (404, "There is nothing at this address.")


SHELLS = {
    "shells.py": '''
"""Shells: one line for each payment, in minor units."""

from billing.payouts.bank_files.outgoing.format import KnownOrderFormat
from billing.payouts.bank_files.outgoing.orders import OrderError


def write(order):
    if order.total_minor > 5000:
        raise OrderError(["Nobody carries so many shells."])
    lines = [f"{order.account.iban} {each.end_to_end_id} {each.amount_minor}" for each in order.payments]
    return "\\n".join(["SHELLS", *lines]).encode()


def trace_numbers(order):
    return {each.end_to_end_id: f"S{number}" for number, each in enumerate(order.payments, start=1)}


FORMAT = KnownOrderFormat(
    name="shells",
    label="Shells on a string",
    suffix="string",
    currencies=frozenset({"EUR"}),
    required_settings=("PAYOUT_BANK_IBAN",),
    write=write,
    trace_numbers=trace_numbers,
)
''',
}


@pytest.fixture
def shells(tmp_path, monkeypatch: pytest.MonkeyPatch):
    with added(outgoing, tmp_path, SHELLS):
        monkeypatch.setattr(order_formats, "ALL", order_formats.collect())
        yield


def payout_by_file(slug: str, minor: int, currency: str = "EUR") -> Payout:
    """Approved, and to be put into a file."""
    host_books = books(slug, currency=currency)
    host_books.agree(way="bank_file")
    host_books.bank()
    return approved(host_books, minor, way="bank_file")


def order(client: Client, *payouts: Payout) -> str:
    form = {"payout": [payout.pk for payout in payouts], "format": "shells", "execution_on": NOW.date()}
    return text_of(client.post("/books/payments/", form, follow=True))


def test_a_new_format_of_payment_orders_is_offered_made_and_downloaded(world: World, shells: None, settings, client_of):
    client, payout = client_of(world.agent), payout_by_file("lagoon", 2550)
    incomplete = text_of(client.get("/books/payments/"))
    assert "Shells on a string is not possible yet: our own account is not complete." in incomplete
    settings.PAYOUT_BANK_IBAN = "NL91ABNA0417164300"
    assert '<option value="shells">Shells on a string</option>' in text_of(client.get("/books/payments/"))

    assert "has 1 payment: download it" in order(client, payout)

    file, payment = PaymentFile.objects.get(), FilePayment.objects.get()
    downloaded = client.get(f"/books/payments/{file.pk}/file")
    assert downloaded.content.decode() == f"SHELLS\nNL91ABNA0417164300 {payment.end_to_end_id} 2550"
    assert f"{file.message_id}.string" in downloaded["Content-Disposition"]
    assert (file.format, payment.trace) == ("shells", "S1")
    assert f'{file.message_id}</span> <span class="muted small">Shells on a string' in text_of(
        client.get("/books/payments/")
    )


def test_what_the_new_format_does_not_take_is_said(world: World, shells: None, settings, client_of):
    settings.PAYOUT_BANK_IBAN = "NL91ABNA0417164300"
    client = client_of(world.agent)

    assert "Nobody carries so many shells." in order(client, payout_by_file("lagoon", 999_900))
    dollars = order(client, payout_by_file("harbour", 100, currency="USD"))
    assert "Shells on a string is not for payments in USD." in dollars
    assert not PaymentFile.objects.exists()


def test_without_its_module_a_file_is_not_made(world: World, client_of):
    assert "choose payouts, a format and the day" in order(client_of(world.agent), payout_by_file("lagoon", 2550))
