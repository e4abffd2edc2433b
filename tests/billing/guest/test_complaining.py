"""Complaints: a guest reports a problem to the host by the session's link, without an account."""

import pytest
from django.test import Client

from billing.models import Complaint
from billing.sessions.lifecycle import lifecycle
from billing.sessions.refunds import complaints
from billing.sessions.refunds.complaints import ComplaintError, ComplaintText
from chargers.models import Property
from tests.kit import charging
from tests.kit.complaints_pages import complain, paid, receipt_of, text_of

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"about": "energy", "text": "The car took nothing.", "email": ""}


def test_it_keeps_no_number_of_a_payment_card(paid):
    complain(paid, text="I paid with 5555-5555-5555-4444 and not 9.00.")

    assert Complaint.objects.get().text == "I paid with •••• 4444 and not 9.00."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"about": ""}, "Choose one."),
        ({"about": "idle"}, "Choose one of the options shown."),
        ({"text": " "}, "Please fill this in."),
        ({"text": "x" * 1001}, "at most 1000 characters"),
        ({"text": "a\x00b"}, "a character that cannot be stored"),
        ({"email": "nobody"}, "This is no e-mail address."),
    ],
)
def test_it_says_what_is_missing_and_keeps_what_was_typed(paid, changes, told):
    response = complain(paid, **changes)

    assert told in text_of(response)
    assert ("The car took nothing." in text_of(response)) == ("text" not in changes)
    assert not Complaint.objects.exists()


def test_it_cannot_be_said_twice_and_three_times_are_enough(world, paid, client_of):
    complain(paid)
    twice = Client().post(f"/s/{paid.secret}/complaint", SAID)
    assert (twice.status_code, Complaint.objects.count()) == (409, 1)
    assert "You have said already what is wrong" in text_of(twice)

    for count in (1, 2, 3):
        waiting = Complaint.objects.get(state="open")
        complaints.answer(waiting.pk, sentence="No.", by="user:x", now=charging.YESTERDAY)
        if count < 3:
            complain(paid)

    last = Client().post(f"/s/{paid.secret}/complaint", SAID)
    assert (last.status_code, Complaint.objects.count()) == (409, 3)
    assert "three times" in text_of(last)
    assert "/complaint" not in receipt_of(paid)


def test_without_a_final_receipt_there_is_nothing_to_complain_about(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    order = lifecycle.GuestOrder(charger=world.charger, evse_number=1, email="")
    waiting = lifecycle.open_for_guest(order, now=charging.YESTERDAY)
    said = ComplaintText(about=Complaint.About.OTHER, text="x", language="en")

    with pytest.raises(ComplaintError, match="not final yet"):
        complaints.make(waiting, said, now=charging.YESTERDAY)
    assert "not final yet" in text_of(Client().get(f"/s/{waiting.secret}/complaint"))


def test_one_address_complains_ten_times_an_hour(paid):
    statuses = []
    for _ in range(11):
        statuses.append(Client().post(f"/s/{paid.secret}/complaint", SAID).status_code)
        Complaint.objects.all().delete()

    assert statuses == [302] * 10 + [429]
