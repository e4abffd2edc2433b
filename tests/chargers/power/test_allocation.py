"""Sharing a property's power: what each car gets, in numbers and in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chargers.power import allocation
from chargers.power.allocation import AllocationOutlet, Demand, Kind, Site, Strategy

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ALL, L1, L2, L3 = frozenset((0, 1, 2)), frozenset((0,)), frozenset((1,)), frozenset((2,))


def site(limit="20", *, strategy=Strategy.EQUAL, phases=3, minimum="6"):
    return Site(Decimal(limit), phases, strategy, Decimal(minimum))


def car(name, most="16", *, phases=ALL, minutes=0, wants=None, served=None, waiting=None, **fields):
    return AllocationOutlet(
        name=name,
        most_a=Decimal(most),
        phases=phases,
        since=NOW - timedelta(minutes=minutes),
        wants_a=None if wants is None else Decimal(wants),
        served_since=None if served is None else NOW - timedelta(minutes=served),
        waiting_since=None if waiting is None else NOW - timedelta(minutes=waiting),
        **fields,
    )


def amps(where, *cars):
    return {name: float(one.amps) for name, one in allocation.share(where, cars, now=NOW).items()}


def words(where, *cars):
    return {name: one.sentence for name, one in allocation.share(where, cars, now=NOW).items()}


def test_it_gives_one_car_all_it_can_take():
    assert words(site("32"), car("A")) == {"A": "A gets all of its 16 A: there is enough for every car."}


def test_it_shares_equally_and_says_so():
    assert amps(site(phases=1), car("A", phases=L1), car("B", phases=L1)) == {"A": 10, "B": 10}
    found = words(site(phases=1), car("SUN001", phases=L1), car("SUN002", phases=L1))
    assert found["SUN001"] == "SUN001 gets 10 A of its 16 A: 2 cars share 20 A equally."


def test_it_gives_the_rest_of_a_small_car_to_the_others():
    assert amps(site("30"), car("A", "7"), car("B", "32"), car("C", "32")) == {"A": 7, "B": 11.5, "C": 11.5}


def test_it_rounds_down_to_a_tenth_so_that_the_limit_holds():
    assert amps(site(), car("A"), car("B"), car("C")) == {"A": 6.6, "B": 6.6, "C": 6.6}


def test_it_loads_only_the_phases_that_a_car_uses():
    found = amps(site("16"), car("A", phases=L1), car("B", phases=L2), car("C", phases=L3))
    assert found == {"A": 16, "B": 16, "C": 16}


def test_it_gives_a_car_the_least_of_its_phases_and_names_that_phase():
    found = allocation.share(site("20"), [car("A"), car("B", phases=L2)], now=NOW)
    assert (found["A"].amps, found["B"].amps) == (10, 10)
    assert found["A"].sentence == "A gets 10 A of its 16 A: 2 cars share 20 A equally on L2."


def test_it_pauses_who_would_get_less_than_the_minimum_the_latest_first():
    cars = [car("A", minutes=30, served=5), car("B", minutes=20, served=4), car("C", minutes=10, served=3), car("D")]
    assert amps(site(), *cars) == {"A": 6.6, "B": 6.6, "C": 6.6, "D": 0}
    assert words(site(), *cars)["D"] == (
        "D is paused: 20 A is enough for 3 cars with 6 A each. Turns change after 15 minutes."
    )
    assert words(site(), *cars)["A"].endswith("3 cars share 20 A equally while 1 waits.")


def test_it_gives_the_place_of_the_longest_served_to_who_waits_once_the_turn_is_over():
    cars = [car("A", served=40), car("B", served=20), car("C", served=3), car("D", waiting=2)]
    assert amps(site(), *cars) == {"A": 0, "B": 6.6, "C": 6.6, "D": 6.6}


def test_it_says_so_where_there_is_room_for_one_car_only():
    found = words(site("8"), car("A", served=3), car("B"))
    assert found == {
        "A": "A gets 8 A of its 16 A: that is all there is while 1 waits.",
        "B": "B is paused: 8 A is enough for 1 car. Turns change after 15 minutes.",
    }


def test_it_leaves_every_place_as_it_is_while_all_turns_last():
    cars = [car("A", served=14), car("B", served=13), car("C", served=3), car("D", waiting=12)]
    assert amps(site(), *cars)["D"] == 0


def test_nobody_starves_over_an_hour_of_turns():
    cars = {name: car(name, minutes=5) for name in "ABCDE"}
    charged = dict.fromkeys(cars, 0)
    for minute in range(120):
        now = NOW + timedelta(minutes=minute)
        found = allocation.share(site("13"), cars.values(), now=now)
        for name, one in found.items():
            before = cars[name]
            charged[name] += bool(one.amps)
            cars[name] = (
                replace(before, served_since=before.served_since or now, waiting_since=None)
                if one.amps
                else replace(before, served_since=None, waiting_since=before.waiting_since or now)
            )
    assert min(charged.values()) >= 30


def test_it_fills_whoever_came_first_and_pauses_the_rest():
    cars = [car("A", minutes=3), car("B", minutes=9), car("C", minutes=1)]
    found = allocation.share(site("24", strategy=Strategy.FIRST_COME), cars, now=NOW)
    assert {name: one.amps for name, one in found.items()} == {"A": 8, "B": 16, "C": 0}
    assert found["A"].sentence == "A gets 8 A of its 16 A: cars that came earlier leave it that of 24 A."
    assert found["C"].sentence == (
        "C is paused: 24 A is enough for 2 cars that came earlier, and less than 6 A is left."
    )


@pytest.mark.parametrize("strategy", list(Strategy))
def test_it_lets_a_connector_with_priority_go_first(strategy):
    cars = [car("A", minutes=9, served=2), car("B", priority=1)]
    assert amps(site("10", strategy=strategy), *cars) == {"A": 0, "B": 10}


def test_it_counts_what_it_cannot_limit_with_its_full_power():
    stuck = car("A", fixed_a=Decimal(16), because="it refused the limit.")
    found = allocation.share(site("24"), [stuck, car("B")], now=NOW)
    assert (found["A"].amps, found["A"].kind) == (16, Kind.FIXED)
    assert found["A"].sentence == "A is counted with 16 A: it refused the limit."
    assert found["B"].sentence == "B gets 8 A of its 16 A: that is all there is. 16 A more cannot be limited."


def test_it_pauses_everybody_where_the_limit_is_below_one_minimum():
    assert words(site("5"), car("A"))["A"] == "A is paused: 5 A is less than the 6 A that a car needs."


def test_it_says_that_an_outlet_is_too_small_for_any_car():
    assert words(site(), car("A", "5"))["A"] == ("A is paused: it can take 5 A, and no car charges with less than 6 A.")


def test_it_gives_what_a_car_does_not_draw_to_the_others():
    found = allocation.share(site(), [car("A", wants="8"), car("B")], now=NOW)
    assert (found["A"].amps, found["B"].amps) == (8, 12)
    assert found["A"].sentence == "A gets 8 A of its 16 A: it draws less, and the rest goes to others."


def demand(offered, drawing, *, before=None, minutes=0):
    return allocation.demand(
        offered_a=None if offered is None else Decimal(offered),
        drawing_a=None if drawing is None else Decimal(drawing),
        before=before or Demand(None, None),
        minimum_a=Decimal(6),
        now=NOW + timedelta(minutes=minutes),
    )


def test_a_car_gives_back_only_after_some_minutes_of_drawing_less():
    first = demand("16", "7.3")
    assert first == Demand(None, NOW)
    assert demand("16", "7.3", before=first, minutes=4) == first
    assert demand("16", "7.3", before=first, minutes=5) == Demand(Decimal(10), NOW)


def test_a_full_car_keeps_the_minimum():
    assert demand("16", "0", before=Demand(None, NOW), minutes=6).wants_a == 6


def test_a_car_that_comes_near_to_its_share_wants_everything_again():
    assert demand("10", "9.2", before=Demand(Decimal(10), NOW)) == Demand(None, None)


def test_a_small_change_of_what_it_draws_changes_nothing():
    before = Demand(Decimal(10), NOW)
    assert demand("10", "8.5", before=before, minutes=9) == before


def test_nothing_is_known_of_a_paused_or_silent_car():
    assert demand("0", "0", before=Demand(Decimal(7), NOW)) == Demand(None, None)
    assert demand("10", None) == demand(None, "3") == Demand(None, None)


def due(where, cars, in_force):
    shares = allocation.share(where, cars, now=NOW)
    known = {name: None if value is None else Decimal(value) for name, value in in_force.items()}
    return allocation.due(where, cars, shares, in_force=known)


def test_a_raise_waits_until_the_others_have_taken_less():
    cars = [car("A"), car("B")]
    assert due(site(), cars, {"A": "16", "B": "6"}) == ["A"]
    assert due(site(), cars, {"A": "10", "B": "6"}) == ["B"]
    assert due(site(), cars, {"A": "10", "B": "10"}) == []


def test_an_outlet_that_was_told_nothing_yet_is_told():
    assert due(site("32"), [car("A")], {"A": None}) == ["A"]


def test_a_raise_that_is_not_worth_a_message_is_left_out():
    cars = [car("A", "32"), car("B", "32")]
    assert due(site("21"), cars, {"A": "10", "B": "10"}) == []
    assert due(site("22"), cars, {"A": "10", "B": "10"}) == ["A", "B"]


TENTHS = st.integers(0, 800).map(lambda n: Decimal(n) / 10)
PHASES = st.sampled_from([ALL, L1, L2, L3, frozenset((0, 1)), frozenset((1, 2))])
AGO = st.none() | st.integers(0, 60)


@st.composite
def some_cars(draw, *, most=8):
    count = draw(st.integers(0, most))
    return [draw(some_car(f"C{number}")) for number in range(count)]


@st.composite
def some_car(draw, name, *, fixed=True):
    served = draw(AGO)
    return car(
        name,
        draw(TENTHS),
        phases=draw(PHASES),
        minutes=draw(st.integers(0, 90)),
        wants=draw(st.none() | TENTHS),
        served=served,
        waiting=draw(AGO) if served is None else None,
        priority=draw(st.integers(0, 1)),
        fixed_a=draw(st.none() | st.none() | TENTHS) if fixed else None,
    )


SITES = st.builds(
    Site,
    limit_a=TENTHS,
    phases=st.just(3),
    strategy=st.sampled_from(list(Strategy)),
    minimum_a=st.integers(60, 100).map(lambda n: Decimal(n) / 10),
)


@given(SITES, some_cars())
def test_it_never_shares_out_more_than_the_limit_on_any_phase(where, cars):
    shares = allocation.share(where, cars, now=NOW)
    steered = [one for one in cars if one.fixed_a is None]
    fixed = allocation.load(where, cars, {one.name: one.fixed_a or Decimal(0) for one in cars})
    shared = allocation.load(where, steered, {name: one.amps for name, one in shares.items()})
    assert all(given <= max(where.limit_a - taken, 0) for given, taken in zip(shared, fixed, strict=True))


@given(SITES, some_cars())
def test_everyone_gets_the_minimum_or_nothing_and_at_most_what_it_wishes(where, cars):
    shares = allocation.share(where, cars, now=NOW)
    assert set(shares) == {one.name for one in cars}
    for one in cars:
        if one.fixed_a is None:
            found = shares[one.name].amps
            assert found == 0 or where.minimum_a <= found <= one.wanted_a
            assert (found == 0) == (shares[one.name].kind is Kind.PAUSED)


@given(SITES, some_cars(), st.data())
def test_another_car_never_raises_anybodys_share(where, cars, data):
    another = data.draw(some_car("new", fixed=False))
    before = allocation.share(where, cars, now=NOW)
    after = allocation.share(where, [*cars, another], now=NOW)
    assert all(after[name].amps <= one.amps for name, one in before.items())


@given(SITES, some_cars(), st.randoms(use_true_random=False))
def test_the_order_in_which_outlets_are_told_of_does_not_matter(where, cars, random):
    mixed = list(cars)
    random.shuffle(mixed)
    assert allocation.share(where, mixed, now=NOW) == allocation.share(where, cars, now=NOW)


@given(SITES, some_cars(), st.data())
def test_what_is_told_next_never_adds_to_a_phase_above_the_limit(where, cars, data):
    in_force = {one.name: data.draw(TENTHS) for one in cars}
    shares = allocation.share(where, cars, now=NOW)
    told = allocation.due(where, cars, shares, in_force=in_force)
    truth = {one.name: one.fixed_a if one.fixed_a is not None else min(in_force[one.name], one.most_a) for one in cars}
    raised = [name for name in told if shares[name].amps > truth[name]]
    after = {name: max(amps, shares[name].amps) if name in raised else amps for name, amps in truth.items()}
    for phase, (was, now) in enumerate(
        zip(allocation.load(where, cars, truth), allocation.load(where, cars, after), strict=True)
    ):
        assert now == was or now <= where.limit_a, phase


@given(SITES.filter(lambda where: where.limit_a >= where.minimum_a), some_cars())
def test_it_leaves_no_car_out_where_there_is_room_for_it(where, cars):
    able = [replace(one, fixed_a=None) for one in cars if one.wanted_a >= where.minimum_a]
    assume(len(able) * where.minimum_a <= where.limit_a and where.strategy is Strategy.EQUAL)
    assert all(one.amps for one in allocation.share(where, able, now=NOW).values())
