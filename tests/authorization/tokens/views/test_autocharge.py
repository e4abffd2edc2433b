"""The host's cars and the driver's consent: who sees, who acts, what is written down."""

from datetime import UTC, datetime

import pytest

from authorization.decide import decisions, vehicles
from authorization.models import Vehicle
from billing.models import Session
from chargers.models import Transaction
from tests.kit.autocharge_pages import car, session, text_of
from tests.kit.world import make_user, tap

__all__ = ["car", "session"]
pytestmark = pytest.mark.django_db
LIST = "/authorization/autocharge/"
CAR = "VID:AABBCC112233"


def test_it_says_what_it_is_and_what_it_is_not(world, client_of):
    page = text_of(client_of(world.owner).get(LIST))

    assert "Fixed id" in page
    assert "ISO 15118" in page
    assert "Many AC chargers cannot." in page


def test_the_driver_agrees_by_the_link_and_takes_it_back(client, car, session):
    page = f"/s/{session.secret}/"
    assert CAR in text_of(client.get(page))
    assert "Remember this car" in text_of(client.get(f"{page}receipt/"))

    client.post(f"{page}car", {})
    assert Vehicle.objects.get().consent_at is None
    client.post(f"{page}car", {"agreed": "yes"})
    assert "This car starts by itself" in text_of(client.get(page))
    car.refresh_from_db()
    assert (car.state, car.consent_by) == ("enabled", "the driver, by the link of the session")
    client.post(f"{page}car", {"do": "forget"})
    car.refresh_from_db()
    assert (car.state, car.consent_at, car.consent_words) == ("suspended", None, "")


def test_a_guest_agrees_and_the_car_waits_for_a_card(client, world, car, session):
    Vehicle.objects.update(token=None)

    client.post(f"/s/{session.secret}/car", {"agreed": "yes"})

    car.refresh_from_db()
    assert (car.state, car.consent_at is not None) == ("suspended", True)
    assert "once the host has said which card pays for it" in text_of(client.get(f"/s/{session.secret}/"))


def test_the_trial_of_a_car_tells_who_pays(world, client_of, car):
    vehicles.agree(car, vehicles.Consent("me", "yes"), now=datetime.now(tz=UTC))
    question = decisions.Question(kind="start", uid="vid:aa:bb:cc:11:22:33", at=datetime.now(tz=UTC))

    (outcome,) = decisions.survey(chargers=[world.charger], question=question)

    assert outcome.granted_by == "autocharge_enabled"
    line = next(line for line in outcome.trace if line["step"] == "autocharge_enabled")
    assert "is enabled for autocharge by SUN-1. Card 04A1B2C3D4 (SUN-1) is in group 'Residents'" in line["sentence"]
    assert not Session.objects.exists()
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(("role", "shown"), [("read_only", True), ("operator", False)])
def test_it_links_the_session_for_those_who_may_open_it(world, client_of, car, session, role, shown):
    Vehicle.objects.update(paired_at=datetime.now(tz=UTC))
    person = make_user("somebody@example.com", world.host, role)

    page = text_of(client_of(person).get(f"{LIST}{car.pk}/"))

    assert (f"/sessions/{session.pk}/" in page) is shown


def test_it_names_the_reason_in_words_and_leads_from_a_refusal_to_autocharge(world, client_of, car):
    message = tap(world.charger, CAR)
    client = client_of(world.owner)

    assert "Unknown card" in text_of(client.get(f"{LIST}{car.pk}/"))
    why = text_of(client.get(f"/authorization/decisions/{message.decision_id}/"))
    assert '<a class="button button-main" href="/authorization/autocharge/">Open Autocharge</a>' in why
    assert "Whitelist this UID" not in why
