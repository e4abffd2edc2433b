"""Messages to guests before they arrive: whether, in which words, and one sent by hand."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry, Stay
from authorization.people.access import NotAllowedError
from billing.models import ArrivalPolicy, ArrivalText, StayMessage
from billing.sessions.arrivals import acts, texts
from billing.sessions.arrivals.acts import CancelledError, Policy
from billing.sessions.arrivals.texts import MessageText, UnknownNameError
from tests.kit.bookings import booking, connection, now

OWN = MessageText(subject="Charging at our house", text="Dear guest, welcome.")


@pytest.fixture
def stay(world) -> Stay:
    return booking(connection(world.host), world.site, None, code="HM1")


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_policy_is_changed_in_place(world):
    for hours in (24, 72):
        policy = Policy(is_enabled=True, hours_before=hours, language="de")
        acts.set_policy(world.host, policy, by=world.owner, now=now())

    row = ArrivalPolicy.objects.get()
    assert (row.is_enabled, row.hours_before, row.language) == (True, 72, "de")
    assert verbs() == ["stay.messages_set"] * 2


def test_own_words_are_kept_until_the_usual_ones_are_wanted_again(world):
    acts.set_text(world.host, "en", OWN, by=world.owner, now=now())
    assert ArrivalText.objects.get().subject == OWN.subject
    acts.set_text(world.host, "en", texts.usual_words("en"), by=world.owner, now=now())
    assert not ArrivalText.objects.exists()
    acts.set_text(world.host, "en", OWN, by=world.owner, now=now())

    acts.set_text(world.host, "en", None, by=world.owner, now=now())

    assert not ArrivalText.objects.exists()


def test_words_with_a_gap_that_nobody_fills_are_refused(world):
    with pytest.raises(UnknownNameError):
        acts.set_text(world.host, "en", MessageText(subject="Hello", text="Dear {nickname}"), by=world.owner, now=now())

    assert (ArrivalText.objects.count(), verbs()) == (0, [])


def test_a_message_by_hand_is_one_more_each_time(world, stay):
    first, second = (acts.send(stay, language="en", by=world.owner, now=now()) for _ in range(2))

    assert first.pk != second.pk
    assert StayMessage.objects.filter(stay=stay).count() == 2
    assert verbs() == ["stay.message_sent"] * 2


@pytest.mark.parametrize("fields", [{"cancelled_at": now()}, {"departs_at": now() - timedelta(minutes=1)}])
def test_nobody_is_written_to_about_a_booking_that_is_cancelled_or_over(world, stay, fields):
    for name, value in fields.items():
        setattr(stay, name, value)

    with pytest.raises(CancelledError):
        acts.send(stay, language="en", by=world.owner, now=now())

    assert not StayMessage.objects.exists()


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_writes_to_nobody(world, stay, person):
    by = getattr(world, person)

    with pytest.raises(NotAllowedError):
        acts.send(stay, language="en", by=by, now=now())
    with pytest.raises(NotAllowedError):
        acts.set_text(world.host, "en", None, by=by, now=now())
    with pytest.raises(NotAllowedError):
        acts.set_policy(world.host, Policy(is_enabled=True, hours_before=1, language="en"), by=by, now=now())
