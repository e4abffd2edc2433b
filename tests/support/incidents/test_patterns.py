"""Which faults are one: on facts alone."""

from datetime import UTC, datetime, timedelta

from support.incidents import patterns
from support.incidents.patterns import Fact, Kind

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def fact(
    charger: int, *, place: int = 1, hardware: str = "A 1", code: str = "GroundFailure", minutes: float = 0
) -> Fact:
    since = NOON + timedelta(minutes=minutes)
    return Fact(charger=charger, property=place, hardware=hardware, code=code, since=since)


def found(*facts: Fact) -> list[tuple[Kind, set[int]]]:
    return [(one.kind, {fact.charger for fact in one.facts}) for one in patterns.detect(facts)]


def test_three_chargers_of_a_site_at_once_are_one():
    assert found(fact(1), fact(2, code="offline", minutes=7), fact(3, hardware="", minutes=15)) == [
        (Kind.SITE, {1, 2, 3})
    ]


def test_two_are_none_and_neither_is_one_charger_twice():
    assert found(fact(1), fact(2)) == []
    assert found(fact(1), fact(1), fact(1)) == []


def test_what_began_too_far_apart_is_not_of_the_site():
    assert found(fact(1), fact(2, minutes=14), fact(3, minutes=16)) == []


def test_the_same_firmware_with_the_same_fault_at_several_places_is_one():
    facts = [fact(1, place=1), fact(2, place=2, minutes=600), fact(3, place=2, minutes=1400)]

    assert found(*facts) == [(Kind.FIRMWARE, {1, 2, 3})]
    assert found(*facts[:2], fact(3, place=2, code="OverCurrentFailure")) == []
    assert found(*facts[:2], fact(3, place=2, minutes=1500)) == []


def test_the_same_firmware_at_one_place_over_a_day_is_none():
    assert found(fact(1), fact(2, minutes=100), fact(3, minutes=200)) == []


def test_the_same_fault_of_different_hardware_is_one():
    facts = [fact(1, place=1, hardware="A 1"), fact(2, place=2, hardware="B 1"), fact(3, place=3, hardware="C 1")]

    assert found(*facts) == [(Kind.FAULT, {1, 2, 3})]


def test_offline_and_unspecific_codes_are_no_fault_in_common():
    for code in ("offline", "OtherError", ""):
        assert found(*(fact(n, place=n, hardware=f"{n}", code=code) for n in (1, 2, 3, 4))) == []


def test_a_charger_counts_once_and_the_site_comes_first():
    site = [fact(n, minutes=n) for n in (1, 2, 3)]
    others = [fact(n, place=n, minutes=n) for n in (4, 5, 6)]

    assert found(*site, *others) == [(Kind.SITE, {1, 2, 3}), (Kind.FIRMWARE, {4, 5, 6})]
    assert found(*site, *others[:2]) == [(Kind.SITE, {1, 2, 3})]


def test_keys_stay_short_whatever_chargers_call_themselves():
    assert len(patterns.key_of(fact(1, hardware="é" * 800), Kind.FIRMWARE)) <= 60
    assert patterns.key_of(fact(1, hardware="A"), Kind.FIRMWARE) != patterns.key_of(
        fact(1, hardware="B"), Kind.FIRMWARE
    )


def test_the_order_of_facts_does_not_matter():
    facts = [fact(n, place=n % 3, minutes=n * 7) for n in range(12)]

    assert found(*facts) == found(*reversed(facts))
