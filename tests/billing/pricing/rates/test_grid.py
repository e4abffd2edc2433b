"""Who pays which rate where, as a grid: its columns, its cells, and the exceptions beside it."""

from datetime import UTC, datetime

import pytest

from authorization.models import MobilityProvider, TokenGroup
from billing.models import RateAssignment, RateVersion
from billing.pricing.rates import grid
from billing.pricing.rates.grid import Column
from chargers.models import Property
from tests.kit import charging

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def plain(world) -> RateVersion:
    return charging.make_rate(world.host)


@pytest.fixture
def msp(world) -> MobilityProvider:
    return MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")


def keys(world, *column_keys: str) -> list[str]:
    return [column.key for column in grid.build(world.host, column_keys=column_keys).columns]


def test_without_assignments_it_has_the_four_audiences_and_no_cell(world):
    made = grid.build(world.host)

    assert keys(world) == ["guest", "member", "roaming", "reimbursement"]
    assert (made.cells, made.exceptions) == ({}, {})


def test_groups_and_partners_have_a_column_where_one_is_in_use_or_wanted(world, plain, msp):
    other = TokenGroup.objects.create(host=world.host, slug="staff", name="Staff")
    RateAssignment.objects.create(rate=plain.rate, property=world.site, audience="member", group=other)

    wanted = keys(world, f"roaming-{msp.pk}", "member-x", f"guest-{other.pk}", "member-999999")

    assert wanted == ["guest", "member", f"member-{other.pk}", "roaming", f"roaming-{msp.pk}", "reimbursement"]


def test_a_group_of_another_host_has_none(world):
    foreign = TokenGroup.objects.create(host=world.stranger.memberships.get().host, slug="x", name="X")

    assert f"member-{foreign.pk}" not in keys(world, f"member-{foreign.pk}")


def test_what_holds_for_a_charger_or_for_some_time_is_an_exception_beside_the_cells(world, plain):
    charging.assign(plain, world.site, "guest")
    charging.assign(plain, world.site, "guest", "member", charger=world.charger)
    RateAssignment.objects.create(rate=plain.rate, property=world.site, audience="member", active_from=NOON)

    made = grid.build(world.host)

    assert list(made.cells) == [(world.site.pk, "guest")]
    assert made.exceptions == {world.site.pk: 3}


def test_a_closed_property_has_no_row(world):
    Property.objects.update(closed_at=NOON)

    assert grid.build(world.host).properties == ()


def test_its_fingerprint_changes_with_what_is_assigned_alone(world, plain):
    before = grid.build(world.host).fingerprint
    assert grid.build(world.host, column_keys=[f"member-{world.group.pk}"]).fingerprint == before

    charging.assign(plain, world.site, "guest")

    assert grid.build(world.host).fingerprint != before


def test_a_change_keeps_the_priority_and_the_end_of_what_it_replaces(world, plain):
    before = RateAssignment(rate=plain.rate, property=world.site, audience="guest", priority=7, active_to=NOON)
    column = Column("Guests", "guest")

    assert grid.scope(world.site, column, before=None).priority == 0
    changed = grid.scope(world.site, column, before=before)
    assert (changed.priority, changed.active_to, changed.audience) == (7, NOON, "guest")


def test_groups_of_the_host_and_all_partners_can_be_given_a_column(world, msp):
    assert grid.addable_columns(world.host) == [
        (f"member-{world.group.pk}", "Members of Residents"),
        (f"roaming-{msp.pk}", "Drivers of Example eMSP"),
    ]
