"""Which messages are due to browsers, in which words, and that each is told once."""

from datetime import timedelta

from billing.models import PushMessage, Session
from billing.sessions.lifecycle import lifecycle
from billing.sessions.push import messages
from tests.kit import charging
from tests.kit.push import browser, subscribe
from tests.kit.running import now, running
from tests.kit.views_live import done

__all__ = ["browser", "now", "running"]
MINUTE = timedelta(minutes=1)


def titles() -> list[str]:
    return list(PushMessage.objects.order_by("pk").values_list("title", flat=True))


def test_it_tells_once_that_charging_has_ended(browser, running, now):
    subscribe(running, browser, at=now - 10 * MINUTE)
    assert messages.write_due(now=now) == 0
    done(running, at=now)
    assert messages.write_due(now=now + MINUTE / 2) == 0  # cars pause for seconds

    assert [messages.write_due(now=now + minutes * MINUTE) for minutes in (1, 2)] == [1, 0]

    told = PushMessage.objects.get()
    assert (told.title, told.text) == ("Charging has ended", "SUN001, Sunset 1. Please unplug.")
    assert running.secret not in str(PushMessage.objects.values().get())


def test_it_tells_five_minutes_before_the_fee_begins(browser, running, now):
    subscribe(running, browser, at=now - 10 * MINUTE, language="de")
    done(running, at=now)
    for minutes in range(1, 12):
        messages.write_due(now=now + minutes * MINUTE)

    told = PushMessage.objects.get(kind="idle_fee")
    assert told.title == "Blockiergebühr beginnt in 5 min"
    assert "0,15" in told.text
    assert told.expires_at == now + 10 * MINUTE
    assert len(titles()) == 2


def test_it_tells_of_a_plug_that_was_out_at_once(browser, running, now):
    subscribe(running, browser, at=now - 10 * MINUTE)
    charging.finish(running.transaction, wh=8000, at=now)
    Session.objects.filter(pk=running.pk).update(stopped_at=now, unplugged_at=now)

    assert [messages.write_due(now=now + MINUTE) for _ in range(2)] == [1, 0]
    assert PushMessage.objects.get().text == "SUN001, Sunset 1"


def test_it_tells_nothing_that_was_so_before_or_is_no_news(browser, running, now):
    done(running, at=now)
    subscribe(running, browser, at=now + MINUTE)
    assert messages.write_due(now=now + 2 * MINUTE) == 0
    subscribe(running, browser, at=now - MINUTE)

    assert messages.write_due(now=now + 20 * MINUTE) == 0


def test_a_car_that_never_charged_has_not_ended(browser, running, now):
    subscribe(running, browser, at=now - 10 * MINUTE)
    type(running.transaction).objects.update(register_wh=1000)
    done(running, at=now)
    assert lifecycle.running(running, now=now + MINUTE).idle is not None

    assert messages.write_due(now=now + 2 * MINUTE) == 0
