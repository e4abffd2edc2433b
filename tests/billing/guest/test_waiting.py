"""A guest asks to be told when a charger is free: their turn by its link, one click to withdraw, and bounds."""

from django.core import mail
from django.core.cache import cache
from django.test import Client

from billing.models import WaitingGuest
from billing.sessions.waiting_list import mails, waiting_list
from tests.kit.bookings import now
from tests.kit.guest import guest, station
from tests.kit.waiting_list import PAGE, _nobody_asked_before, ask, becomes_free, busy, links_of, text_of

__all__ = ["_nobody_asked_before", "busy", "guest", "station"]


def test_the_link_makes_another_phone_the_one_that_may_start(world, busy, guest):
    ask(guest)
    becomes_free()
    mails.notify_due(now=now())
    link, _withdraw = links_of(mail.outbox[0])
    other = Client()
    assert "Held for a guest who waited" in text_of(other.get(PAGE))

    assert "It is your turn" in text_of(other.get(link))
    assert "Pay and start" in text_of(other.get(PAGE))


def test_one_click_withdraws_and_the_next_one_comes_at_once(world, busy):
    ask(Client(), "first@example.com")
    ask(Client(), "second@example.com")
    becomes_free()
    mails.notify_due(now=now())
    link, withdraw = links_of(mail.outbox[0])
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe"] == f"<https://charge.example.com{withdraw}>"
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(withdraw).status_code == 200
    assert WaitingGuest.objects.count() == 2  # a scanner that opens links withdraws nothing

    answer = strict.post(withdraw, {"List-Unsubscribe": "One-Click"})

    assert "You are no longer waiting" in text_of(answer)
    mails.notify_due(now=now())
    assert mail.outbox[-1].to == ["second@example.com"]
    assert strict.get(link).status_code == 410


def test_a_source_and_a_charger_have_bounds(world, busy):
    for number in range(6):
        assert ask(Client(), f"g{number}@example.com").status_code == 302
    assert ask(Client(), "more@example.com").status_code == 429
    cache.clear()
    for number in range(waiting_list.MAX_OF_CHARGER - 6):
        waiting_list.add(world.charger, email=f"n{number}@example.com", language="en", now=now())

    assert ask(Client(), "more@example.com").status_code == 409
    assert WaitingGuest.objects.count() == waiting_list.MAX_OF_CHARGER


def test_an_address_that_waits_already_gets_the_same_answer_and_no_second_mail(world, busy, guest):
    first = ask(guest)
    stranger = Client()

    second = ask(stranger, "KIM@example.com")

    page = text_of(guest.get(first.url)).replace("You are the next one.", "1 guest is told before you.")
    assert (second.status_code, text_of(stranger.get(second.url))) == (302, page)
    becomes_free()
    mails.notify_due(now=now())
    assert [message.to for message in mail.outbox] == [["kim@example.com"]]
    assert "Held for a guest who waited" in text_of(stranger.get(PAGE))
    mails.notify_due(now=now() + waiting_list.HELD_FOR)
    assert len(mail.outbox) == 1


def test_a_phone_has_one_place_and_corrects_its_address(world, busy, guest):
    place = ask(guest, "kim@exmaple.com")

    assert ask(guest, "kim@example.com").url == place.url

    assert [row.email for row in WaitingGuest.objects.all()] == ["kim@example.com"]


def test_the_open_page_tells_that_it_is_the_turn_and_when_it_is_over(world, busy, guest, settings):
    settings.EMAIL_BACKEND = "backoffice.printed_mail.EmailBackend"
    place = ask(guest).url
    assert "This service sends no e-mail" in text_of(guest.get(place))
    becomes_free()
    at = now()
    assert mails.notify_due(now=at) == 0
    assert WaitingGuest.objects.get().informed_at is None

    live = guest.get(place, headers={"hx-request": "true"})

    assert "It is your turn" in text_of(live)
    assert "<html" not in live.content.decode()
    mails.notify_due(now=at + waiting_list.TELLING_TAKES)
    assert WaitingGuest.objects.get().held_until == at + waiting_list.HELD_FOR
    WaitingGuest.objects.all().delete()
    assert guest.get(place, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
