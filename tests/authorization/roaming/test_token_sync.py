"""A provider's cards are fetched again: over a real socket, page by page, with every way that may go wrong."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import MobilityProvider, ProviderSync, Token
from authorization.roaming import token_sync
from chargers.lib import secrets
from chargers.simulator.provider import card
from tests.kit.provider import standing

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as found:
        yield found.provider, found.url


@pytest.fixture
def msp(provider):
    return MobilityProvider.objects.create(
        country_code="NL",
        party_id="EMS",
        name="Example eMSP",
        authorize_url=provider[1],
        authorize_token_encrypted=secrets.encrypt("our-token"),
    )


def fetch(msp, *, at=NOON):
    assert token_sync.request(msp, now=at)
    sync = token_sync.run(msp.pk, now=at)
    token_sync.mark_done(sync, now=at)
    return sync


def numbers(sync):
    return sync.received, sync.changed, sync.wrong, sync.failure


def test_it_takes_every_page_and_says_what_changed(provider, msp):
    known = Token.objects.create(msp=msp, uid="NLEMS0000001", canonical_uid="NLEMS0000001", valid=False)
    other = MobilityProvider.objects.create(country_code="DE", party_id="SLO", name="Slow")
    Token.objects.create(msp=other, uid="NLEMS0000002", canonical_uid="NLEMS0000002", valid=False)
    provider[0].cards = [card(f"NLEMS{n:07}") for n in range(250)]

    sync = fetch(msp)

    assert numbers(sync) == (250, 250, 0, "")
    known.refresh_from_db()
    assert (known.valid, known.whitelist) == (True, "ALWAYS")
    assert (msp.tokens.count(), other.tokens.filter(valid=True).count()) == (250, 0)
    assert [asked.query for asked in provider[0].asked] == [
        "limit=500&offset=0",
        "limit=500&offset=100",
        "limit=500&offset=200",
    ]
    assert {asked.token for asked in provider[0].asked} == {"our-token"}


def test_it_asks_for_what_changed_since_the_last_time(provider, msp):
    provider[0].cards = [card("NLEMS0000001"), card("NLEMS0000002")]
    fetch(msp)
    provider[0].cards[1] |= {"valid": False, "last_updated": "2026-03-10T11:55:00Z"}

    sync = fetch(msp, at=NOON + HOUR)

    assert provider[0].asked[-1].query == "limit=500&offset=0&date_from=2026-03-10T11%3A50%3A00Z"
    assert numbers(sync) == (1, 1, 0, "")
    assert not Token.objects.get(uid="NLEMS0000002").valid
    assert numbers(fetch(msp, at=NOON + 2 * HOUR)) == (0, 0, 0, "")


def test_it_leaves_out_what_is_no_card_and_says_so(provider, msp):
    good = card("NLEMS0000001", visual_number="  A\x00B ", group_id="FAMILY")
    provider[0].cards = [
        good,
        card("NLEMS0000002", whitelist="SOMETIMES"),
        card("NLEMS0000003", valid="true"),
        card("NLEMS0000004", uid=7),
        card("NLEMS0000005", uid="Я"),
        card("NLEMS0000006", uid="VID:00112233"),
    ]

    sync = fetch(msp)

    assert numbers(sync) == (6, 1, 5, "")
    assert sync.wrong_one == "NLEMS0000002: its type, its whitelist or its valid flag is none that OCPI has."
    token = Token.objects.get()
    assert (token.visual_number, token.parent) == ("A B", "FAMILY")


def test_it_does_not_carry_our_token_to_another_server(provider, msp):
    with standing() as elsewhere:
        provider[0].cards = [card(f"NLEMS{n:07}") for n in range(150)]
        provider[0].next_page = elsewhere.url

        sync = fetch(msp)

        assert "which is not its own server" in sync.failure
        assert elsewhere.asked == []
    assert (sync.received, Token.objects.count(), sync.complete_until) == (100, 100, None)


def test_it_says_why_nothing_came(provider, msp, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    sync = fetch(msp)

    assert sync.failure.startswith("Example eMSP was not called: 127.0.0.1 means 127.0.0.1")
    msp.authorize_token_encrypted = "broken"
    msp.save()
    assert "enter it again" in fetch(msp, at=NOON + HOUR).failure


def test_it_asks_once_however_often_it_is_pressed(provider, msp):
    assert token_sync.request(msp, now=NOON)
    assert not token_sync.request(msp, now=NOON)

    assert tasks.resync_providers() == 1
    assert tasks.resync_providers() == 0
    done = ProviderSync.objects.get().done_at
    assert not token_sync.request(msp, now=done + timedelta(minutes=4))
    assert token_sync.request(msp, now=done + timedelta(minutes=6))


def test_it_goes_on_where_a_worker_died(provider, msp):
    token_sync.request(msp, now=NOON)
    ProviderSync.objects.update(begun_at=NOON)

    assert token_sync.run(msp.pk, now=NOON + timedelta(minutes=29)) is None
    assert token_sync.due(now=NOON + timedelta(minutes=31)) == [msp.pk]
    assert token_sync.run(msp.pk, now=NOON + timedelta(minutes=31)).failure == ""
