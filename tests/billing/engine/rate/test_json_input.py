"""JSON that keeps every digit, and text that is none."""

from decimal import Decimal

import pytest

from billing.engine.rate import json_input
from billing.engine.rate.reading import InputError


def test_numbers_with_decimals_keep_every_digit():
    assert json_input.parse('{"a": 0.1000, "b": 12345678901234567890.5, "c": 7}') == {
        "a": Decimal("0.1000"),
        "b": Decimal("12345678901234567890.5"),
        "c": 7,
    }


def test_it_reads_bytes_as_well():
    assert json_input.parse('["ä"]'.encode()) == ["ä"]


@pytest.mark.parametrize("text", ["", "{", "[1,]", "NaN", '{"a": Infinity}', "[-Infinity]", "'a'", b"\xff"])
def test_what_is_no_json_is_refused_in_a_sentence(text: str | bytes):
    with pytest.raises(InputError) as refused:
        json_input.parse(text)

    [problem] = refused.value.problems
    assert problem.path == ""
    assert problem.message.startswith("The input is not JSON: ")


def test_a_key_that_stands_twice_is_named_where_it_stands():
    with pytest.raises(InputError) as refused:
        json_input.parse('{"rate": {"name": "a", "price": "1", "price": "2"}}')

    [problem] = refused.value.problems
    assert (problem.path, problem.message) == ("price", "The key price stands twice in one object: keep one.")


def test_what_is_nested_without_end_is_refused_and_no_crash():
    with pytest.raises(InputError, match="nested too deeply"):
        json_input.parse("[" * 100_000)
