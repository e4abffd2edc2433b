"""Budgets in decisions: loaded with what was used of them, judged, and stored with the trace."""

from datetime import UTC, date, datetime, timedelta

import pytest

from authorization.decide import budgets, decisions
from authorization.decide.decisions import Kind, Question
from authorization.models import Decision, Token, TokenGroup, Vehicle
from chargers.models import Property
from tests.kit import budgets as kit
from tests.kit.budgets import MARCH
from tests.kit.world import make_charger

UID = "04A1B2C3D4"
HOUR = timedelta(hours=1)


def ask(world, *, at=MARCH + 2 * HOUR, uid=UID, kind=Kind.AUTHORIZE, charger=None, dry_run=True, **more):
    question = Question(kind=kind, uid=uid, at=at, **more)
    return decisions.decide(charger=charger or world.charger, question=question, now=at, dry_run=dry_run)


def step(outcome):
    return next(line for line in outcome.trace if line["step"] == "budget")


def test_the_trace_tells_what_was_used_and_what_the_limit_is(world):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=18_200, at=MARCH - timedelta(days=2))

    outcome = ask(world, dry_run=False)

    assert outcome.is_accepted
    stored = next(line for line in Decision.objects.latest("id").trace if line["step"] == "budget")
    assert stored == step(outcome)
    assert stored["outcome"] == "passed"
    assert stored["sentence"] == "Card 04A1B2C3D4 (SUN-1) has used 18.2 of 20 kWh in March 2026."
    assert stored["values"] == {"used_wh": 18_200, "limit_wh": 20_000, "month": "2026-03"}


@pytest.mark.parametrize("kind", [Kind.AUTHORIZE, Kind.START, Kind.REMOTE_START])
def test_a_used_up_budget_refuses_a_tap_a_start_and_an_order(world, kind):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=MARCH - timedelta(days=2))

    outcome = ask(world, kind=kind, dry_run=False)

    assert (outcome.reason, outcome.status_16, outcome.status_2x) == ("budget_used_up", "Invalid", "NoCredit")
    assert Decision.objects.latest("id").reason == "budget_used_up"


def test_the_next_month_begins_anew(world):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=MARCH)
    last_minute = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)  # 23:59 in New York

    assert ask(world, at=last_minute).reason == "budget_used_up"
    fresh = ask(world, at=last_minute + timedelta(minutes=1))
    assert step(fresh)["values"] == {"used_wh": 0, "limit_wh": 20_000, "month": "2026-04"}


def test_each_charger_asks_about_the_month_of_its_own_clock(world):
    berlin = Property.objects.create(host=world.host, slug="b", name="Berlin", time_zone="Europe/Berlin")
    world.group.properties.add(berlin)
    abroad = make_charger(berlin, "CP-B", station_id="BER001")
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=MARCH)
    at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)

    here, there = decisions.survey(
        chargers=[world.charger, abroad], question=Question(kind="authorize", uid=UID, at=at)
    )

    assert (here.reason, there.verdict) == ("budget_used_up", "accepted")
    assert (step(here)["values"]["month"], step(there)["values"]["month"]) == ("2026-03", "2026-04")


def test_a_group_limits_each_card_by_its_own_use(world):
    other = Token.objects.create(host=world.host, uid="04FFEE0002", canonical_uid="04FFEE0002")
    other.groups.add(world.group)
    kit.limit(world.group, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=MARCH - timedelta(days=2))

    assert ask(world).reason == "budget_used_up"
    assert step(ask(world, uid=other.uid))["values"] == {
        "used_wh": 0,
        "limit_wh": 20_000,
        "month": "2026-03",
        "group": "residents",
    }


def test_a_joint_budget_counts_two_cards_that_charge_at_once(world):
    other = Token.objects.create(host=world.host, uid="04FFEE0002", canonical_uid="04FFEE0002")
    other.groups.add(world.group)
    kit.limit(world.group, kwh=10, scope="group")
    second = make_charger(world.site, "CP2", station_id="SUN002")
    kit.run(world.charger, UID, wh=6000)
    assert ask(world, uid=other.uid, charger=second).is_accepted

    kit.run(second, other.uid, wh=4000)

    third = make_charger(world.site, "CP3", station_id="SUN003")
    refused = ask(world, charger=third)
    assert refused.reason == "budget_used_up"
    assert step(refused)["sentence"] == (
        "The cards of group 'Residents' have used up their budget: 10 of 10 kWh in March 2026."
    )


def test_money_counts_what_was_billed_and_what_runs(world):
    kit.price(world.host, world.site)
    kit.limit(world.member, limit_minor=1000, currency="USD")
    kit.use(world.charger, UID, wh=15_000, at=MARCH - timedelta(days=2))
    elsewhere = make_charger(world.site, "CP2", station_id="SUN002")
    assert step(ask(world, charger=elsewhere))["sentence"].endswith("has used 7.00 of 10.00 USD in March 2026.")

    kit.run(world.charger, UID, wh=5000)

    refused = ask(world, charger=elsewhere)
    assert refused.reason == "budget_used_up"
    assert step(refused)["values"]["used_minor"] == 1000


def test_a_card_may_stop_its_session_after_its_budget_is_used_up(world):
    kit.limit(world.member, kwh=5)
    kit.run(world.charger, UID, wh=6000)

    assert ask(world).granted_by == "possible_stop"


def test_a_car_is_limited_by_the_card_that_pays_for_it(world):
    Vehicle.objects.create(
        host=world.host,
        uid="VID:AABBCCDDEEFF",
        canonical_uid="VID:AABBCCDDEEFF",
        token=world.member,
        state="enabled",
        consent_at=MARCH,
        first_seen_at=MARCH,
        seen_at=MARCH,
    )
    assert ask(world, uid="VID:AABBCCDDEEFF").granted_by == "autocharge_enabled"

    kit.limit(world.member, kwh=5)
    kit.use(world.charger, UID, wh=5000, at=MARCH - timedelta(days=2))

    refused = ask(world, uid="VID:AABBCCDDEEFF")
    assert refused.reason == "budget_used_up"
    assert step(refused)["sentence"].startswith("Card 04A1B2C3D4 (SUN-1) has used up its budget")


def test_a_start_that_was_reported_late_is_judged_by_what_had_begun_before_it(world):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=MARCH + timedelta(days=1))

    late = ask(world, kind=Kind.START, at=MARCH, late=True)

    assert late.is_accepted
    assert ask(world, kind=Kind.START, at=MARCH + timedelta(days=2)).reason == "budget_used_up"


@pytest.mark.parametrize("owner", ["member", "group"])
def test_a_budget_costs_one_more_query(world, owner, django_assert_num_queries):
    ask(world)
    kit.use(world.charger, UID, wh=5000, at=MARCH - timedelta(days=2))

    with django_assert_num_queries(1):
        ask(world)

    kit.limit(getattr(world, owner), kwh=20)
    with django_assert_num_queries(2):
        assert step(ask(world))["values"]["used_wh"] == 5000


def test_other_cards_budgets_cost_nothing(world, django_assert_num_queries):
    kit.limit(Token.objects.create(host=world.host, uid="04FFEE0002", canonical_uid="04FFEE0002"), kwh=20)
    kit.limit(TokenGroup.objects.create(host=world.host, slug="staff", name="Staff"), kwh=20)
    ask(world)

    with django_assert_num_queries(1):
        assert step(ask(world))["outcome"] == "skipped"


def test_a_survey_asks_once_for_all_chargers(world, django_assert_num_queries):
    kit.limit(world.member, kwh=20)
    chargers = [make_charger(world.site, f"C{n}", station_id=f"S{n}") for n in range(8)]
    question = Question(kind="authorize", uid=UID, at=MARCH)

    with django_assert_num_queries(2):
        assert {outcome.verdict for outcome in decisions.survey(chargers=chargers, question=question)} == {"accepted"}


def test_it_finds_the_month_in_the_zone():
    at = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, in the hour that comes twice

    assert budgets.find_month(at, "America/New_York") == date(2026, 11, 1)
    assert budgets.find_month(at, "America/Los_Angeles") == date(2026, 10, 1)
