"""Who sees what by the REST API: a host its own, agents all, and strangers the same 404 as for what is not there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Model

from authorization.models import (
    AccessGrant,
    AuditEntry,
    Membership,
    MobilityProvider,
    ProviderBlock,
    ReimbursementContract,
    Stay,
    User,
)
from authorization.tokens import token_imports
from billing.models import RateAssignment
from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.models import Charger
from tests.kit import charging
from tests.kit.callers import YESTERDAY, Api, Callers
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db
NO_ID = "00000000-0000-7000-8000-000000000000"
LISTS = {
    "grants/": 1, "members/": 3, "provider-blocks/": 1, "reimbursements/": 1, "stays/": 1, "token-groups/": 1,
    "chargers/": 1, "chargers/CP1/messages/": 1, "chargers/CP1/commands/": 1, "decisions/": 2, "properties/": 1,
    "rate-assignments/": 1, "rates/": 1, "receipts/": 1, "sessions/": 1, "tokens/": 1, "disputes/": 1,
    "receivables/": 1, "complaints/": 1,
}  # fmt: skip


@pytest.fixture
def details(world: World, paid) -> dict[str, str]:
    """One of everything: the address of each and that of an absent one."""
    message = tap(world.charger, "FFFFFFFF")
    extra = more_of(world)
    charging.dispute(paid)
    charging.receivable(paid)
    complaint = charging.complaint(paid)
    command = queue.request(
        world.charger, CommandRequest(action="ClearCache", payload={}, origin="system"), now=YESTERDAY
    )
    return {
        "chargers/CP1/": "chargers/CP9/",
        "chargers/CP1/proxy/": "chargers/CP9/proxy/",
        f"chargers/CP1/messages/{message.id}/": f"chargers/CP1/messages/{NO_ID}/",
        f"commands/{command.id}/": f"commands/{NO_ID}/",
        f"complaints/{complaint.pk}/": "complaints/999999/",
        f"decisions/{message.decision_id}/": f"decisions/{NO_ID}/",
        "properties/sunset-1/": "properties/sunset-9/",
        f"rate-assignments/{RateAssignment.objects.get().pk}/": "rate-assignments/999999/",
        f"rates/{paid.rate_version.rate_id}/": "rates/999999/",
        f"receipts/{paid.receipts.get().pk}/": "receipts/999999/",
        f"sessions/{paid.pk}/": f"sessions/{NO_ID}/",
        f"tokens/{world.member.pk}/": "tokens/999999/",
        **{f"{kind}/{row.pk}/": f"{kind}/999999/" for kind, row in extra.items()},
    }


def more_of(world: World) -> dict[str, Model]:
    """What is made by hand about cards and people."""
    at = YESTERDAY
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    helper = User.objects.create(email="helper@example.com", email_confirmed_at=at)
    AccessGrant.objects.create(
        user=helper, host=world.host, role="operator", reason="x", granted_at=at, ends_at=at + timedelta(days=7)
    )
    Membership.objects.create(user=User.objects.create(email="third@example.com"), host=world.host, role="finance")
    contract = ReimbursementContract.objects.create(
        host=world.host, token=world.member, name="Kim", employer="Acme", currency="USD", active_from=at
    )
    stay = Stay.objects.create(property=world.site, arrives_at=at, departs_at=at + timedelta(days=2))
    kept = token_imports.keep(world.host, name="x", content=b"uid\n04A1B2C3D4\n", by="x", now=datetime.now(tz=UTC))
    return {
        "provider-blocks": ProviderBlock.objects.create(host=world.host, msp=msp, reason="x", since=at),
        "reimbursements": contract,
        "stays": stay,
        "token-groups": world.group,
        "token-imports": kept,
    }


def test_it_shows_a_host_what_is_its_own(callers: Callers, details):
    for address in details:
        assert callers.owner.get(address).status_code == 200, address
    assert {name: len(callers.owner.get(name).json()["results"]) for name in LISTS} == LISTS


def test_it_shows_agents_everything(callers: Callers, details):
    for address in details:
        assert callers.agent.get(address).status_code == 200, address
    seen = {name: len(callers.agent.get(name).json()["results"]) for name in LISTS}
    assert seen == LISTS | {"members/": LISTS["members/"] + 1}


def test_it_answers_another_host_as_if_nothing_were_there(callers: Callers, details):
    for address, absent in details.items():
        foreign, missing = callers.stranger.get(address), callers.owner.get(absent)
        assert (foreign.status_code, foreign.json()) == (404, missing.json()), address
    lists = {name: callers.stranger.get(name) for name in LISTS}
    assert {name for name, answer in lists.items() if answer.status_code == 404} == {
        "chargers/CP1/messages/",
        "chargers/CP1/commands/",
    }
    assert [one["email"] for one in lists.pop("members/").json()["results"]] == ["stranger@example.com"]
    assert all(answer.json()["results"] == [] for answer in lists.values() if answer.status_code == 200)


@pytest.mark.parametrize("key", [None, "nonsense", "abcdefgh.wrong"])
def test_it_tells_nothing_without_a_right_key(key, details):
    for address in details:
        answer = Api(key).get(address)
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized"), address
        assert answer.headers["WWW-Authenticate"] == "Api-Key"


def test_it_lets_another_host_change_nothing(callers: Callers, world: World, rate):
    definition = {"energy": [{"name": "all day", "price": "9.99"}]}
    extra = more_of(world)

    answers = [
        callers.stranger.post("chargers/CP1/commands/", {"action": "ClearCache"}),
        callers.stranger.post("chargers/CP1/decide/", {"uid": "04A1B2C3D4"}),
        callers.stranger.post("chargers/CP1/starts/", {"uid": "04A1B2C3D4"}),
        callers.stranger.post(f"rates/{rate.rate_id}/versions/", {"definition": definition}),
        callers.stranger.patch(f"tokens/{world.member.pk}/", {"blocked": True, "reason": "Mine now"}),
        callers.stranger.delete(f"tokens/{world.member.pk}/groups/residents/"),
        callers.stranger.patch(f"token-groups/{extra['token-groups'].pk}/", {"name": "Mine"}),
        callers.stranger.delete(f"token-groups/{extra['token-groups'].pk}/"),
        callers.stranger.delete(f"provider-blocks/{extra['provider-blocks'].pk}/?reason=x"),
        callers.stranger.patch(f"reimbursements/{extra['reimbursements'].pk}/", {"chargers": []}),
        callers.stranger.post(f"reimbursements/{extra['reimbursements'].pk}/end/", {}),
        callers.stranger.post(f"stays/{extra['stays'].pk}/end/", {}),
        callers.stranger.post(f"token-imports/{extra['token-imports'].pk}/apply/", {}),
        callers.stranger.delete(f"token-imports/{extra['token-imports'].pk}/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert not AuditEntry.objects.exists()
    world.member.refresh_from_db()
    assert not world.member.blocked
    assert rate.rate.versions.count() == 1
    assert not Charger.objects.get().commands.exists()


def test_it_does_not_know_the_group_of_another_host(callers: Callers, world: World):
    answer = callers.stranger.post("tokens/", {"uid": "DEADBEEF", "group": "residents"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "group"
    assert world.group.tokens.count() == 1
