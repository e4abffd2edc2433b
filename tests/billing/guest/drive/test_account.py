"""Drivers' accounts: coming in without telling who is known, history, cards, proofs, own data, the end."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.test import Client

from authorization.decide import decisions
from authorization.models import AccessRequest, AccessRule, AuditEntry, Token, User
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from billing.guest import lost
from billing.models import Driver, DriverToken, Hold, OutgoingMail, PaymentCard, Session
from billing.sessions.drivers import accounts
from billing.sessions.holds import hold_amount
from tests.kit import charging
from tests.kit.account import _forgotten, at_kims, kim, paid
from tests.kit.drivers import NOW, driver_of, save, text_of
from tests.kit.guest import station
from tests.kit.world import make_user

__all__ = ["_forgotten", "at_kims", "kim", "paid", "station"]
pytestmark = pytest.mark.django_db


def link_in_mail() -> str:
    return re.search(r"http://\S+(/drive/come-in/\S+/)", outbox.outbox[-1].body)[1]


def test_a_guest_makes_an_account_from_the_receipt_and_keeps_it(paid):
    guest = Client()
    assert "Keep it in an account" in text_of(guest.get(f"/s/{paid.secret}/receipt/"))

    guest.post("/drive/link", {"email": "Kim@Example.com", "keep": paid.secret})
    assert not User.objects.filter(email="kim@example.com").exists(), "nothing is made before the link is used"
    shown = guest.get(link_in_mail())
    assert "The receipt is added to your history." in text_of(shown)
    assert not Driver.objects.exists(), "mail programs open links"
    home = guest.post(link_in_mail(), follow=True)

    paid.refresh_from_db()
    assert paid.driver == Driver.objects.get(user__email="kim@example.com")
    assert "Sunset 1" in text_of(home)
    assert "$9.00" in text_of(guest.get("/drive/history/"))


def test_people_of_the_portal_have_a_history_too_once_they_are_in(world, client_of):
    assert client_of(world.owner).get("/drive/").status_code == 200
    assert Driver.objects.get().user == world.owner


def test_a_driver_who_is_invited_to_a_host_sees_the_portal(kim, world, at_kims):
    assert at_kims.get("/chargers/").headers["Location"] == "/drive/"

    make_member(kim.user, world)

    assert at_kims.get("/chargers/").status_code == 200


def make_member(user: User, world) -> None:
    from authorization.models import Membership

    Membership.objects.create(user=user, host=world.host, role="read_only")


def test_the_history_tells_refunds_and_why_a_card_was_refused(kim, paid, world, at_kims):
    from billing.sessions.refunds import refunds

    accounts.keep(paid, kim)
    refunds.send(charging.refund(paid).pk, now=NOW)
    DriverToken.objects.create(driver=kim, token=world.member, proof="code", claimed_at=NOW - timedelta(days=9))
    world.member.blocked = True
    world.member.save()
    asked = decisions.Question(kind="authorize", uid=world.member.uid, at=NOW)
    decisions.decide(charger=world.charger, question=asked, now=NOW)

    text = text_of(at_kims.get("/drive/history/"))

    assert "$1.00 was given back (credit note C" in text
    assert "Refused" in text
    assert "SUN-1" in text


def test_a_declined_card_is_not_kept_and_says_why(at_kims):
    told = save(at_kims, "4000000000000002")

    assert "declined" in text_of(told)
    assert PaymentCard.objects.get().state == "declined"


def test_one_tap_starts_with_the_saved_card(kim, at_kims, station):
    save(at_kims)
    assert "Start with Visa ending 4242" in text_of(at_kims.get("/c/SUN001"))

    answer = at_kims.post("/drive/start/SUN001/1", {"version": station.pk})

    session, hold = Session.objects.get(), Hold.objects.get()
    assert answer.headers["Location"] == f"/s/{session.secret}/"
    assert (session.driver, session.guest_email) == (kim, "kim@example.com")
    assert (hold.state, hold.last4, hold.customer_ref) == ("authorised", "4242", PaymentCard.objects.get().customer_ref)
    assert hold.card_ref == "", "the page said that charging ends near the amount: nothing more is asked of the card"
    assert "Start with Visa" not in text_of(Client().get("/c/SUN001"))


def test_a_charging_card_needs_a_proof(kim, world, at_kims):
    number_alone = at_kims.post("/drive/tokens/", {"uid": world.member.uid})
    assert "no host knows it by your address" in text_of(number_alone)

    world.member.owner = "Kim@example.com"
    world.member.save()
    at_kims.post("/drive/tokens/", {"uid": "04:A1:B2:C3:D4"})

    assert DriverToken.objects.get().driver == kim
    session = charging_of(world)
    assert session.driver == kim


def test_a_driver_lets_a_card_pay_for_a_charging_card(kim, world, at_kims, client_of):
    owned = DriverToken.objects.create(driver=kim, token=world.member, proof="code", claimed_at=NOW)
    assert "save a card first" in text_of(at_kims.get("/drive/tokens/"))
    save(at_kims)
    card = kim.payment_cards.get()
    address = f"/drive/tokens/{owned.pk}/pay-with"

    told = text_of(at_kims.post(address, {"card": str(card.pk)}, follow=True))

    owned.refresh_from_db()
    assert owned.pays_with == card
    assert "is taken from Visa ending 4242 when it is over" in told
    assert f'value="{card.pk}" selected' in told
    assert client_of(world.owner).post(address, {"card": ""}).status_code in {302, 404}
    wrong = text_of(at_kims.post(address, {"card": "x"}, follow=True))
    assert "cannot be charged any more" in wrong
    owned.refresh_from_db()
    assert owned.pays_with == card
    assert "settled with the property" in text_of(at_kims.post(address, {"card": ""}, follow=True))
    owned.refresh_from_db()
    assert owned.pays_with is None
    assert AuditEntry.objects.filter(verb="driver.token_pays_with").count() == 2


def charging_of(world) -> Session:
    if not world.host.rates.exists():
        charging.assign(charging.make_rate(world.host), world.site, "member")
    return charging.charge(world.charger)


def test_a_driver_takes_their_data_along(kim, paid, at_kims):
    accounts.keep(paid, kim)
    save(at_kims)

    known = at_kims.get("/drive/account/my-charging.json").json()

    assert known["account"]["email"] == "kim@example.com"
    assert known["sessions"][0]["documents"][0]["report"]["total"] == 900
    assert known["payment_cards"][0]["last4"] == "4242"


def test_an_account_is_deleted_whose_receipt_went_to_two_addresses(kim, paid, at_kims):
    accounts.keep(paid, kim)
    receipt = paid.receipts.get()
    OutgoingMail.objects.create(receipt=receipt, address="work@example.com", asked_at=NOW, due_at=NOW)
    assert receipt.mails.count() == 2

    gone = at_kims.post("/drive/account/delete/")

    assert "Your account was deleted" in text_of(gone)
    assert not OutgoingMail.objects.filter(address__endswith="@example.com").exists()


def test_requests_for_access_are_erased_with_the_person(kim, world, at_kims):
    asked = Visitor(name="Kim Novak", email="Kim@example.com", message="Apartment 2B")
    made = access_requests.request(world.charger, asked, now=NOW)
    access_requests.grant(made.pk, until=NOW + timedelta(days=300), answer="", now=NOW)

    at_kims.post("/drive/account/delete/")

    assert not AccessRequest.objects.exists()
    assert not Token.objects.filter(owner="Kim Novak").exists()
    assert not AccessRule.objects.filter(active_to__gt=datetime.now(tz=UTC)).exists()


def test_a_host_who_drives_keeps_the_portal_when_the_drivers_account_goes(world, client_of):
    client = client_of(world.owner)
    client.get("/drive/")

    client.post("/drive/account/delete/")

    assert User.objects.filter(pk=world.owner.pk).exists()


def test_a_new_address_counts_once_its_mailbox_has_said_so(kim, at_kims):
    at_kims.post("/drive/account/", {"do": "address", "email": "new@example.com"})
    assert outbox.outbox[-1].to == ["new@example.com"]
    kim.user.refresh_from_db()
    assert kim.user.email == "kim@example.com"

    Client().post(link_in_mail())

    kim.user.refresh_from_db()
    assert kim.user.email == "new@example.com"


def test_an_address_of_another_account_is_not_taken(kim, world, at_kims):
    at_kims.post("/drive/account/", {"do": "address", "email": world.owner.email})

    assert "it has one already" in outbox.outbox[-1].body
    assert "/come-in/" not in outbox.outbox[-1].body


def test_a_password_is_set_and_checked(kim, at_kims):
    short = at_kims.post("/drive/account/", {"do": "password", "password": "short"})
    at_kims.post("/drive/account/", {"do": "password", "password": "correct horse battery"})

    assert "too short" in text_of(short)
    kim.user.refresh_from_db()
    assert kim.user.check_password("correct horse battery")
    assert at_kims.get("/drive/").status_code == 200


def test_other_people_of_the_portal_see_nothing_of_a_driver(world, kim, paid, client_of):
    accounts.keep(paid, kim)

    assert "$9.00" not in text_of(client_of(world.stranger).get("/drive/history/"))
    assert make_user("second@example.com", world.host, "owner")


def test_a_session_whose_receipt_went_to_the_proven_address_is_in_the_history(paid, kim, at_kims):
    assert paid.driver_id is None

    text = text_of(at_kims.get("/drive/history/"))

    assert paid.receipts.get().label in text
    assert paid.receipts.get().label in str(accounts.export_data(kim))


def test_the_history_shows_no_session_of_another_address_or_account(paid, client_of):
    other = driver_of("other@example.com")
    assert paid.receipts.get().label not in text_of(client_of(other.user).get("/drive/history/"))

    Session.objects.update(driver=other)

    assert paid.receipts.get().label not in text_of(client_of(driver_of().user).get("/drive/history/"))


def test_an_address_of_the_portal_is_not_proven(paid, world, client_of):
    Session.objects.update(guest_email="owner@example.com")

    assert paid.receipts.get().label not in text_of(client_of(world.owner).get("/drive/history/"))


def test_a_saved_name_says_so(at_kims):
    answer = at_kims.post("/drive/account/", {"do": "name", "name": "Kim"}, follow=True)

    assert "Saved." in text_of(answer)


def test_the_link_to_an_ended_session_does_not_claim_that_it_can_stop_anything(paid):
    lost.send_links("kim@example.com", language="en", now=datetime.now(tz=UTC))

    outgoing = OutgoingMail.objects.get(session=paid)
    assert "anybody can stop charging" not in outgoing.text
    assert "Anyone with this link can see the receipt" in outgoing.text


def test_what_a_full_charge_would_come_to_takes_the_plan_into_account(world):
    version = charging.make_rate(world.host, definition={"energy": [{"name": "all", "price": "1.00"}]})
    plan = {"period": str(uuid.uuid4()), "plan": "Home", "included_wh": 0, "discount_pct": "50", "waives": []}

    full = hold_amount.calculate(version, property_=world.site, max_power_w=11_000)
    member = hold_amount.calculate(version, property_=world.site, max_power_w=11_000, plan=plan)

    assert "60.00 USD" in full.reason
    assert "30.00 USD" in member.reason
