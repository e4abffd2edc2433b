"""Words are alike by their pieces."""

import pytest

from support.knowledge import trigrams

WORDS = trigrams.list_long_words("Der Ladevorgang hört auf: Zählerstände")


def test_small_letters_without_accents_count():
    assert trigrams.split_words("Über die Kabel, ÜBER") == ["uber", "die", "kabel"]
    assert WORDS == ["hort", "ladevorgang", "zahlerstande"]


def test_swapped_missing_and_double_letters_leave_most_of_a_word():
    assert trigrams.measure_similarity("Ladevorgnag", WORDS) >= 0.5
    assert trigrams.measure_similarity("Ladvorgang", WORDS) >= 0.5
    assert trigrams.measure_similarity("Laadevorgang", WORDS) >= 0.5
    assert trigrams.measure_similarity("zahlerstande", WORDS) == 1


@pytest.mark.parametrize("typed", ["refnd", "rfeund", "refunnd", "regund"])
def test_one_typo_in_a_short_word_is_enough_of_it(typed: str):
    assert trigrams.measure_similarity(typed, ["hold", "refund"]) >= 0.5
    assert trigrams.measure_similarity(typed, ["defend", "hold"]) < 0.5


def test_another_word_counts_nothing():
    assert trigrams.measure_similarity("Rechnung", WORDS) == 0
    assert trigrams.measure_similarity("Ladevorgang Rechnung", WORDS) == 0.5


def test_its_pieces_find_an_article():
    assert set(trigrams.of_query("Ladevorgnag")) & set(trigrams.of_words(WORDS))
    assert not set(trigrams.of_query("Rechnung")) & set(trigrams.of_words(WORDS))


def test_short_words_and_nothing_are_not_compared():
    assert trigrams.of_query("a an the") == []
    assert trigrams.measure_similarity("", WORDS) == 0
