"""The known phrases, each with what it means and its language."""

from collections import Counter

from support.assistant.phrases import phrases
from support.topics import catalogue


def test_a_phrase_means_a_topic_or_none():
    meanings = {phrase.meaning for phrase in phrases()}

    assert meanings == {str(number) for number in catalogue.TOPICS} | {"person", "other"}


def test_every_topic_is_known_by_phrases_in_each_language():
    languages = {phrase.language for phrase in phrases()}
    counts = Counter((phrase.meaning, phrase.language) for phrase in phrases())

    assert len(languages) == 5
    assert {(str(number), language) for number in catalogue.TOPICS for language in languages} <= counts.keys()


def test_no_phrase_is_empty_or_means_two_things():
    meanings: dict[tuple[str, str], set[str]] = {}
    for phrase in phrases():
        assert phrase.text.strip()
        meanings.setdefault((phrase.language, phrase.text.lower()), set()).add(phrase.meaning)

    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}
