"""Access > Mobility providers: blocked per host, with a reason, after seeing what that affects."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, Decision, MobilityProvider, ProviderBlock, Token
from chargers.models import Charger, Property, Transaction
from tests.kit.world import make_charger, make_user, tap

pytestmark = pytest.mark.django_db
BLOCK = "/authorization/providers/NL-EMS/block/"
UNBLOCK = "/authorization/providers/NL-EMS/unblock/"


@pytest.fixture
def msp(world):
    Property.objects.update(access="public_roaming")
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=msp, uid="GOODCARD", canonical_uid="GOODCARD", whitelist="ALWAYS")
    return msp


def text_of(response) -> str:
    return response.content.decode()


def test_it_blocks_at_one_host_and_lifts_the_block_again(world, client_of, msp):
    client = client_of(world.owner)
    other = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="lofts", name="Lofts", time_zone="UTC", access="public_roaming"
    )
    elsewhere = make_charger(other, "CP9", station_id="LAK001")

    client.post(f"{BLOCK}?host=sunset", {"reason": "Invoices unpaid"})
    tap(world.charger, "GOODCARD")
    tap(elsewhere, "GOODCARD")

    blocked = Decision.objects.get(charger=world.charger)
    assert (blocked.reason, Decision.objects.get(charger=elsewhere).verdict) == ("msp_blocked", "accepted")
    assert "blocked by Sunset Stays on" in str(blocked.trace)
    assert "blocked by Sunset Stays" in text_of(client.get("/authorization/providers/"))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.host, entry.reason) == ("provider.blocked", world.host, "Invoices unpaid")

    client.post(f"{UNBLOCK}?host=sunset", {"reason": "Paid"})
    tap(world.charger, "GOODCARD")

    assert Decision.objects.order_by("-id").first().verdict == "accepted"
    assert not ProviderBlock.objects.exists()


def test_it_shows_first_what_a_block_affects(world, client_of, msp):
    tap(world.charger, "GOODCARD")
    Charger.objects.update(configured=False)
    tap(world.charger, "GOODCARD")
    at = datetime(2026, 5, 3, tzinfo=UTC)
    for transaction_id, uid in (("1", "goodcard"), ("2", "04A1B2C3D4")):
        Transaction.objects.create(
            charger=world.charger,
            transaction_id=transaction_id,
            ocpp_version="1.6",
            id_token=uid,
            started_at=at,
            start_received_at=at,
        )

    response = client_of(world.owner).get(f"{BLOCK}?host=sunset")

    traffic = response.context["traffic"]
    assert (traffic.cards, traffic.accepted, traffic.refused) == (1, 1, 1)
    assert [running.id_token for running in traffic.running] == ["goodcard"]
    assert [place.name for place in traffic.open_at] == ["Sunset 1"]
    assert not ProviderBlock.objects.exists()


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_only_managers_and_agents_block_for_a_host(world, client_of, msp, person, status):
    client = client_of(getattr(world, person))

    assert client.get(f"{BLOCK}?host=sunset").status_code == status
    done = client.post(f"{BLOCK}?host=sunset", {"reason": "No"})

    assert ProviderBlock.objects.exists() is (done.status_code == 302) is (status == 200)


@pytest.mark.parametrize(
    ("person", "may"), [("owner", False), ("teammate", False), ("stranger", False), ("agent", True)]
)
def test_only_agents_block_for_all_hosts(world, client_of, msp, person, may):
    client_of(getattr(world, person)).post(f"{BLOCK}?host=all", {"reason": "Fraud"})

    msp.refresh_from_db()
    assert (msp.blocked, msp.blocked_reason) == ((True, "Fraud") if may else (False, ""))


def test_it_needs_a_reason(world, client_of, msp):
    response = client_of(world.owner).post(f"{BLOCK}?host=sunset", {"reason": ""})

    assert response.context["form"].errors["reason"]
    assert not ProviderBlock.objects.exists()


def test_it_does_not_know_an_absent_provider(world, client_of):
    assert client_of(world.owner).get(f"{BLOCK}?host=sunset").status_code == 404


def test_its_menu_offers_what_the_viewer_may_do(world, client_of, msp):
    ProviderBlock.objects.create(host=world.host, msp=msp, reason="Mine", since=datetime(2026, 5, 3, tzinfo=UTC))

    menus = {
        person: [choice.words for row in page(client_of, getattr(world, person)) for choice in row.menu]
        for person in ("owner", "teammate", "stranger", "agent")
    }

    assert menus == {
        "owner": ["Unblock at Sunset Stays…"],
        "teammate": [],
        "stranger": ["Block at Lakeside Lofts…"],
        "agent": ["Block for all hosts…"],
    }


def test_it_keeps_a_hosts_block_from_strangers(world, client_of, msp):
    ProviderBlock.objects.create(host=world.host, msp=msp, reason="Mine", since=datetime(2026, 5, 3, tzinfo=UTC))

    (row,) = page(client_of, world.stranger)

    assert row.blocks == []


def test_a_manager_of_two_hosts_blocks_each_apart(world, client_of, msp):
    both = make_user("both@example.com", world.host, "owner")
    both.memberships.create(host=world.stranger.memberships.get().host, role="manager")

    (row,) = page(client_of, both)

    assert [choice.scope for choice in row.menu] == ["lakeside", "sunset"]


def page(client_of, user):
    return client_of(user).get("/authorization/providers/").context["rows"]
