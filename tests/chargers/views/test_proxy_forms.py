"""Connecting a back office, what it may ask for, and who leads."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from chargers.lib import secrets
from chargers.models import BackOffice, Upstream
from chargers.upstreams import backends
from tests.kit.proxy_pages import filled, upstream

pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/proxy/"
NOW = datetime.now(tz=UTC)


def test_a_follower_is_connected_and_written_down_without_its_password(world, client_of):
    response = client_of(world.owner).post(f"{PAGE}connect/", filled(), follow=True)

    assert "Energy manager is set up." in response.text
    row = Upstream.objects.get()
    assert (row.charger, row.role, secrets.decrypt(row.password_encrypted)) == (
        world.charger,
        "follower",
        "s3cret-of-theirs",
    )
    entry = AuditEntry.objects.get(verb="upstream.connected")
    assert (entry.actor, entry.after["name"]) == ("user:owner@example.com", "Energy manager")
    assert "s3cret" not in str(entry.after)
    assert list(backends.changed_since(NOW - timedelta(days=1))) == [world.charger.pk]


def test_the_role_comes_first_and_the_catalogue_fills_the_form(world, client_of):
    known = BackOffice.objects.create(name="Known One", url="wss://known.example/ocpp", hint="Look there.")
    client = client_of(world.owner)

    first = client.get(f"{PAGE}connect/").text
    second = client.get(f"{PAGE}connect/?role=leader&known={known.pk}").text

    assert "Connect as Leader" in first
    assert "Known One" not in first
    assert 'value="wss://known.example/ocpp"' in second
    assert "Look there." in second


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "https://energy.example"}, "Begin with wss://"),
        ({"url": "wss://a:b@energy.example"}, "in their own fields"),
        ({"url": "wss://energy.example:99999"}, "Write the address of its websocket"),
        ({"name": "Us"}, "Give it the name that people know it by."),
        ({"name": "Partner"}, "connected already"),
        ({"certificate": "PEM"}, "A client certificate needs its key"),
    ],
)
def test_it_says_what_is_wrong_with_a_back_office(world, client_of, fields, sentence):
    upstream(world)

    response = client_of(world.owner).post(f"{PAGE}connect/", filled(**fields))

    assert sentence in response.text
    assert Upstream.objects.count() == 1


def test_another_password_is_typed_and_what_is_hidden_stays(world, client_of):
    row = upstream(world, url="wss://partner.example/ocpp?key=hidden", password_encrypted=secrets.encrypt("old"))
    page, client = f"{PAGE}{row.pk}/edit/", client_of(world.owner)

    shown = client.get(page).text
    client.post(page, {"url": "wss://partner.example/ocpp?…", "username": "CP-9", "password": "new"})
    row.refresh_from_db()

    assert "key=hidden" not in shown
    assert "old" not in shown.partition("How Partner is reached")[2]
    assert (row.url, row.username) == ("wss://partner.example/ocpp?key=hidden", "CP-9")
    assert secrets.decrypt(row.password_encrypted) == "new"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["password"]) == ("upstream.edited", "changed")
    assert "new" not in str(entry.after.values()).replace("changed", "")


def test_another_address_is_typed_and_the_password_stays(world, client_of):
    row = upstream(world, password_encrypted=secrets.encrypt("old"))

    client_of(world.owner).post(f"{PAGE}{row.pk}/edit/", {"url": "wss://new.example/"})
    refused = client_of(world.owner).post(f"{PAGE}{row.pk}/edit/", {"url": "https://new.example/"})
    row.refresh_from_db()

    assert (row.url, secrets.decrypt(row.password_encrypted)) == ("wss://new.example/", "old")
    assert "Begin with wss://" in refused.text
