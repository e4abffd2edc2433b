"""A companion's link: one for a session, stored as a digest, over soon after the session."""

from datetime import timedelta

from billing.models import CompanionLink, Session
from billing.sessions.companions import links
from tests.kit.running import now, running

__all__ = ["now", "running"]
MINUTE = timedelta(minutes=1)


def test_the_secret_is_unguessable_and_not_stored(running, now):
    secret = links.make(running, shows_cost=False, now=now)

    assert len(secret) >= 32
    assert secret not in str(CompanionLink.objects.values().get())
    found = links.find(secret, now=now)
    assert found is not None
    assert found.session == running
    assert links.find(secret[:-1], now=now) is None


def test_a_new_link_ends_the_one_before(running, now):
    first = links.make(running, shows_cost=False, now=now)

    second = links.make(running, shows_cost=True, now=now)

    assert links.find(first, now=now) is None
    assert links.find(second, now=now).shows_cost


def test_a_withdrawn_link_is_nobodys(running, now):
    secret = links.make(running, shows_cost=False, now=now)

    links.withdraw(running)

    assert links.find(secret, now=now) is None
    assert links.of_session(running) is None


def test_it_ends_a_quarter_of_an_hour_after_the_session(running, now):
    secret = links.make(running, shows_cost=False, now=now)
    stays_plugged_in = {"state": "stopped", "stopped_at": now, "unplugged_at": None}
    Session.objects.filter(pk=running.pk).update(**stays_plugged_in)
    assert links.find(secret, now=now + 20 * MINUTE) is not None
    Session.objects.filter(pk=running.pk).update(
        state="settled", settled_at=now + 21 * MINUTE, unplugged_at=now + 20 * MINUTE
    )

    assert links.find(secret, now=now + 34 * MINUTE) is not None
    assert links.find(secret, now=now + 35 * MINUTE) is None
    assert links.prune(now=now + 34 * MINUTE) == 0
    assert links.prune(now=now + 35 * MINUTE) == 1
    assert not CompanionLink.objects.exists()
