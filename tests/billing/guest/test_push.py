"""The button “Notify me”: what the page's script sends, for a session and for a place on a waiting list."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from billing import tasks
from billing.models import PushMessage, PushSubscription, Session, WaitingGuest
from billing.sessions.push import messages, sending
from billing.sessions.waiting_list import mails
from chargers.models import Connector
from tests.kit.bookings import now as at
from tests.kit.guest import guest, station
from tests.kit.push import browser
from tests.kit.running import now, running
from tests.kit.waiting_list import ask, becomes_free

__all__ = ["browser", "guest", "now", "running", "station"]


def press(address: str, browser, do: str, **changes) -> int:
    return Client().post(address, browser.fields | {"do": do} | changes).status_code


def test_a_guest_turns_it_on_and_off(browser, running):
    address = f"/s/{running.secret}/push"
    assert press(address, browser, "state") == 404

    assert [press(address, browser, do) for do in ("subscribe", "state", "stop", "state")] == [204, 204, 204, 404]


def test_the_page_has_the_key_that_browsers_subscribe_with(browser, running, settings):
    page = Client().get(f"/s/{running.secret}/").content.decode()
    assert f'data-push-key="{browser.key_of_site}"' in page

    settings.VAPID_PRIVATE_KEY = ""

    assert "data-push-key" not in Client().get(f"/s/{running.secret}/").content.decode()
    assert press(f"/s/{running.secret}/push", browser, "subscribe") == 404


@pytest.mark.parametrize("changes", [{"endpoint": "https://10.0.0.1/a"}, {"p256dh": "x"}, {"auth": ""}])
def test_what_no_browser_sends_is_refused(browser, running, changes):
    assert press(f"/s/{running.secret}/push", browser, "subscribe", **changes) == 400
    assert not PushSubscription.objects.exists()


def test_it_speaks_the_guests_language(browser, running):
    Client(headers={"accept-language": "nl"}).post(f"/s/{running.secret}/push", browser.fields | {"do": "subscribe"})

    assert PushSubscription.objects.get().language == "nl"


def test_a_session_that_is_over_tells_nothing(browser, running):
    Session.objects.filter(pk=running.pk).update(state="failed")

    assert press(f"/s/{running.secret}/push", browser, "subscribe") == 410


def test_one_source_subscribes_so_often_and_no_more(browser, running):
    answers = [press(f"/s/{running.secret}/push", browser, "subscribe") for _ in range(31)]

    assert answers == [204] * 30 + [429]


def test_a_waiting_guest_is_told_by_the_browser_where_no_mail_is_sent(browser, world, guest, station, settings):
    settings.EMAIL_BACKEND = "backoffice.printed_mail.EmailBackend"
    Connector.objects.update(status="Charging", status_at=at())
    place = ask(guest).url
    assert press(f"{place}push", browser, "subscribe") == 204
    becomes_free()
    moment = at()
    mails.notify_due(now=moment)
    assert messages.write_due(now=moment) == 1

    assert all(sending.send(pk, now=moment) for pk in sending.due(now=moment))

    assert [told["title"] for told in browser.messages] == ["SUN001 is free: held for you for 5 minutes"]
    assert WaitingGuest.objects.get().informed_at == moment
    mails.notify_due(now=moment + timedelta(minutes=2))
    assert WaitingGuest.objects.get().held_until == moment + timedelta(minutes=5)
    assert mail.outbox == []


def test_nothing_stays_when_the_place_is_given_up(browser, world, guest, station):
    Connector.objects.update(status="Charging", status_at=at())
    place = ask(guest).url
    press(f"{place}push", browser, "subscribe")

    guest.post(f"{place}withdraw")

    assert not PushSubscription.objects.exists()
    assert press(f"{place}push", browser, "subscribe") == 410


def test_the_tasks_do_all_of_it(browser, running, now, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    press(f"/s/{running.secret}/push", browser, "subscribe")
    PushSubscription.objects.update(made_at=now - timedelta(minutes=5))
    stopped = {"state": "stopped", "stopped_at": now, "unplugged_at": now}
    Session.objects.filter(pk=running.pk).update(**stopped)

    assert tasks.push_to_guests() == 1
    pk = PushMessage.objects.get().pk
    tasks.send_push_message(pk)

    assert [told["title"] for told in browser.messages] == ["Charging has ended"]
