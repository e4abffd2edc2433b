"""Cells of a CSV that a spreadsheet would calculate."""

import pytest

from chargers.text import spreadsheets


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1+1", "＋1", "－1", "＠x", "\u00a0=1", "\u200b=1", "　＝1"]
)
def test_a_formula_is_inert_also_in_full_width_and_behind_other_spaces(cell: str):
    assert spreadsheets.escape_formula(cell) == f"'{cell}"
    assert spreadsheets.read_back(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["", "Kim", "1-2", "a=b", "'s-Hertogenbosch", "１＋１"])
def test_other_texts_stay_as_they_are(cell: str):
    assert spreadsheets.escape_formula(cell) == cell
    assert spreadsheets.read_back(cell) == cell
