"""Access > Tokens > one card: flags with a reason, what is noted, where it works and where not."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, MobilityProvider, Token
from chargers.models import Charger, Property, Transaction, Variable
from tests.kit.world import make_charger, tap

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.fixture
def page(world):
    return f"/authorization/tokens/{world.member.pk}/"


def text_of(response) -> str:
    return response.content.decode()


def setting(charger, name, value, component=""):
    Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)


@pytest.mark.parametrize(
    ("do", "before", "after", "reason_kept"),
    [
        ("block", {"blocked": False}, {"valid": True, "blocked": True}, "Reported lost"),
        ("unblock", {"blocked": True, "blocked_reason": "x"}, {"valid": True, "blocked": False}, ""),
        ("invalidate", {"valid": True}, {"valid": False, "blocked": False}, ""),
        ("validate", {"valid": False}, {"valid": True, "blocked": False}, ""),
    ],
)
def test_it_changes_one_flag_with_a_reason(world, client_of, page, do, before, after, reason_kept):
    Token.objects.filter(pk=world.member.pk).update(**before)

    response = client_of(world.owner).post(f"{page}flags/", {"do": do, "reason": "Reported lost"})

    assert response.headers["Location"] == page
    token = Token.objects.get(pk=world.member.pk)
    assert ({"valid": token.valid, "blocked": token.blocked}, token.blocked_reason) == (after, reason_kept)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == ("token.changed", "Reported lost", after)
    assert "Reported lost" in text_of(client_of(world.owner).get(page))


def test_it_asks_for_the_reason(world, client_of, page):
    response = client_of(world.owner).post(f"{page}flags/", {"do": "block", "reason": " "})

    assert response.context["form"].errors["reason"]
    assert not Token.objects.get(pk=world.member.pk).blocked
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
@pytest.mark.parametrize("form", ["flags/?do=block", "edit/"])
def test_its_forms_are_for_managers(world, client_of, page, person, status, form):
    client = client_of(getattr(world, person))

    assert client.get(f"{page}{form}").status_code == status
    if status == 404:
        said = {"do": "block", "reason": "Lost", "group": world.group.pk, "owner": "Eve"}
        for act in ("flags/", "edit/", "leave/"):
            assert client.post(f"{page}{act}", said).status_code == 404
        token = Token.objects.get(pk=world.member.pk)
        assert (token.blocked, token.owner, token.groups.count()) == (False, "", 1)


def test_it_offers_a_teammate_nothing_to_press(world, client_of, page):
    text = text_of(client_of(world.teammate).get(page))

    assert "Owners and managers of Sunset Stays" in text
    assert "flags/" not in text
    assert "edit/" not in text


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


def test_it_tells_per_property_where_the_card_works_and_where_not(world, client_of, page):
    other = Property.objects.create(host=world.host, slug="bluff", name="Bluff", time_zone="America/New_York")
    make_charger(other, "CP8", station_id="BLU001")

    response = client_of(world.owner).get(page)

    told = [
        (place.site.name, len(place.opens), [closed.reason.code for closed in place.closed])
        for place in response.context["places"]
    ]
    assert told == [("Bluff", 0, ["not_in_local_group"]), ("Sunset 1", 1, [])]
    assert "none of which opens" not in text_of(response)
    assert "which does not open charger CP8" in text_of(response)


def test_it_costs_no_more_queries_for_more_chargers(world, client_of, page, django_assert_max_num_queries):
    for number in range(25):
        make_charger(world.site, f"N{number}", station_id=f"N{number}")
        tap(world.charger, "04A1B2C3D4")
    client = client_of(world.owner)

    with django_assert_max_num_queries(14):
        client.get(page)


def test_it_saves_what_is_noted_in_the_zone_of_the_properties(world, client_of, page):
    response = client_of(world.owner).post(
        f"{page}edit/", {"visual_number": "SUN-9", "owner": "Kim", "expires_at": "2026-12-31T23:59"}
    )

    assert response.headers["Location"] == page
    token = Token.objects.get(pk=world.member.pk)
    assert (token.visual_number, token.owner) == ("SUN-9", "Kim")
    assert token.expires_at == datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
    before = {"visual_number": "SUN-1", "owner": "", "expires_at": "", "may_charge_concurrently": "no"}
    assert AuditEntry.objects.get().before == before
    assert 'value="2026-12-31T23:59"' in text_of(client_of(world.owner).get(f"{page}edit/"))
    assert "changed expires, owner, visual number" in text_of(client_of(world.owner).get(page))


def test_it_takes_a_card_out_of_a_group(world, client_of, page):
    client_of(world.owner).post(f"{page}leave/", {"group": world.group.pk})

    assert world.member.groups.count() == 0
    assert AuditEntry.objects.get().verb == "token.left_group"


@pytest.mark.parametrize("query", ["0x04A1B2C3D4", "04a1b2c3d4", "04-A1-B2-C3-D4"])
def test_its_search_finds_more_notations(world, client_of, query, page):
    assert page in text_of(client_of(world.owner).get("/authorization/tokens/", {"q": query}))


def test_a_providers_card_is_shown_to_agents_and_changed_by_nobody(world, client_of):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    foreign = Token.objects.create(msp=msp, uid="NLEMS42", canonical_uid="NLEMS42")
    client = client_of(world.agent)
    address = f"/authorization/tokens/{foreign.pk}/"

    assert "Example eMSP sets both" in text_of(client.get(address))
    assert client.post(f"{address}flags/", {"do": "block", "reason": "x"}).status_code == 404
    assert client_of(world.owner).get(address).status_code == 404


def test_it_does_not_overwrite_what_another_agent_saved_meanwhile(world, client_of, page):
    def seen_by(client):
        return client.get(f"{page}edit/").context["seen"]

    mine, theirs = client_of(world.owner), client_of(world.agent)
    first = seen_by(mine)
    theirs.post(f"{page}edit/", {"visual_number": "SUN-9", "owner": "Kim", "as_seen": seen_by(theirs)})

    refused = mine.post(f"{page}edit/", {"visual_number": "SUN-1", "owner": "Robin", "as_seen": first})
    after_refusal = Token.objects.get(pk=world.member.pk).owner
    again = mine.post(f"{page}edit/", {"visual_number": "SUN-1", "owner": "Robin", "as_seen": refused.context["seen"]})

    told = "agent@example.com changed owner, visual number while this page was open, and now it says: SUN-9, Kim."
    assert told in text_of(refused)
    assert 'value="Robin"' in text_of(refused)
    assert after_refusal == "Kim"
    assert again.status_code == 302
    assert Token.objects.get(pk=world.member.pk).owner == "Robin"
