"""IBAN, BIC, routing numbers, and the characters that bank files may carry."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files import identifiers
from billing.payouts.bank_files.identifiers import IdentifierError


def test_it_takes_an_iban_as_people_type_it():
    assert identifiers.checked_iban(" nl91 abna 0417 1643 00 ") == "NL91ABNA0417164300"


@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        ("NL91ABNA0417164301", "its check digits do not fit, so a character is wrong or missing"),
        ("NL91ABNA041716430", "its check digits do not fit, so a character is wrong or missing"),
        ("US64SVBKUS6S3300958879", "US has no IBANs, or its part for the bank does not exist"),
        ("", "it does not have the form of an IBAN of its country"),
        ("DE89 3704 0044 0532 0130 0ö", "it does not have the form of an IBAN of its country"),
    ],
)
def test_a_wrong_iban_is_refused_with_its_cause(typed: str, cause: str):
    with pytest.raises(IdentifierError) as caught:
        identifiers.checked_iban(typed)

    assert str(caught.value).endswith(f" is not valid: {cause}.")


def test_sentences_hide_the_middle_of_an_iban():
    """They are stored and mailed."""
    with pytest.raises(IdentifierError) as caught:
        identifiers.checked_iban("DE89370400440532013001")

    assert "DE89…3001" in str(caught.value)
    assert "37040044" not in str(caught.value)


@pytest.mark.parametrize("typed", ["deutdeff", "DEUTDEFF500", "ABNA NL 2A"])
def test_it_takes_a_bic(typed: str):
    assert identifiers.checked_bic(typed) == typed.replace(" ", "").upper()


@pytest.mark.parametrize("typed", ["", "DEUT", "DEUTDEFF5", "12345678", "DEUTXXFFFF"])
def test_it_refuses_what_is_no_bic(typed: str):
    with pytest.raises(IdentifierError, match="it has 8 or 11 characters"):
        identifiers.checked_bic(typed)


@pytest.mark.parametrize("typed", ["021000021", "0210-0002-1", " 021 000 021"])
def test_it_takes_a_routing_number(typed: str):
    assert identifiers.checked_routing_number(typed) == "021000021"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller & Söhne", "Muller + Sohne"), ("Straße", "Strasse"), ("Œuvre Ærø", "OEuvre AEro"),
        ("a_b~c|d[e]f;g", "a-b-c/d(e)f,g"), ("O’Neill", "O'Neill"), ("100 %", "100 ."), ("😀 x", ". x"),
        ("Ελλάδα", "Ellada"), ("two\nlines\t", "two lines"), ("u\u0308", "u"), ("", ""),
    ],
)  # fmt: skip
def test_it_writes_texts_in_the_characters_of_sepa(text: str, expected: str):
    assert identifiers.sepa_text(text).casefold() == expected.casefold()


@given(st.text())
def test_nothing_else_comes_out(text: str):
    assert re.fullmatch(r"[A-Za-z0-9/?:().,'+ -]*", identifiers.sepa_text(text))
    assert re.fullmatch(r"[A-Z0-9 .,/()&'-]*", identifiers.nacha_text(text))
    assert identifiers.sepa_text(identifiers.sepa_text(text)) == identifiers.sepa_text(text)


@pytest.mark.parametrize("reference", ["PO-1", "a/b", "A.B:C(D)?E,F'G+H", "1 2"])
def test_references_that_banks_leave_alone_pass(reference: str):
    assert identifiers.checked_reference(reference, max_length=35, label="id") == reference


@given(st.text(max_size=40))
def test_a_reference_passes_unchanged_or_not_at_all(reference: str):
    with suppress(IdentifierError):
        assert identifiers.checked_reference(reference, max_length=35, label="id") == reference
        assert identifiers.sepa_text(reference) == " ".join(reference.split())
