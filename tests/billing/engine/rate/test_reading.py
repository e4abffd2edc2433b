"""JSON that people and partners wrote: every complaint names its place and the remedy, and all are collected."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.engine.rate import reading
from billing.engine.rate.reading import EARLIEST, InputError, Node, Problem

EXPECTED = 'Expected a decimal number such as "0.35"'


def node(value: object) -> Node:
    return Node(value=value, path="x", problems=[])


def complaints(value: object, read: Callable[[Node], object]) -> list[str]:
    given = node(value)
    read(given)
    return [problem.message for problem in given.problems]


def price(given: Node) -> Decimal:
    return given.decimal(at_most=Decimal(1000))


def percentage(given: Node) -> Decimal:
    return given.percentage()


def minutes(given: Node) -> int:
    return given.integer(at_least=1, at_most=60)


def test_an_object_may_have_the_keys_that_are_known_and_null_is_no_value():
    given = node({"name": "a", "price": None})

    fields = given.fields(required=("name",), optional=("price", "days"))

    assert [(key, field.value, field.path) for key, field in fields.items()] == [("name", "a", "x.name")]
    assert given.problems == []


def test_all_that_is_wrong_in_an_object_is_found_in_one_pass():
    given = node({"prise": "1"})

    given.fields(required=("name", "energy"), optional=("price",))

    assert given.problems == [
        Problem(path="x.prise", message='"prise" is not a key here: did you mean price?'),
        Problem(path="x.name", message="name is missing."),
        Problem(path="x.energy", message="energy is missing."),
    ]


def test_an_object_of_a_partner_may_have_more_than_is_known():
    given = node({"id": "1", "new_in_3_0": True})

    assert set(given.known_fields(required=("id",))) == {"id"}
    assert given.problems == []


def test_at_the_top_a_path_begins_with_the_key():
    problems: list[Problem] = []
    Node(value={}, path="", problems=problems).fields(required=("rate",))

    assert [problem.path for problem in problems] == ["rate"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "nothing"), ([], "a list"), ("a", "a text"), (7, "a number"), (True, "true"), (Decimal(1), "a number")],
)
def test_what_is_no_object_is_named_by_its_kind(value: object, kind: str):
    assert complaints(value, lambda given: given.fields()) == [f"Expected an object, found {kind}."]


def test_items_are_told_apart_by_their_number():
    assert [item.path for item in node(["a", "b"]).items()] == ["x[0]", "x[1]"]
    assert complaints({"a": 1}, lambda given: list(given.items())) == ["Expected a list, found an object."]


@pytest.mark.parametrize(
    ("value", "read"), [("0.35", "0.35"), (0, "0"), (1000, "1000"), (Decimal("0.123456"), "0.123456")]
)
def test_a_decimal_is_a_text_or_an_exact_number(value: object, read: str):
    given = node(value)

    assert (price(given), given.problems) == (Decimal(read), [])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("-0.01", "-0.01 is negative: use 0 or more."),
        ("1000.01", "1000.01 is too large: use at most 1000."),
        ("0.1234567", "0.1234567 has more than 6 decimals: round it to 6."),
        ("0,35", 'Expected a decimal number such as "0.35", found "0,35".'),
        (True, 'Expected a decimal number such as "0.35", found true.'),
        (0.1, EXPECTED + ", found the binary number 0.1 (read JSON with parse_float=Decimal)."),
    ],
)
def test_what_is_no_such_decimal_says_why_and_stands_for_nothing(value: object, message: str):
    given = node(value)

    assert price(given) == 0
    assert [problem.message for problem in given.problems] == [message]


def test_numbers_without_end_are_none():
    assert complaints(Decimal("NaN"), price) != []
    assert complaints(Decimal("1e40"), price) != []


@pytest.mark.parametrize(("value", "read"), [("100", 100), (0, 0), ("8.25", Decimal("8.25"))])
def test_a_percentage_is_between_0_and_100(value: object, read: Decimal):
    assert percentage(node(value)) == read
    assert complaints("100.01", percentage) == ["100.01 % is not between 0 and 100."]
    assert complaints("-1", percentage) == ["-1 % is not between 0 and 100."]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("10", 'Expected a whole number, found "10".'),
        (Decimal("1.5"), "Expected a whole number, found 1.5."),
        (0, "0 is not between 1 and 60."),
        (61, "61 is not between 1 and 60."),
        (False, "Expected a whole number, found false."),
    ],
)
def test_a_whole_number_is_no_text_and_within_its_bounds(value: object, message: str):
    assert complaints(value, minutes) == [message]
    assert minutes(node(value)) == 1
    assert [minutes(node(bound)) for bound in (1, Decimal("60.0"))] == [1, 60]


@pytest.mark.parametrize(("value", "is_right"), [(True, True), (False, True), ("true", False), (1, False)])
def test_true_and_false_are_nothing_else(value: object, is_right: bool):
    assert (complaints(value, lambda given: given.boolean()) == []) is is_right


def test_a_text_is_not_empty():
    assert node(" a ").text() == "a"
    assert complaints("  ", lambda given: given.text()) == ["Expected a text that is not empty."]


def test_one_of_a_few_falls_back_to_the_first_and_lists_them():
    given = node("both")

    assert given.one_of(("inclusive", "exclusive"), kind="tax mode") == "inclusive"
    assert given.problems[0].message == '"both" is not a tax mode here: use inclusive, exclusive.'


def test_a_currency_in_small_letters_is_told_to_be_in_capitals():
    assert node("USD").currency() == "USD"
    assert complaints("usd", lambda given: given.currency()) == [
        '"usd" is not a currency code of ISO 4217 such as EUR (write it in capitals).'
    ]
    assert complaints(7, lambda given: given.currency()) == ["7 is not a currency code of ISO 4217 such as EUR."]


def test_a_time_zone_is_named_by_its_place():
    assert node("Europe/Amsterdam").time_zone().key == "Europe/Amsterdam"
    assert complaints("Europe/Amsterdm", lambda given: given.time_zone()) == [
        '"Europe/Amsterdm" is not a time zone of the IANA database: did you mean Europe/Amsterdam?'
    ]
    assert complaints(7, lambda given: given.time_zone())[0].endswith("use a name such as Europe/Amsterdam.")


def test_a_moment_is_read_as_utc():
    assert node("2026-03-10T15:00:00+01:00").instant() == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert node("2026-03-10T14:00:00").utc_instant() == datetime(2026, 3, 10, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2026-03-10T14:00:00", "2026-03-10T14:00:00 has no offset: write UTC times with Z at the end."),
        ("yesterday", 'Expected a time such as 2026-03-10T14:00:00Z, found "yesterday".'),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z is not between 1970 and 2200."),
        ("2200-01-01T00:00:00Z", "2200-01-01T00:00:00Z is not between 1970 and 2200."),
        (None, "Expected a time such as 2026-03-10T14:00:00Z, found nothing."),
    ],
)
def test_what_is_no_plausible_moment_stands_for_the_earliest(value: object, message: str):
    given = node(value)

    assert given.instant() == EARLIEST
    assert [problem.message for problem in given.problems] == [message]


def test_an_error_is_told_by_its_first_problem_and_has_all():
    problems = (Problem("rate.energy", "energy is missing."), Problem("", "It is empty."))

    assert str(InputError(problems)) == "rate.energy: energy is missing."
    assert str(InputError(problems[1:])) == "It is empty."
    assert InputError(problems).problems == problems
    assert isinstance(reading.InputError(problems), ValueError)
