"""Words as they are compared."""

from support.topics.folding import folded


def test_small_letters_without_accents_and_no_more_than_the_most():
    assert folded("Großes CÂBLE, électrique") == "grosses cable, electrique"
    assert folded("abcdef", most=3) == "abc"
