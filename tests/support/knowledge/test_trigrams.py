"""Words are alike by their pieces."""

import pytest

from support.knowledge import trigrams

WORDS = trigrams.kept_words("Der Ladevorgang hört auf: Zählerstände")


def test_small_letters_without_accents_count():
    assert trigrams.words("Über die Kabel, ÜBER") == ["uber", "die", "kabel"]
    assert WORDS == ["hort", "ladevorgang", "zahlerstande"]


def test_swapped_missing_and_double_letters_leave_most_of_a_word():
    assert trigrams.likeness("Ladevorgnag", WORDS) >= 0.5
    assert trigrams.likeness("Ladvorgang", WORDS) >= 0.5
    assert trigrams.likeness("Laadevorgang", WORDS) >= 0.5
    assert trigrams.likeness("zahlerstande", WORDS) == 1


@pytest.mark.parametrize("typed", ["refnd", "rfeund", "refunnd", "regund"])
def test_one_typo_in_a_short_word_is_enough_of_it(typed: str):
    assert trigrams.likeness(typed, ["hold", "refund"]) >= 0.5
    assert trigrams.likeness(typed, ["defend", "hold"]) < 0.5


def test_another_word_counts_nothing():
    assert trigrams.likeness("Rechnung", WORDS) == 0
    assert trigrams.likeness("Ladevorgang Rechnung", WORDS) == 0.5


def test_its_pieces_find_an_article():
    assert set(trigrams.of_query("Ladevorgnag")) & set(trigrams.of_words(WORDS))
    assert not set(trigrams.of_query("Rechnung")) & set(trigrams.of_words(WORDS))


def test_short_words_and_nothing_are_not_compared():
    assert trigrams.of_query("a an the") == []
    assert trigrams.likeness("", WORDS) == 0
