"""Access > Roaming: one foreign card by its exact number, and where it would be accepted."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, MobilityProvider, ProviderBlock, ProviderSync, Token
from authorization.tokens.views.roaming import SEARCHES_A_MINUTE
from chargers.models import Property
from tests.kit.world import make_charger

pytestmark = pytest.mark.django_db
PAGE = "/authorization/roaming/"


@pytest.fixture
def foreign(world):
    """A provider's card, and a second property of the host that admits it."""
    public = Property.objects.create(
        host=world.host, slug="harbour", name="Harbour", time_zone="America/New_York", access="public_roaming"
    )
    make_charger(public, "CP5", station_id="HAR001")
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    return Token.objects.create(
        msp=msp, uid="04:DE:AD:BE:EF:01", canonical_uid="04DEADBEEF01", visual_number="NL-EMS-7", whitelist="ALWAYS"
    )


def text_of(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("query", ["04DEADBEEF01", "04:de:ad:be:ef:01", "0x04deadbeef01", "nl-ems-7"])
@pytest.mark.parametrize("person", ["owner", "teammate", "agent"])
def test_it_finds_a_card_by_its_exact_number(world, client_of, foreign, query, person):
    text = text_of(client_of(getattr(world, person)).get(PAGE, {"q": query}))

    for told in ("04:DE:AD:BE:EF:01", "Example eMSP", "Always: accepted without asking", "Last updated"):
        assert told in text


@pytest.mark.parametrize("query", ["", "04", "04DEADBEEF", "NL-EMS", "%", "04DEADBEEF0%"])
@pytest.mark.parametrize("person", ["owner", "teammate", "stranger"])
def test_it_lists_no_foreign_cards_for_hosts(world, client_of, foreign, query, person):
    text = text_of(client_of(getattr(world, person)).get(PAGE, {"q": query}))

    assert "04:DE:AD:BE:EF:01" not in text
    assert "NL-EMS-7" not in text


def test_it_lists_them_for_agents(world, client_of, foreign):
    assert "04:DE:AD:BE:EF:01" in text_of(client_of(world.agent).get(PAGE))


def test_it_tells_at_which_properties_it_would_be_accepted(world, client_of, foreign):
    ((_, places),) = client_of(world.owner).get(PAGE, {"q": foreign.uid}).context["places"]

    told = [(place.site.name, len(place.opens), [one.reason.code for one in place.closed]) for place in places]
    assert told == [("Harbour", 1, []), ("Sunset 1", 0, ["not_public"])]


def test_it_shows_a_stranger_only_their_own_properties(world, client_of, foreign):
    response = client_of(world.stranger).get(PAGE, {"q": foreign.uid})

    assert response.context["places"] == [(foreign.canonical_uid, [])]
    assert "Harbour" not in text_of(response)


def test_it_says_who_blocked_the_provider(world, client_of, foreign):
    since = datetime(2026, 5, 3, tzinfo=UTC)
    ProviderBlock.objects.create(host=world.host, msp=foreign.msp, reason="Invoices unpaid", since=since)

    ours = text_of(client_of(world.owner).get(PAGE, {"q": foreign.uid}))
    theirs = text_of(client_of(world.stranger).get(PAGE, {"q": foreign.uid}))

    assert "blocked by Sunset Stays" in ours
    assert "on 3 May 2026: Invoices unpaid" in ours
    assert "Sunset Stays" not in theirs


def test_it_leads_on_where_nothing_is_found(world, client_of, foreign):
    client = client_of(world.owner)

    assert '<a class="mono" href="?q=04DEADBEEF01">' in text_of(client.get(PAGE, {"q": "01EFBEADDE04"}))
    assert f"/authorization/tokens/{world.member.pk}/" in text_of(client.get(PAGE, {"q": "04A1B2C3D4"}))


def test_it_costs_no_more_queries_for_more_chargers(world, client_of, foreign, django_assert_max_num_queries):
    for number in range(20):
        make_charger(world.site, f"N{number}", station_id=f"N{number}")
    client = client_of(world.owner)

    with django_assert_max_num_queries(9):
        client.get(PAGE, {"q": foreign.uid})


def test_it_lets_nobody_guess_numbers_one_after_the_other(world, client_of, foreign):
    client = client_of(world.owner)
    for number in range(SEARCHES_A_MINUTE):
        assert client.get(PAGE, {"q": f"04DEADBE{number:04X}"}).status_code == 200

    answer = client.get(PAGE, {"q": "04DEADBEEF01"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "04:DE:AD:BE:EF:01" not in text_of(answer)
    assert client.get(PAGE).status_code == 200
    assert "Example eMSP" in text_of(client_of(world.teammate).get(PAGE, {"q": "04DEADBEEF01"}))


@pytest.mark.parametrize(("person", "status"), [("owner", 302), ("teammate", 404), ("stranger", 302), ("agent", 302)])
def test_it_has_a_providers_cards_fetched_again(world, client_of, foreign, person, status):
    MobilityProvider.objects.update(authorize_url="https://emsp.example/tokens")
    client, address = client_of(getattr(world, person)), f"/authorization/providers/{foreign.msp.key}/resync/"

    page = text_of(client.get(PAGE, {"q": foreign.uid}))
    pressed = client.post(f"{address}?q={foreign.uid}")

    assert pressed.status_code == status
    assert ("cards again</button>" in page) is (status == 302)
    assert ProviderSync.objects.filter(msp=foreign.msp, done_at=None).exists() is (status == 302)
    if status == 302:
        assert "being fetched" in text_of(client.get(pressed.headers["Location"]))
        assert "less than 5 minutes ago" in text_of(client.post(address, follow=True))
        assert AuditEntry.objects.get().verb == "provider.resync_asked"


def test_it_says_so_where_a_provider_cannot_be_asked(world, client_of, foreign):
    client = client_of(world.owner)

    assert "cards again</button>" not in text_of(client.get(PAGE, {"q": foreign.uid}))
    assert "has no address of it" in text_of(client.post("/authorization/providers/NL-EMS/resync/", follow=True))
