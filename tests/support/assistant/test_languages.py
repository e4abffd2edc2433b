"""Which language somebody writes in."""

import pytest

from support.assistant import languages
from tests.kit import assistant_questions


@pytest.mark.parametrize("text", ["", "CP-HARBOUR-2", "offline", "12,50", "\x00", "qwertz uiop"])
def test_what_is_of_no_language_is_of_none(text: str):
    assert languages.detect(text) == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A guest was overcharged", "en"),
        ("Ik heb geen uitbetaling gekregen", "nl"),
        ("Wo bleibt meine Auszahlung?", "de"),
        ("Où est mon versement ?", "fr"),
        ("¿Dónde está mi pago?", "es"),
    ],
)
def test_the_five_are_told_apart(text: str, language: str):
    assert languages.detect(text) == language


@pytest.mark.parametrize("name", ["development", "held_out"])
def test_nearly_every_question_is_of_its_language_and_none_of_another(name: str):
    questions = assistant_questions.read(name)
    found = [languages.detect(one.text) for one in questions]

    assert [one for one, code in zip(questions, found, strict=True) if code not in {"", one.language}] == []
    assert sum(not code for code in found) <= len(questions) * 0.05
