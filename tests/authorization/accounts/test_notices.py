"""Mails about who has access: a host's owners hear of every change, whoever's session made it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from authorization.members.acts import api_keys, people
from authorization.people.members import Outsider
from billing.payments.webhooks import acts as webhooks
from chargers.acts import upstreams
from chargers.acts.upstreams import Connection
from chargers.models import Upstream
from tests.kit.world import World, make_user

NEW = "kim@example.com"
OWNERS = ["owner@example.com", "second@example.com"]


@pytest.fixture(autouse=True)
def _mails(settings, world: World):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SUPPORT_EMAIL = "help@charging.example"
    make_user(OWNERS[1], world.host, "owner")


def at() -> datetime:
    return datetime.now(tz=UTC)


def read() -> tuple[list[str], str]:
    """Who got the mail of the last act, and its text, which is the same for all of them."""
    letters = list(mail.outbox)
    mail.outbox.clear()
    assert all("help@charging.example" in letter.body for letter in letters)
    [text] = {letter.body for letter in letters}
    return [to for letter in letters for to in letter.to], text


def test_owners_hear_of_who_is_invited_and_who_joins(world: World, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invited = people.invite(world.host, email=NEW, role="manager", by=world.owner, now=at())
    to, text = read()
    assert to == OWNERS
    assert "owner@example.com invited kim@example.com to Sunset Stays as manager, on " in text
    assert "/people/sunset/" in text
    assert invited.secret not in text

    with django_capture_on_commit_callbacks(execute=True):
        people.accept_invitation(invited.invitation, user=None, password="a battery of horses", now=at())
    to, text = read()
    assert to == OWNERS
    assert "kim@example.com joined Sunset Stays as manager" in text


def test_owners_hear_of_an_outsider_who_is_let_in(world: World, django_capture_on_commit_callbacks):
    outsiders = [
        Outsider(email=NEW, kind="support", reason="Audit", property=world.site),
        Outsider(email=NEW, kind="support", reason="Audit", charger=world.charger),
    ]
    with django_capture_on_commit_callbacks(execute=True):
        people.let_in_to(world.host, outsiders, by=world.owner, now=at())

    to, text = read()
    assert to == OWNERS
    assert "owner@example.com gave kim@example.com temporary access at Sunset Stays (" in text
    assert "charger SUN001" in text


def test_owners_and_the_person_hear_of_another_role_and_of_the_end(world: World, django_capture_on_commit_callbacks):
    member = world.host.memberships.get(user=world.teammate)
    with django_capture_on_commit_callbacks(execute=True):
        people.change_role(member, role="manager", reason="", by=world.owner, now=at())
    to, text = read()
    assert to == [*OWNERS, "teammate@example.com"]
    assert "made teammate@example.com manager of Sunset Stays (was read only)" in text

    member.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        people.remove(member, reason="", by=world.owner, now=at())
    to, text = read()
    assert to == [*OWNERS, "teammate@example.com"]
    assert "removed teammate@example.com (manager) from Sunset Stays" in text


def test_owners_hear_of_a_new_api_key(world: World, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        key, secret = api_keys.make(
            world.host, name="ERP", scopes=[], ends_at=at() + timedelta(days=30), by=world.owner, now=at()
        )

    to, text = read()
    assert to == OWNERS
    assert f"made the API key “ERP” ({key.prefix}) of Sunset Stays" in text
    assert secret not in text


def connection(**fields: str) -> Connection:
    return Connection(**dict.fromkeys(Connection.__slots__, "") | {"url": "wss://energy.example/ocpp?key=x"} | fields)


def test_owners_hear_of_a_new_leader_and_of_its_new_address(world: World, django_capture_on_commit_callbacks):
    """A Leader of a thief's own would decide about every card and bill for it."""
    facts = {"name": "Energy", "role": "leader", "scope": "charger"}
    with django_capture_on_commit_callbacks(execute=True):
        row = upstreams.connect(world.charger, connection(), **facts, by=world.owner, now=at())
    to, text = read()
    assert to == OWNERS
    assert "owner@example.com made Energy (wss://energy.example/ocpp?…) the Leader of the charger SUN001" in text
    assert "/chargers/CP1/proxy/" in text

    row.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        upstreams.edit(world.charger, row, connection(url="wss://else.example"), by=world.owner, now=at())
    assert "gave the Leader Energy the address wss://else.example" in read()[1]

    with django_capture_on_commit_callbacks(execute=True):
        upstreams.set_leader(world.charger, row, by_us=True, forced=False, by=world.owner, now=at())
    assert "made this back office the Leader of the charger SUN001" in read()[1]

    row = Upstream.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        upstreams.set_leader(world.charger, row, by_us=False, forced=False, by=world.owner, now=at())
    assert "made Energy (wss://else.example) the Leader" in read()[1]


def test_owners_hear_of_a_new_webhook_endpoint(world: World, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        _, secret = webhooks.add(world.host, url="https://example.com/hooks", kinds=None, by=world.owner, now=at())

    to, text = read()
    assert to == OWNERS
    assert "added the webhook address https://example.com/hooks to Sunset Stays" in text
    assert "/connections/sunset/" in text
    assert secret not in text
