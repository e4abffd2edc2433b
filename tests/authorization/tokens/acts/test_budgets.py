"""Acts on budgets: by whom, written down, and chargers that must forget the card."""

import pytest

from authorization.models import AuditEntry, Budget, MobilityProvider, Token
from authorization.people.access import NotAllowedError
from authorization.tokens.acts import budgets as acts
from authorization.tokens.budgets import BudgetTerms, Scope
from chargers.models import CardMemory, Variable
from tests.kit import budgets as kit
from tests.kit.budgets import MARCH

UID = "04A1B2C3D4"
TWENTY = BudgetTerms(limit_wh=20_000)


def test_each_change_is_written_down_with_what_was_there_before(world):
    acts.set_for_card(world.member, TWENTY, by=world.owner, now=MARCH)
    acts.set_for_card(world.member, BudgetTerms(limit_minor=500), by=world.owner, now=MARCH)
    assert acts.remove_from_card(world.member, by=world.owner, now=MARCH)
    assert not acts.remove_from_card(world.member, by=world.owner, now=MARCH)

    first, second, third = AuditEntry.objects.order_by("id")
    assert [entry.verb for entry in (first, second, third)] == [
        "token.budget_set",
        "token.budget_set",
        "token.budget_removed",
    ]
    assert (first.before, first.after["limit_wh"], first.subject_label) == (None, 20_000, UID)
    assert (second.before["limit_wh"], second.after["limit_minor"], second.after["currency"]) == (20_000, 500, "USD")
    assert (third.before["limit_minor"], third.after) == (500, None)


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_only_who_manages_the_host_sets_or_removes_one(world, person):
    by = getattr(world, person)
    kit.limit(world.group, kwh=20)

    with pytest.raises(NotAllowedError):
        acts.set_for_card(world.member, TWENTY, by=by, now=MARCH)
    with pytest.raises(NotAllowedError):
        acts.set_for_group(world.group, Scope.GROUP, TWENTY, by=by, now=MARCH)
    with pytest.raises(NotAllowedError):
        acts.remove_from_group(world.group, Scope.CARD, by=by, now=MARCH)

    assert Budget.objects.get().group == world.group


def test_a_providers_card_takes_none(world):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="EMS")
    card = Token.objects.create(msp=msp, uid="04FFEE0003", canonical_uid="04FFEE0003")

    with pytest.raises(NotAllowedError):
        acts.set_for_card(card, TWENTY, by=world.agent, now=MARCH)


@pytest.mark.parametrize(("kwh", "clears"), [(5, True), (20, False)])
def test_a_budget_that_is_used_up_already_makes_caches_forget_the_card(world, kwh, clears):
    Variable.objects.create(charger=world.charger, name="AuthorizationCacheEnabled", value="true", reported_at=MARCH)
    kit.use(world.charger, UID, wh=6000)

    acts.set_for_group(world.group, Scope.CARD, BudgetTerms(limit_wh=kwh * 1000), by=world.owner, now=MARCH)

    assert CardMemory.objects.filter(cache_due_at=MARCH).exists() is clears


def test_lists_are_looked_at_at_once(world):
    CardMemory.objects.create(charger=world.charger, choice="on", is_due=False)

    acts.set_for_card(world.member, TWENTY, by=world.owner, now=MARCH)
    assert CardMemory.objects.get().is_due

    CardMemory.objects.update(is_due=False)
    acts.remove_from_card(world.member, by=world.owner, now=MARCH)
    assert CardMemory.objects.get().is_due
