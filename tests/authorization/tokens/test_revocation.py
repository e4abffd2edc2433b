"""What it stops, and what it does not, when a card is blocked, no longer valid, or taken out of a group."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import Token
from chargers.models import Charger, Transaction, Variable
from tests.kit.token_pages import page, text_of
from tests.kit.world import make_charger

__all__ = ["page"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def setting(charger, name, value, component=""):
    Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)


def test_it_says_what_revoking_stops_and_what_it_does_not(world, client_of, page):
    remembering = make_charger(world.site, "CP2", station_id="SUN002")
    strict = make_charger(world.site, "CP3", station_id="SUN003")
    setting(remembering, "Enabled", "true", component="AuthCacheCtrlr")
    setting(strict, "LocalAuthorizeOffline", "false")
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4())
    setting(world.charger, "LocalAuthListEnabled", "true")
    Transaction.objects.create(
        charger=world.charger,
        transaction_id="7",
        ocpp_version="1.6",
        id_token="04:a1:b2:c3:d4",
        started_at=NOW,
        start_received_at=NOW,
    )

    response = client_of(world.owner).get(f"{page}flags/?do=block")

    outlook = response.context["outlook"]
    assert [charger.station_id for charger in outlook.refusing] == ["SUN001", "SUN002", "SUN003"]
    assert [running.charger.station_id for running in outlook.running] == ["SUN001"]
    assert [(memory.charger.station_id, memory.how) for memory in outlook.offline] == [
        ("SUN002", "keeps a cache of cards")
    ]
    assert [(memory.charger.station_id, memory.how) for memory in outlook.later] == [("SUN001", "keeps a local list")]
    assert "That session goes on" in text_of(response)
    assert "may go on accepting it until the connection is back" in text_of(response)


def test_it_says_that_a_block_stays_when_only_the_other_flag_changes(world, client_of, page):
    Token.objects.filter(pk=world.member.pk).update(valid=False, blocked=True)

    assert "still marked as not valid" in text_of(client_of(world.owner).get(f"{page}flags/?do=unblock"))
