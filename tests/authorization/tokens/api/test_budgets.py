"""The REST API about budgets of cards and groups."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from authorization.models import AuditEntry, Budget, MobilityProvider, Token
from tests.kit import budgets as kit
from tests.kit.callers import Callers
from tests.kit.imports_api import paths, prefix, verdict
from tests.kit.world import World

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db
UID = "04A1B2C3D4"


def month():
    return f"{datetime.now(tz=UTC).astimezone(ZoneInfo('America/New_York')):%Y-%m}"


def test_it_sets_changes_and_removes_a_cards_budget(callers: Callers, world: World, prefix):
    address = f"tokens/{world.member.pk}/budget/"
    assert callers.owner.get(address).json() == {"budgets": []}
    kit.use(world.charger, UID, wh=12_400, at=kit.this_month())

    answer = callers.owner.put(address, {"limit_wh": 20_000})

    assert answer.status_code == 200, answer.json()
    terms = {"scope": "card", "limit_wh": 20_000, "limit_minor": None, "currency": "", "stops_sessions": False}
    use = {"month": month(), "used_wh": 12_400, "used_minor": None, "is_used_up": False}
    assert answer.json() == callers.owner.get(address).json() == {"budgets": [{"group": None, "budget": terms, **use}]}
    assert callers.owner.get(f"tokens/{world.member.pk}/").json()["budget"] == terms
    assert verdict(callers, UID) == "accepted"

    lowered = callers.owner.put(address, {"limit_wh": 12_400, "stops_sessions": True}).json()["budgets"][0]
    assert (lowered["is_used_up"], lowered["budget"]["stops_sessions"]) == (True, True)
    assert verdict(callers, UID) == "budget_used_up"

    assert callers.owner.delete(address).status_code == 204
    assert callers.owner.delete(address).status_code == 404
    assert callers.owner.get(f"tokens/{world.member.pk}/").json()["budget"] is None
    assert verdict(callers, UID) == "accepted"
    entries = AuditEntry.objects.filter(verb__contains="budget").order_by("id")
    assert list(entries.values_list("actor", "verb")) == [
        (prefix, "token.budget_set"),
        (prefix, "token.budget_set"),
        (prefix, "token.budget_removed"),
    ]
    assert (entries[1].before["limit_wh"], entries[1].after["limit_wh"]) == (20_000, 12_400)


def test_it_sets_a_groups_budgets_for_each_card_and_for_all_together(callers: Callers, world: World, prefix):
    address = f"token-groups/{world.group.pk}/budgets/"
    assert callers.owner.get(address).json() == {"each": None, "used_up_by": 0, "together": None}
    kit.use(world.charger, UID, wh=20_000, at=kit.this_month())

    callers.owner.put(f"{address}card/", {"limit_wh": 20_000})
    both = callers.owner.put(f"{address}group/", {"limit_minor": 50_000}).json()

    assert (both["each"]["limit_wh"], both["used_up_by"]) == (20_000, 1)
    assert both["together"]["budget"] == {
        "scope": "group",
        "limit_wh": None,
        "limit_minor": 50_000,
        "currency": "USD",
        "stops_sessions": False,
    }
    assert (both["together"]["used_minor"], both["together"]["used_wh"], both["together"]["group"]) == (
        0,
        None,
        "residents",
    )
    listed = callers.owner.get("token-groups/").json()["results"][0]["budgets"]
    assert sorted(budget["scope"] for budget in listed) == ["card", "group"]
    of_card = callers.owner.get(f"tokens/{world.member.pk}/budget/").json()["budgets"]
    assert [(use["group"], use["budget"]["scope"], use["is_used_up"]) for use in of_card] == [
        ("residents", "card", True),
        ("residents", "group", False),
    ]
    assert callers.owner.delete(f"{address}card/").status_code == 204
    assert callers.owner.delete(f"{address}card/").status_code == 404
    assert Budget.objects.get().scope == "group"
    verbs = AuditEntry.objects.filter(actor=prefix).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["token_group.budget_set", "token_group.budget_set", "token_group.budget_removed"]


@pytest.mark.parametrize(
    ("terms", "at"),
    [
        ({}, [""]),
        ({"limit_wh": 1, "limit_minor": 1}, [""]),
        ({"limit_wh": 0}, ["limit_wh"]),
        ({"limit_wh": "20000"}, ["limit_wh"]),
        ({"limit_kwh": 20}, ["limit_kwh"]),
    ],
    ids=str,
)
def test_it_sets_no_budget_that_is_wrong(callers: Callers, world: World, terms, at):
    assert paths(callers.owner.put(f"tokens/{world.member.pk}/budget/", terms)) == at
    assert not Budget.objects.exists()


def test_only_who_manages_the_host_sets_one(callers: Callers, world: World):
    card, group = f"tokens/{world.member.pk}/budget/", f"token-groups/{world.group.pk}/budgets/"
    for caller in (callers.stranger, callers.nobody):
        assert {caller.get(card).status_code, caller.get(group).status_code} <= {401, 403, 404}
        assert caller.put(card, {"limit_wh": 1}).status_code in {401, 403, 404}
        assert caller.put(f"{group}card/", {"limit_wh": 1}).status_code in {401, 403, 404}
    assert callers.agent.put(card, {"limit_wh": 1}).status_code == 200
    assert callers.owner.put(f"{group}everybody/", {"limit_wh": 1}).status_code == 404


def test_a_providers_card_has_no_budget_of_its_own(callers: Callers, world: World):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="EMS")
    card = Token.objects.create(msp=msp, uid="04FFEE0003", canonical_uid="04FFEE0003")

    assert callers.owner.put(f"tokens/{card.pk}/budget/", {"limit_wh": 1}).status_code == 404
