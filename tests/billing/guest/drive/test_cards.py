"""The cards that pay: saved once, charged with one tap, removed when nothing needs them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from billing import tasks
from billing.models import Driver, DriverToken, Hold, HoldPolicy, PaymentCard, Session, SimulatedCard
from billing.payments.processors import simulated
from billing.sessions.drivers import payment_cards
from billing.sessions.holds import holds
from tests.kit.account import _forgotten, at_kims, kim
from tests.kit.drivers import ASKS, NOW, driver_of, save, text_of
from tests.kit.guest import station

__all__ = ["_forgotten", "at_kims", "kim", "station"]
pytestmark = pytest.mark.django_db


def test_a_card_is_saved_and_removed_here_and_at_the_processor(kim, at_kims):
    told = save(at_kims)

    card = PaymentCard.objects.get()
    assert "Visa ending 4242 was saved." in text_of(told)
    assert (card.state, card.is_default, SimulatedCard.objects.get().ref) == ("ready", True, card.ref)
    at_kims.post(f"/drive/cards/{card.pk}/act", {"do": "remove"})
    card.refresh_from_db()
    assert (card.state, card.is_default, SimulatedCard.objects.get().state) == ("removed", False, "detached")
    assert [entry.actor for entry in AuditEntry.objects.all()] == [f"driver:{kim.pk}"] * 2


def test_a_card_whose_bank_asks_is_ready_after_the_answer(at_kims):
    first = at_kims.post("/drive/cards/", {"card": ASKS})
    card = PaymentCard.objects.get()
    assert first.headers["Location"] == card.next_action_url
    assert card.state == "saving"

    at_kims.post(card.next_action_url.removeprefix("http://127.0.0.1:8000"), {"answer": "confirm", "do": "confirm"})
    back = at_kims.get(f"/drive/cards/{card.pk}/?returned=1", follow=True)

    card.refresh_from_db()
    assert card.state == "ready", text_of(back)
    assert "ending 3155 was saved." in text_of(back)
    at_kims.get(f"/drive/cards/{card.pk}/?returned=1")
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["driver.card_saved"]


def test_a_card_page_shows_what_is_stored_and_a_worker_asks_the_processor(at_kims):
    at_kims.post("/drive/cards/", {"card": ASKS})
    card = PaymentCard.objects.get()
    assert SimulatedCard.objects.get().return_url.endswith(f"/drive/cards/{card.pk}/?returned=1")
    simulated.confirm(card.ref, accepted=True)

    with CaptureQueriesContext(connection) as seen:
        pages = [
            at_kims.get(path, follow=True) for path in (f"/drive/cards/{card.pk}/", "/drive/cards/", "/drive/plans/")
        ]

    assert "has not answered yet" in text_of(pages[0])
    assert not [one["sql"] for one in seen if "billing_simulated" in one["sql"]], "a page asks no card processor"
    assert tasks.renew_subscriptions() == 1
    assert PaymentCard.objects.get().state == "ready"
    assert tasks.renew_subscriptions() == 0


def test_a_card_that_nobody_confirmed_is_not_asked_about_for_ever(at_kims):
    at_kims.post("/drive/cards/", {"card": ASKS})
    PaymentCard.objects.update(created_at=NOW - timedelta(hours=1))
    simulated.confirm(PaymentCard.objects.get().ref, accepted=True)

    assert tasks.renew_subscriptions() == 0
    assert PaymentCard.objects.get().state == "saving"


def test_the_newest_card_pays_until_another_one_is_chosen(kim, at_kims):
    save(at_kims)
    save(at_kims, "5555555555554444")
    first, second = PaymentCard.objects.order_by("id")
    assert payment_cards.find_default(kim) == second

    at_kims.post(f"/drive/cards/{first.pk}/act", {"do": "prefer"})
    assert payment_cards.find_default(kim) == first
    at_kims.post(f"/drive/cards/{first.pk}/act", {"do": "remove"})
    assert payment_cards.find_default(kim) == second


def test_a_second_tap_with_the_saved_card_leads_to_the_same_session(at_kims, station):
    save(at_kims)
    key = str(uuid.uuid4())

    first = at_kims.post("/drive/start/SUN001/1", {"version": station.pk, "key": key})
    again = at_kims.post("/drive/start/SUN001/1", {"version": station.pk, "key": key})
    without_key = at_kims.post("/drive/start/SUN001/1", {"version": station.pk})

    assert first.headers["Location"] == again.headers["Location"] == without_key.headers["Location"]
    assert (Session.objects.count(), Hold.objects.count()) == (1, 1)


def test_a_saved_card_is_named_in_the_drivers_language(at_kims):
    save(at_kims)

    assert "Visa mit Endziffern 4242" in text_of(at_kims.get("/drive/cards/", headers={"accept-language": "de"}))


def test_one_tap_lets_the_same_card_be_held_again_where_the_page_said_so(at_kims, station):
    save(at_kims)
    HoldPolicy.objects.create(host=station.rate.host, at_limit="extend")
    at_kims.post("/drive/start/SUN001/1", {"version": station.pk})
    main = Hold.objects.get()

    more = holds.extend(main, now=datetime.now(tz=UTC))

    assert main.card_ref == PaymentCard.objects.get().ref
    assert (more.role, more.state, more.amount_minor, more.last4) == (
        "extension",
        "authorised",
        main.amount_minor,
        "4242",
    )


def test_a_card_is_not_removed_while_a_session_needs_it_and_says_so(at_kims, station):
    save(at_kims)
    at_kims.post("/drive/start/SUN001/1", {"version": station.pk})
    card = PaymentCard.objects.get()

    told = at_kims.post(f"/drive/cards/{card.pk}/act", {"do": "remove"}, follow=True)

    assert "A session that this card pays for is not over yet." in text_of(told)
    card.refresh_from_db()
    assert card.state == "ready"
    assert "is not over yet" in text_of(at_kims.post("/drive/account/delete/"))
    assert Driver.objects.get().user is not None


def test_nobody_touches_the_cards_of_somebody_else(at_kims, client_of, world):
    save(at_kims)
    card = PaymentCard.objects.get()

    for person in (driver_of("lee@example.com").user, world.owner, world.agent):
        other = client_of(person)
        assert other.get(f"/drive/cards/{card.pk}/").status_code == 404
        assert other.post(f"/drive/cards/{card.pk}/act", {"do": "remove"}).status_code == 404


def test_removing_the_card_that_pays_for_a_charging_card_says_what_follows(kim, world, at_kims):
    owned = DriverToken.objects.create(driver=kim, token=world.member, proof="code", claimed_at=NOW)
    save(at_kims)
    card = kim.payment_cards.get()
    at_kims.post(f"/drive/tokens/{owned.pk}/pay-with", {"card": str(card.pk)})
    told = f"It pays for your charging card {world.member.visual_number or world.member.uid}."
    assert told in text_of(at_kims.get("/drive/cards/"))

    asked = text_of(at_kims.post(f"/drive/cards/{card.pk}/act", {"do": "remove"}, follow=True))

    card.refresh_from_db()
    assert (card.state, told in asked) == ("ready", True)
    at_kims.post(f"/drive/cards/{card.pk}/act", {"do": "remove", "sure": "yes"})
    card.refresh_from_db()
    owned.refresh_from_db()
    assert (card.state, owned.pays_with) == ("removed", None)
