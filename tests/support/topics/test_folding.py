"""Words as they are compared."""

from support.topics.folding import normalize_text


def test_small_letters_without_accents_and_no_more_than_the_most():
    assert normalize_text("Großes CÂBLE, électrique") == "grosses cable, electrique"
    assert normalize_text("abcdef", max_length=3) == "abc"
