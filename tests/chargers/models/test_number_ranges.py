"""Sets of whole numbers as ranges: written, read, and what is missing between them."""

import pytest

from chargers.models import number_ranges
from chargers.models.number_ranges import LARGEST


@pytest.mark.parametrize(("spans", "text"), [([], "{}"), ([(0, 3)], "{[0,3)}"), ([(0, 3), (5, 6)], "{[0,3),[5,6)}")])
def test_what_is_written_is_read_again(spans: list[tuple[int, int]], text: str):
    assert number_ranges.format_spans(spans) == text
    assert number_ranges.spans_of(text) == spans


def test_single_numbers_are_put_in_order():
    assert number_ranges.of_numbers({5, 0}) == "{[0,1),[5,6)}"
    assert number_ranges.of_numbers(set()) == "{}"


def test_what_can_be_no_sequence_number_is_left_out():
    assert number_ranges.of_numbers({-1, LARGEST, LARGEST + 1}) == f"{{[{LARGEST},{LARGEST + 1})}}"


def test_gaps_are_told_by_their_first_and_last_number():
    assert number_ranges.find_gaps("{[0,3),[5,6),[7,9)}") == [(3, 4), (6, 6)]
    assert number_ranges.find_gaps("{[4,9)}") == number_ranges.find_gaps("{}") == []
