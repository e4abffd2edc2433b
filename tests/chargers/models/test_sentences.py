"""Columns of sentences: what is stored, what a person typed is masked, and the text that programs read."""

from types import SimpleNamespace

import pytest

from chargers.models.sentences import InEnglish, SentencesField
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

CARD = "4242 4242 4242 4242"


def column(**options: bool) -> SentencesField:
    field = SentencesField(**options)
    field.attname = field.column = "why"
    return field


def test_what_is_written_is_what_is_read():
    sentences = stored.build_sentence("charger.offline", since="12:00")

    assert column().to_python(column().get_prep_value(sentences)) == sentences
    assert column().get_prep_value(()) == []


@pytest.mark.parametrize(("is_typed", "is_masked"), [(True, True), (False, False)])
def test_a_number_of_a_payment_card_that_a_person_typed_is_not_stored(is_typed: bool, is_masked: bool):
    [entry] = column(is_typed=is_typed).get_prep_value(
        stored.build_sentence("note.written", text=f"Card {CARD}", list=[CARD])
    )

    assert (CARD not in str(entry)) is is_masked


def test_for_migrations_it_is_the_column_that_it_is():
    _, path, _, kwargs = column(is_typed=True).deconstruct()

    assert path == "django.db.models.JSONField"
    assert "is_typed" not in kwargs


def test_a_row_tells_its_sentences_as_one_text_that_is_cut():
    def render(sentences: Sentences) -> str:
        return " ".join(sentence.code for sentence in sentences)

    text = InEnglish("why", render, max_length=8)
    row = SimpleNamespace(why=stored.build_sentence("charger.offline"))

    assert text.__get__(row, SimpleNamespace) == "charger."
    assert text.__get__(None, SimpleNamespace) is text
