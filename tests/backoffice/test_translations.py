"""What guests read in other languages: nothing is missing, nothing is lost on the way, nothing is stale."""

import gettext
import io
import re
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from authorization.decide import reasons
from backoffice import translations
from backoffice.translations import Fault
from tests.kit.language import elsewhere

__all__ = ["elsewhere"]

PO = """msgid ""
msgstr "Language: nl\\n"

# A translator's word.
#: somewhere.html
msgid "You may charge here until %(when)s"
msgstr ""
"U mag hier laden "
"tot %(when)s"

msgid "Say \\"yes\\""
msgstr "Zeg \\"ja\\""
"""
FOR_GUESTS = [
    *Path("templates/guest").glob("*.html"), *Path("templates/drive").glob("*.html"),
    *Path("templates/help").glob("*.html"),
    Path("templates/billing/idle.html"), Path("templates/billing/simulated_confirmation.html"),
]  # fmt: skip
NOT_TO_TRANSLATE = {"PDF", "guest"}
"""A name, and the class of the page."""


def bare_words(source: str) -> list[str]:
    """The words of a template that stand outside of its marks for translation."""
    found, marked = [], False
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.BLOCK and token.contents.startswith(("blocktranslate", "endblocktranslate")):
            marked = token.contents.startswith("blocktranslate")
        elif token.token_type is TokenType.TEXT and not marked:
            found.append(token.contents)
        elif not marked:
            found.append("?")
    text = re.sub(r"&\w+;", " ", re.sub(r"<[^>]*>", " ", "".join(found)))
    return [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NOT_TO_TRANSLATE]


def test_it_misses_nothing_in_any_of_the_four_languages():
    assert translations.LANGUAGES == ("nl", "de", "fr", "es")
    assert translations.faults() == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_it_has_compiled_what_the_translators_wrote(language):
    with translations.path(language, ending="mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog

    simple = {english: text for english, text in catalogue.items() if english and isinstance(english, str)}
    written = translations.read(language)
    assert simple == {english: text for english, text in written.items() if "\0" not in english}
    plurals = {english: text for english, text in written.items() if "\0" in english}
    for english, text in plurals.items():
        singular = english.split("\0")[0]
        assert [catalogue[singular, form] for form in (0, 1)] == text.split("\0")


def test_it_finds_the_guests_part_of_every_reason_and_no_other():
    texts = translations.texts()

    for reason in reasons.CATALOGUE.values():
        said = [reason.title, reason.guest.meaning, *(step.text for step in reason.guest.next_steps)]
        assert [text for text in said if text not in texts] == []
    assert reasons.get("token_blocked").agent.meaning not in texts


@pytest.mark.parametrize(
    "text",
    [
        "Which plug is your car at?",
        "You may charge here until %(when)s",
        "j M, H:i",
        "Number of your charging card",
        "The charger is offline: nothing was sent.",
        "Somebody is using this plug now (%(state)s).",
    ],
)
def test_it_finds_what_templates_forms_and_stored_sentences_mark(text):
    assert text in translations.texts()


def test_guests_read_of_plugs_never_of_ports():
    without_names = {re.sub(r"%\(\w+\)s", "", text): text for text in translations.texts()}

    assert [text for plain, text in without_names.items() if re.search(r"\bports?\b", plain, re.IGNORECASE)] == []


@pytest.mark.parametrize("template", FOR_GUESTS, ids=lambda path: path.name)
def test_it_leaves_no_word_of_a_guests_template_unmarked(template):
    assert bare_words(template.read_text()) == []


def test_it_would_see_an_unmarked_word():
    assert bare_words('<p class="x">Hello {{ name }}, {% translate "marked" %}</p>') == ["Hello"]


def test_it_reads_escapes_and_texts_of_several_lines(elsewhere):
    elsewhere(PO)

    assert translations.read("nl") == {
        "You may charge here until %(when)s": "U mag hier laden tot %(when)s",
        'Say "yes"': 'Zeg "ja"',
    }


def test_it_reads_and_writes_both_forms_of_a_plural(elsewhere):
    elsewhere(
        'msgid "%(minutes)s minute"\nmsgid_plural "%(minutes)s minutes"\n'
        'msgstr[0] "%(minutes)s minuut"\nmsgstr[1] "%(minutes)s minuten"\n'
    )

    entries = translations.read("nl")
    compiled = gettext.GNUTranslations(io.BytesIO(translations.compile_mo("nl", entries)))

    assert entries == {"%(minutes)s minute\0%(minutes)s minutes": "%(minutes)s minuut\0%(minutes)s minuten"}
    assert [compiled.ngettext("%(minutes)s minute", "%(minutes)s minutes", n) for n in (0, 1, 2)] == [
        "%(minutes)s minuten",
        "%(minutes)s minuut",
        "%(minutes)s minuten",
    ]


def test_it_names_the_line_that_it_cannot_read(elsewhere):
    elsewhere('msgid "Yes"\nmsgstr Ja\n')

    with pytest.raises(translations.MalformedError, match="line 2"):
        translations.read("nl")


def test_it_tells_what_is_missing_lost_and_stale(elsewhere):
    elsewhere(
        'msgid "You may charge here until %(when)s"\nmsgstr "U mag hier laden"\n'
        'msgid "Nobody says this"\nmsgstr "Niemand zegt dit"\n'
    )

    dutch = [fault for fault in translations.faults() if fault.language == "nl"]

    assert Fault("nl", "Try again", "It is not translated.") in dutch
    lost = "Its placeholders differ: “U mag hier laden”."
    assert Fault("nl", "You may charge here until %(when)s", lost) in dutch
    assert Fault("nl", "Nobody says this", "No guest reads this text any more.") in dutch


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_its_files_are_in_the_order_that_the_command_writes(language):
    written = translations.render_po(language, translations.read(language))

    assert translations.path(language, ending="po").read_text() == written
