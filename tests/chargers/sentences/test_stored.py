"""A stored sentence is a code with facts: said by a catalogue, kept as JSON, and never lost."""

from chargers.sentences import stored
from chargers.sentences.stored import Plain, Sentence

PATTERNS = {
    "refused": "The charger refused.",
    "tiers": "It goes before %(beaten)s.",
    "list": "%(entries)s.",
    "rate": "“%(name)s” at %(place)s",
    "place": "charger %(station)s",
}


def english(found):
    return stored.render(found, PATTERNS, speech=Plain())


class German:
    def say(self, pattern):
        return {"The charger refused.": "Die Ladestation lehnte ab."}.get(pattern, pattern)

    def value(self, _name, fact):
        return str(fact).replace(".", ",")


def test_it_says_one_sentence_after_the_other_and_somebody_elses_words_as_they_are():
    assert (
        english((*stored.build_sentence("refused"), *stored.free("E-17 (100 %)")))
        == "The charger refused. E-17 (100 %)"
    )
    assert stored.free("") == ()


def test_it_says_sentences_within_a_sentence_and_lists_them():
    place = Sentence("place", {"station": "SUN001"})
    beaten = [Sentence("rate", {"name": name, "place": place}) for name in ("A", "B")]

    assert (
        english(stored.build_sentence("tiers", beaten=beaten))
        == "It goes before “A” at charger SUN001, “B” at charger SUN001."
    )
    assert english(stored.build_sentence("list", entries=beaten)) == "“A” at charger SUN001; “B” at charger SUN001."


def test_it_says_patterns_and_values_in_the_readers_language():
    kept = (*stored.build_sentence("refused"), *stored.build_sentence("place", station="1.5"))

    assert stored.render(kept, PATTERNS, speech=German()) == "Die Ladestation lehnte ab. charger 1,5"


def test_it_names_a_code_that_it_does_not_know_with_what_it_carries():
    assert english(stored.build_sentence("of_tomorrow", count=3)) == "[of_tomorrow] 3"


def test_what_it_writes_as_json_it_reads_again():
    place = Sentence("place", {"station": "SUN001"})
    kept = (
        *stored.build_sentence("tiers", beaten=[Sentence("rate", {"name": "A", "place": place})]),
        *stored.free("x"),
    )

    assert stored.read([sentence.as_json() for sentence in kept]) == kept
    assert stored.read(None) == ()


def test_it_finds_a_code():
    assert stored.has_code(stored.build_sentence("refused"), "refused")
    assert not stored.has_code((), "refused")
