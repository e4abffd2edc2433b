"""Rates assigned and taken away, one by one and by the grid: all of it, or nothing."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import Rate, RateAssignment
from billing.pricing.rates import grid
from billing.pricing.rates.acts import assignments
from billing.pricing.rates.acts.assignments import GridError
from billing.pricing.rates.catalogue import AssignmentScope, ChangedMeanwhileError
from tests.kit import charging

NOW = datetime.now(tz=UTC)


@pytest.fixture
def plain(world) -> Rate:
    return charging.make_rate(world.host).rate


@pytest.fixture
def house(world) -> Rate:
    return charging.make_rate(world.host, slug="house").rate


def entries() -> list[tuple[str, object, object]]:
    rows = AuditEntry.objects.order_by("id")
    return [(row.verb, (row.before or {}).get("rate"), row.after["rate"]) for row in rows]


def test_a_rate_takes_the_place_of_another_and_the_same_again_is_not_written_down(world, plain, house):
    scope = AssignmentScope(property=world.site, audience="guest")

    _, first = assignments.assign(plain, scope, by=world.owner, now=NOW)
    made, replaced = assignments.assign(house, scope, by=world.owner, now=NOW)
    assignments.assign(house, scope, by=world.owner, now=NOW)

    assert (first, replaced) == (None, plain)
    assert RateAssignment.objects.get() == made
    assert entries() == [("rate.assigned", None, "plain"), ("rate.assigned", "plain", "house")]


def test_where_and_for_whom_is_written_down_as_narrow_as_it_is(world, plain):
    scope = AssignmentScope(
        property=world.site, charger=world.charger, audience="member", group=world.group, priority=5
    )

    made, _ = assignments.assign(plain, scope, by=world.owner, now=NOW)
    assignments.unassign(made, by=world.owner, now=NOW)

    assigned, unassigned = AuditEntry.objects.order_by("id")
    assert assigned.after == {
        "property": "sunset-1", "charger": "CP1", "audience": "member", "group": "residents", "priority": 5,
        "rate": "plain",
    }  # fmt: skip
    assert (unassigned.verb, unassigned.before["rate"], unassigned.after["rate"]) == ("rate.unassigned", "plain", None)
    assert not RateAssignment.objects.exists()


def save(world, choices, *, seen=None):
    seen = grid.build(world.host).fingerprint if seen is None else seen
    return assignments.save_grid(world.host, choices, seen_fingerprint=seen, by=world.owner, now=NOW)


def test_a_grid_says_what_changed_and_leaves_the_rest(world, plain, house):
    charging.assign(plain.versions.get(), world.site, "guest", "member")

    said = save(world, {(world.site.pk, "guest"): house.pk, (world.site.pk, "member"): None})

    assert said == ["Guests at Sunset 1 pay “House”.", "Members at Sunset 1 no longer pay “Plain”."]
    assert [(row.rate, row.audience) for row in RateAssignment.objects.all()] == [(house, "guest")]
    assert save(world, {(world.site.pk, "guest"): house.pk}) == []


def test_what_somebody_changed_meanwhile_is_not_overwritten(world, plain, house):
    seen = grid.build(world.host).fingerprint
    charging.assign(plain.versions.get(), world.site, "guest")

    with pytest.raises(ChangedMeanwhileError):
        save(world, {(world.site.pk, "guest"): house.pk}, seen=seen)

    assert RateAssignment.objects.get().rate == plain


def test_one_cell_that_cannot_be_saved_keeps_all_from_being_saved(world, plain):
    foreign = charging.make_rate(world.stranger.memberships.get().host, slug="foreign").rate

    with pytest.raises(GridError) as refused:
        save(world, {(world.site.pk, "guest"): plain.pk, (world.site.pk, "member"): foreign.pk})

    assert refused.value.faults == {(world.site.pk, "member"): "Choose one of the host's own rates."}
    assert not RateAssignment.objects.exists()
    assert entries() == []


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_assigns_nothing(world, plain, person):
    by = getattr(world, person)

    with pytest.raises(NotAllowedError):
        assignments.assign(plain, AssignmentScope(property=world.site, audience="guest"), by=by, now=NOW)
    with pytest.raises(NotAllowedError):
        assignments.save_grid(world.host, {}, seen_fingerprint="", by=by, now=NOW)
