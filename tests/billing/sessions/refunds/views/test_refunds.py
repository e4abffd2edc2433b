"""Sessions > one > Refund: shown before it is sent, a second person above the limit, told on the guest's receipt."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Receipt, Refund
from tests.kit import charging
from tests.kit.logging_in import after_log_in, logged_in
from tests.kit.refunds_pages import owing, paid, text_of
from tests.kit.world import PASSWORD, make_user

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}


def plain(page: str) -> str:
    """What is read: without tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" .", ".")


def test_it_shows_what_would_go_back_before_it_does(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    shown = client.post(page, {**SAID, "lines": ["connection"]})
    assert "$1.00 to refund" in text_of(shown)
    assert not Refund.objects.exists()
    done = client.post(page, {**SAID, "lines": ["connection"], "confirmed": "yes"}, follow=True)

    assert "$1.00 is given back; credit note C" in text_of(done)
    assert "Sorry for the trouble." in text_of(done)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["total_minor"]) == ("refund.asked", 100)


def test_the_guest_reads_it_on_the_receipt(world, paid, client_of):
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "2.50", "confirmed": "yes"})

    text = text_of(Client().get(f"/s/{paid.secret}/receipt/"))

    assert "$2.50 was given back (credit note C" in text
    assert "Sorry for the trouble." in text
    assert "$9.00" in text, "the receipt itself stays as it was"


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Choose lines, or type an amount"),
        ({"amount": "1", "lines": ["connection"]}, "Choose lines, or type an amount"),
        ({"amount": "9.01"}, "At most $9.00"),
        ({"amount": "1.005"}, "USD has at most 2 decimals: write 1.00 or 1.01."),
        ({"amount": "1,234"}, "1,234 can be read in two ways. Write 1.234 or 1234."),
        ({"amount": "one"}, "Enter a number."),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"lines": ["idle"]}, "not one of the available choices"),
        ({"amount": "1", "explanation": ""}, "This field is required"),
        ({"amount": "1", "reason": ""}, "This field is required"),
    ],
)
def test_it_says_what_is_wrong_and_gives_nothing_back(world, paid, client_of, changes, told):
    response = client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "confirmed": "yes", **changes})

    assert told in text_of(response)
    assert text_of(response).count('class="errorlist') == 1, "one cause, one sentence"
    assert not Refund.objects.exists()


def test_it_takes_an_amount_with_a_decimal_comma(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    asked = text_of(client.get(page))
    client.post(page, {**SAID, "amount": "1,50", "confirmed": "yes"})

    assert re.search(r'<input type="text" name="amount"[^>]*inputmode="decimal"', asked)
    assert "With tax, such as 1.50." in asked
    assert Refund.objects.get().total_minor == 150


def test_a_line_that_cannot_be_given_back_in_full_is_not_offered(world, paid, client_of):
    """5.00 of 9.00 went back by amount: the connection's 1.00 still can, the energy's 8.00 cannot."""
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    before = text_of(client.get(page))
    client.post(page, {**SAID, "amount": "5", "confirmed": "yes"})

    text = text_of(client.get(page))
    forced = text_of(client.post(page, {**SAID, "lines": ["energy"], "confirmed": "yes"}))

    assert 'value="energy"' in before
    assert "Energy, $8.00" in before
    assert 'value="connection"' in text
    assert 'value="energy"' not in text
    assert "Energy, $8.00, not as a whole: Only $4.00 is left to give back: type an amount up to that." in plain(text)
    assert "not one of the available choices" in forced
    assert Refund.objects.count() == 1


def test_it_says_beforehand_which_way_the_money_goes(world, client_of):
    session = owing(world)
    client, page = client_of(world.owner), f"/sessions/{session.pk}/refund/"

    both = plain(text_of(client.post(page, {**SAID, "amount": "4.50"})))
    Client().post(f"/s/{session.secret}/rest/", {"card": "4242424242424242", "pay": "yes"})
    cards = plain(text_of(client.post(page, {**SAID, "amount": "5.20"})))

    assert "$4.00 reduces what is still owed, $0.50 goes back to the card ending 4242." in both
    assert "$5.20 goes back to the card ending 4242 ($5.00) and the card ending 4242 ($0.20)." in cards
    assert not Refund.objects.exists()


def test_the_sessions_page_and_the_guest_read_both_ways(world, client_of):
    session = owing(world)
    done = client_of(world.agent).post(
        f"/sessions/{session.pk}/refund/", {**SAID, "amount": "4.50", "confirmed": "yes"}, follow=True
    )

    text = plain(text_of(done))
    assert "$4.00 less is owed. $0.50 went back to the card ending 4242." in text
    assert "$4.00 less is owed" in text
    assert "Not owed any more: settled by a refund" in text
    guest = plain(text_of(Client().get(f"/s/{session.secret}/")))
    assert "$4.00 less to pay." in guest
    assert "$0.50 back to the card ending 4242." in guest


def test_the_same_refund_a_while_later_asks_nothing(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    client.post(page, {**SAID, "amount": "1.50", "confirmed": "yes"})
    Refund.objects.update(created_at=datetime.now(tz=UTC) - timedelta(minutes=16))

    assert client.post(page, {**SAID, "amount": "1.50", "confirmed": "yes"}).status_code == 302
    assert Refund.objects.count() == 2


def test_a_members_refund_is_settled_by_the_host_and_changes_nothing_that_we_owe(world, client_of):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.charge(world.charger)
    assert Receipt.objects.get().collected_by == "host"
    client, page = client_of(world.owner), f"/sessions/{session.pk}/refund/"

    shown = plain(text_of(client.post(page, {**SAID, "amount": "2"})))
    done = plain(text_of(client.post(page, {**SAID, "amount": "2", "confirmed": "yes"}, follow=True)))

    name = world.host.name
    assert f"{name} collected it and settles this with the member; what we owe {name} does not change." in shown
    assert "taken off" not in shown
    assert f"{name} settles $2.00 with the member: what we owe does not change." in done
    assert "less is owed" not in done


def test_the_log_in_keeps_what_was_typed_after_a_suggestion(world, paid):
    """An address with a query was only shown anew after the log-in, and nothing was given back."""
    stolen = logged_in(world.owner)
    sent = {**SAID, "amount": "2", "confirmed": "yes"}

    asked = stolen.post(f"/sessions/{paid.pk}/refund/?lines=connection&reason=goodwill", sent)
    stolen.post(asked.headers["Location"], {"password": PASSWORD})

    assert Refund.objects.get().total_minor == 200


def test_what_is_wrong_in_a_refund_is_said_without_a_log_in(world, paid):
    wrong = logged_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "90", "confirmed": "yes"})

    assert wrong.status_code == 200
    assert not Refund.objects.exists()


@pytest.mark.parametrize("do", ["approve", "again", "otherwise"])
def test_a_stolen_session_answers_no_refund_without_the_password(world, paid, do):
    after_log_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"})
    stolen = logged_in(make_user("second@example.com", world.host, "finance"))

    asked = stolen.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": do, "how": "In cash."})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")


def test_a_refund_is_declined_without_a_log_in(world, paid):
    after_log_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"})
    second = logged_in(make_user("second@example.com", world.host, "finance"))

    declined = second.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": "decline"})

    assert declined.headers["Location"] == f"/sessions/{paid.pk}/"


def test_a_stolen_session_gives_no_offer_without_the_password(world, paid):
    offer = charging.offer(paid)
    stolen = logged_in(world.owner)

    asked = stolen.post(f"/sessions/offers/{offer.pk}/", {"answer": "give"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Refund.objects.exists()
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert Refund.objects.get().total_minor == 100
