"""Fields for numbers and money as people type them: commas, what is ambiguous, and what a currency cannot express."""

from decimal import Decimal

import pytest
from django import forms

from billing.formatting import amounts
from billing.formatting.amounts import AmountField, NumberField


def refusal(field: forms.Field, typed: str) -> str:
    with pytest.raises(forms.ValidationError) as refused:
        field.clean(typed)
    return " ".join(refused.value.messages)


def test_a_decimal_comma_is_a_decimal_point():
    assert NumberField().clean("1.234,50") == Decimal("1234.50")
    assert NumberField(required=False).clean("") is None


def test_what_can_be_read_in_two_ways_is_refused_with_both():
    assert "Write 1.234 or 1234." in refusal(NumberField(), "1,234")
    assert refusal(NumberField(), "abc") == "Enter a number."


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [("USD", "1,50", 150), ("JPY", "150", 150), ("KWD", "1.500", 1500), ("USD", "-3", -300)],
)
def test_an_amount_is_exact_in_minor_units(currency: str, typed: str, minor: int):
    field = AmountField(currency=currency)

    assert field.minor(field.clean(typed)) == minor


@pytest.mark.parametrize(
    ("currency", "typed", "sentence"),
    [
        ("USD", "1.505", "USD has at most 2 decimals: write 1.50 or 1.51."),
        ("JPY", "1.5", "JPY has no decimals: write 1 or 2."),
        ("USD", "-1.505", "USD has at most 2 decimals: write -1.50 or -1.51."),
    ],
)
def test_what_the_currency_cannot_express_is_not_rounded(currency: str, typed: str, sentence: str):
    assert refusal(AmountField(currency=currency), typed) == sentence


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "1e30", "1e-30"])
def test_numbers_without_measure_are_refused_and_no_fault(typed: str):
    assert refusal(AmountField(currency="USD"), typed)


def test_a_phone_shows_the_keys_that_are_needed():
    modes = {currency: AmountField(currency=currency).widget.attrs["inputmode"] for currency in ("USD", "JPY")}

    assert modes == {"USD": "decimal", "JPY": "numeric"}
    assert NumberField(decimal_places=0).widget.attrs["inputmode"] == "numeric"
    assert NumberField().widget.input_type == "text"


def test_an_example_can_be_typed_in_its_currency():
    for currency, text in (("USD", "1.50"), ("JPY", "150"), ("KWD", "1.500")):
        assert amounts.example(currency) == text
        assert AmountField(currency=currency).clean(text) == Decimal(text)
