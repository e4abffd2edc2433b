"""What a guest of a booking charged comes onto the bill of the stay, once, by every system that takes charges."""

import ipaddress
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from authorization.models import PmsConnection, Stay
from authorization.pms import connections
from authorization.pms.systems.source import Charge
from billing.models import FolioCharge, Session
from billing.sessions.folios import folios
from chargers.models import Unit
from tests.kit import site as sites
from tests.kit.bookings import HOUR, booking, charged, now
from tests.kit.connected_systems import connect
from tests.kit.property_systems import standing

pytestmark = pytest.mark.django_db
State = FolioCharge.State
KINDS = ("guesty", "track", "apaleo", "mews", "cloudbeds")
CLOSED = {"mews": "Processed", "cloudbeds": "checked_out"}
"""The word of each for a bill that is closed; of others “Closed”."""


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as stubs:
        yield stubs


@pytest.fixture
def site():
    return sites.build()


@pytest.fixture(params=KINDS)
def stay(request, site, systems) -> Stay:
    source = connect(site, request.param, systems.url)
    return booking(source, site.property, site.unit, code="HM1", external_key="B-1")


def line() -> FolioCharge:
    return FolioCharge.objects.get()


def is_at(kind: str) -> bool:
    return PmsConnection.objects.get().kind == kind


def test_it_is_posted_once_with_its_key_and_amount(site, stay, systems):
    session = charged(site, stay)

    for _ in range(3):
        folios.post_due(now=now())

    [(key, amount, text)] = systems.lines
    assert (key, float(amount)) == ("B-1", 4.34)
    assert f"ev-{session.pk.hex}" in text
    assert (line().state, line().text) == (State.CHARGED, "EV charging S-CP1, 12.4 kWh")
    assert line().external_ref == ("sold line-1" if is_at("cloudbeds") else "line-1")


def test_an_answer_that_got_lost_is_looked_for_and_no_second_line_is_added(site, stay, systems):
    charged(site, stay)
    systems.lost = 1

    folios.post_due(now=now())
    assert (line().state, len(systems.lines)) == (State.UNKNOWN, 1)
    folios.post_due(now=now() + timedelta(minutes=2))

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)
    assert line().external_ref == ("tx-1" if is_at("cloudbeds") else "line-1")


def test_a_worker_that_was_killed_in_the_call_adds_no_second_line(site, stay, systems):
    charged(site, stay)
    folios.post_due(now=now())
    FolioCharge.objects.update(state=State.UNKNOWN, external_ref="", claimed_until=now() - HOUR)

    folios.post_due(now=now())

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)


def test_a_request_that_never_arrived_is_made_again(site, stay, systems):
    charged(site, stay)
    systems.broken = [(503, {}, b"")] * 2
    folios.post_due(now=now())
    systems.broken = []
    assert (line().state, systems.lines) == (State.UNKNOWN, [])

    folios.post_due(now=now() + timedelta(minutes=2))

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)


def test_it_is_taken_back_once(site, stay, systems):
    charged(site, stay)
    folios.post_due(now=now())

    assert folios.ask_back(line(), now=now())
    assert not folios.ask_back(line(), now=now())
    folios.post_due(now=now())
    folios.post_due(now=now())

    assert line().state == State.UNDONE
    assert [float(amount) for _key, amount, _text in systems.lines] == [4.34, -4.34]


def test_before_charging_the_bill_is_asked_whether_it_is_open_and_in_which_currency(stay, systems):
    assert folios.refusal(stay, currency="USD", now=now()) is None

    systems.bills["*"] = "EUR"
    other = folios.refusal(stay, currency="USD", now=now())
    assert other is not None
    assert "is in EUR, and the price here in USD" in other.why
    systems.bills = {"B-1": CLOSED.get(stay.connection.kind, "Closed")}
    closed = folios.refusal(stay, currency="USD", now=now())
    assert closed is not None
    assert "is closed, or there is none" in closed.why


def test_a_connection_that_fails_or_is_paused_takes_no_charges(stay):
    PmsConnection.objects.update(is_enabled=False)
    stay.refresh_from_db()

    refused = folios.refusal(Stay.objects.get(), currency="USD", now=now())

    assert refused is not None
    assert refused.why == "The property system of this booking takes no charges."


def test_no_line_comes_onto_another_bill_when_the_booking_changed_its_key(site, stay, systems):
    charged(site, stay)
    folios._store_settled(now=now())
    Stay.objects.update(external_key="B-2")

    folios.post_due(now=now())

    assert (line().state, systems.lines) == (State.REFUSED, [])


def test_a_room_move_stays_on_the_same_bill(site, stay, systems):
    charged(site, stay)
    Stay.objects.update(unit=Unit.objects.create(property=site.property, slug="3a", name="3A"))

    folios.post_due(now=now())

    assert systems.lines[0][0] == "B-1"


def test_sessions_without_a_price_and_those_paid_by_card_come_onto_no_bill(site, stay, systems):
    charged(site, stay, total=0)
    Session.objects.filter(pk=charged(site, stay).pk).update(billed_to="")

    folios.post_due(now=now())

    assert not FolioCharge.objects.exists()


def test_a_refused_line_is_tried_again_when_the_host_asks_for_it(site, stay, systems):
    charged(site, stay)
    systems.bills["B-1"] = "Closed"
    folios._store_settled(now=now())
    FolioCharge.objects.update(state=State.REFUSED)
    systems.bills = {}

    assert folios.ask_again(line(), now=now())
    folios.post_due(now=now())

    assert line().state == State.CHARGED


def test_a_system_that_asks_to_wait_is_asked_after_that(site, stay, systems):
    charged(site, stay)
    systems.broken = [(429, {"Retry-After": "1800"}, b"")] * 2
    at = now()

    folios.post_due(now=at)
    systems.broken = []
    folios.post_due(now=at + timedelta(minutes=20))
    assert (line().state, systems.lines) == (State.UNKNOWN, [])
    assert line().due_at == at + timedelta(minutes=30)
    folios.post_due(now=at + timedelta(minutes=31))

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)


def test_a_guest_does_not_wait_for_a_system_that_is_silent(stay, systems, monkeypatch):
    monkeypatch.setattr("authorization.pms.folios._CHECK_TIMEOUT_S", 1)
    folios.refusal(stay, currency="USD", now=now())  # where there are access tokens, one is fetched
    systems.silence, systems.silent_reads = threading.Event(), True

    refused = folios.refusal(stay, currency="USD", now=now())

    assert refused is not None  # while it is silent still
    systems.silence.set()


def test_a_line_that_a_silent_system_added_all_the_same_is_not_added_twice(site, stay, systems, monkeypatch):
    real = folios.bills.messaging.source_of
    monkeypatch.setattr(
        "authorization.pms.messaging.source_of", lambda row, **at: replace(real(row, **at), timeout_s=1)
    )
    charged(site, stay)
    systems.silence = threading.Event()

    folios.post_due(now=now())
    assert (line().state, len(systems.lines)) == (State.UNKNOWN, 1)
    systems.silence.set()
    folios.post_due(now=now() + timedelta(minutes=5))

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)


def test_a_bill_that_was_closed_meanwhile_refuses_the_line_with_a_reason(site, systems):
    for kind, word in CLOSED.items():
        source = connect(site, kind, systems.url)
        stay = booking(source, site.property, site.unit, code=f"HM-{kind}", external_key=f"B-{kind}")
        charged(site, stay)
        systems.bills[f"B-{kind}"] = word

    folios.post_due(now=now())

    assert {row.state for row in FolioCharge.objects.all()} == {State.REFUSED}
    reasons = {row.connection.kind: row.failure for row in FolioCharge.objects.select_related("connection")}
    assert reasons["mews"] == "The bill of this booking in Mews is closed, or there is none."
    assert (
        reasons["cloudbeds"] == "Cloudbeds refused to add the amount to the bill (Reservation does not accept items)."
    )


def test_mews_without_a_service_for_charging_is_refused_before_charging_begins(site, systems):
    source = connect(site, "mews", systems.url)
    source.credentials_encrypted = connections.encrypt_credentials({"client_token": "client", "access_token": "secret"})
    source.save()

    refused = folios.refusal(
        booking(source, site.property, site.unit, code="HM1", external_key="B-1"), currency="USD", now=now()
    )

    assert refused is not None
    assert refused.why == "The credentials are incomplete: service is missing."


def test_a_line_of_cloudbeds_that_was_found_again_is_voided_by_hand(site, systems):
    source = connect(site, "cloudbeds", systems.url)
    charged(site, booking(source, site.property, site.unit, code="HM1", external_key="B-1"))
    systems.lost = 1
    folios.post_due(now=now())
    folios.post_due(now=now() + timedelta(minutes=2))

    folios.ask_back(line(), now=now())
    folios.post_due(now=now())

    assert (line().state, len(systems.lines)) == (State.CHARGED, 1)
    assert "its reference there is unknown" in line().failure


def test_a_void_of_cloudbeds_whose_answer_got_lost_is_no_failure(site, systems):
    source = connect(site, "cloudbeds", systems.url)
    charged(site, booking(source, site.property, site.unit, code="HM1", external_key="B-1"))
    folios.post_due(now=now())
    systems.lost = 1

    folios.ask_back(line(), now=now())
    folios.post_due(now=now())
    assert line().state == State.UNDOING
    folios.post_due(now=now() + timedelta(minutes=2))

    assert line().state == State.UNDONE
    assert [float(amount) for _key, amount, _text in systems.lines] == [4.34, -4.34]


def test_a_key_that_cloudbeds_knows_adds_nothing(site, systems):
    """The look for the line is ours, and Cloudbeds keeps a second one away by itself."""
    source = connect(site, "cloudbeds", systems.url)
    stay = booking(source, site.property, site.unit, code="HM1", external_key="B-1")
    item = Charge(key="ev-1", amount=Decimal("4.34"), currency="USD", text="EV charging")

    first = folios.bills.charge(stay, item, may_be_there=False, now=now())
    second = folios.bills.charge(stay, item, may_be_there=False, now=now())

    assert (first, second, len(systems.lines)) == ("sold line-1", "ev-1", 1)
