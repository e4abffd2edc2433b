"""The mail that a charger is free, in the guest's language, with one click to come and one to withdraw."""

from datetime import timedelta

from django.core import mail
from django.test import Client

from billing.models import WaitingGuest
from billing.sessions.waiting_list import mails, waiting_list
from tests.kit.bookings import now
from tests.kit.guest import guest, station
from tests.kit.waiting_list import _nobody_asked_before, ask, becomes_free, busy, text_of

__all__ = ["_nobody_asked_before", "busy", "guest", "station"]
PAGE = "/c/SUN001"
MINUTE = timedelta(minutes=1)


def test_who_asked_first_is_told_first_and_has_five_minutes(world, busy):
    first, second = Client(), Client()
    ask(first, "first@example.com")
    ask(second, "second@example.com")
    at = now()
    assert mails.notify_due(now=at) == 0
    becomes_free()

    assert (mails.notify_due(now=at), mails.notify_due(now=at + MINUTE)) == (1, 0)
    assert [message.to for message in mail.outbox] == [["first@example.com"]]
    assert "Held for a guest who waited" in text_of(second.get(PAGE))
    assert "Held for a guest who waited" in text_of(Client().get(PAGE))
    assert "Pay and start" in text_of(first.get(PAGE))
    mails.notify_due(now=at + waiting_list.HELD_FOR)

    assert [message.to for message in mail.outbox] == [["first@example.com"], ["second@example.com"]]
    assert [row.email for row in WaitingGuest.objects.all()] == ["second@example.com"]


def test_it_is_in_the_guests_language(world, busy):
    guest = Client(headers={"accept-language": "de"})
    ask(guest)
    becomes_free()

    mails.notify_due(now=now())

    assert mail.outbox[0].subject.startswith("SUN001 ist frei: bis ")
    assert "Lassen Sie die nächste Person vor" in mail.outbox[0].body


def test_a_mail_server_that_takes_nothing_ends_the_hold_and_after_three_times_the_wait(world, busy, guest, monkeypatch):
    def fail(_message) -> None:
        raise mails.outbox.FailedError("down")

    ask(guest)
    becomes_free()
    monkeypatch.setattr(mails.outbox, "deliver", fail)
    for left in (1, 1, 0):
        assert mails.notify_due(now=now()) == 0
        assert WaitingGuest.objects.count() == left
        assert "Pay and start" in text_of(Client().get(PAGE))


def test_a_worker_that_dies_before_the_mail_leaves_nobody_held_for_long(world, busy):
    ask(Client(), "first@example.com")
    ask(Client(), "second@example.com")
    becomes_free()
    at = now()
    assert [held.email for held in waiting_list.next_in_turn(now=at)] == ["first@example.com"]  # and here it dies
    assert mails.notify_due(now=at + MINUTE / 2) == 0

    assert mails.notify_due(now=at + MINUTE) == 1

    assert [message.to for message in mail.outbox] == [["first@example.com"]]
    assert WaitingGuest.objects.get(email="first@example.com").held_until == at + MINUTE + waiting_list.HELD_FOR


def test_a_mail_that_is_only_printed_tells_nobody_and_the_turn_passes_on(world, busy, settings):
    settings.EMAIL_BACKEND = "backoffice.printed_mail.EmailBackend"
    ask(Client(), "first@example.com")
    ask(Client(), "second@example.com")
    becomes_free()
    at = now()
    for minute in range(4):
        assert mails.notify_due(now=at + minute * MINUTE) == 0

    held = WaitingGuest.objects.get()
    assert (held.email, held.informed_at) == ("second@example.com", None)
    assert held.held_until == at + 3 * MINUTE + waiting_list.HELD_FOR


def test_a_page_seen_while_the_mail_failed_keeps_its_hold(world, busy, guest, monkeypatch):
    def fail_after_the_page_was_opened(_message) -> None:
        waiting_list.mark_informed(WaitingGuest.objects.get(), now=now())
        raise mails.outbox.FailedError("down")

    ask(guest)
    becomes_free()
    monkeypatch.setattr(mails.outbox, "deliver", fail_after_the_page_was_opened)

    mails.notify_due(now=now())

    assert WaitingGuest.objects.get().held_until is not None
