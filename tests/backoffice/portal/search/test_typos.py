"""What counts as a typo."""

import pytest

from backoffice.portal.search import typos


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("harbuor", "harbour"),
        ("harbor", "harbour"),
        ("bluf", "bluff"),
        ("apartmetn", "apartment"),
        ("snu001", "sun001"),
    ],
)
def test_a_letter_wrong_missing_or_swapped_is_one(typed: str, word: str):
    assert typos.is_near(typed, word)


@pytest.mark.parametrize(
    ("typed", "word"),
    [("sun001", "sun002"), ("sun01", "sun001"), ("cat", "cot"), ("house", "horses"), ("lake", "lofts"), ("", "a")],
)
def test_another_word_or_number_is_none(typed: str, word: str):
    assert not typos.is_near(typed, word)


def test_each_word_is_found_in_the_name():
    assert typos.are_near(["bluf", "house"], ["bluff", "house"])
    assert not typos.are_near(["bluf", "hotel"], ["bluff", "house"])
    assert not typos.are_near([], ["bluff"])
