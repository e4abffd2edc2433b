"""Numbers as people type them: with a comma or a point, with thousands, and those that can be read in two ways."""

import pytest

from billing.formatting import decimals


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("0,35", "0.35"),
        ("-0,35", "-0.35"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("1,234,567.5", "1234567.5"),
        (" 12,5 ", "12.5"),
        ("0,350", "0.350"),
        ("1234,567", "1234.567"),
    ],
)
def test_it_writes_them_with_a_decimal_point_alone(typed: str, text: str):
    assert decimals.convert_separators(typed) == text


@pytest.mark.parametrize("typed", ["", "0.35", "12", "abc", "1,2,3", "1.2,3", "12.34,5", "1e3", "٣,٥", ",5"])
def test_it_leaves_everything_else_as_it_is(typed: str):
    assert decimals.convert_separators(typed) == typed


@pytest.mark.parametrize("typed", ["1,234", "12,345", "123,456", "-1,234", " 1,234 "])
def test_what_can_be_read_in_two_ways_is_not_guessed(typed: str):
    number = typed.strip()

    assert decimals.convert_separators(typed) == typed
    assert decimals.ambiguity(typed) == (
        f"{number} can be read in two ways. Write {number.replace(',', '.')} or {number.replace(',', '')}."
    )


@pytest.mark.parametrize("typed", ["0,350", "1,23", "1,2345", "1234,567", "1,234.00", "1.234"])
def test_what_can_be_read_in_one_way_is_not_ambiguous(typed: str):
    assert decimals.ambiguity(typed) == ""
