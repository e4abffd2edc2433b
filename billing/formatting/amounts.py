"""Form fields for numbers and amounts of money, typed with a decimal point or a decimal comma."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import forms

from billing.engine.values import money
from billing.formatting import decimals


class NumberField(forms.DecimalField):
    """A number with a decimal point or a decimal comma; ambiguous input is refused.

    It is a text input, because browsers silently drop a decimal comma from a number input.
    """

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        mode = "numeric" if self.decimal_places == 0 else "decimal"
        return super().widget_attrs(widget) | {"inputmode": mode, "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        number_text = str(value or "")
        if unclear := decimals.ambiguity(number_text):
            raise forms.ValidationError(unclear)
        return super().to_python(decimals.convert_separators(number_text))


class AmountField(NumberField):
    """An amount in major units that the currency can express; never rounded."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self._currency = currency
        super().__init__(**{"max_digits": 12} | kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        mode = "decimal" if money.EXPONENTS[self._currency] else "numeric"
        return super().widget_attrs(widget) | {"inputmode": mode}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        amount = super().to_python(value)
        if amount is None or not amount.is_finite() or abs(amount.adjusted()) > 20:
            return amount
        if money.exact_minor(amount, currency=self._currency).denominator != 1:
            raise forms.ValidationError(self._too_fine(amount))
        return amount

    def minor(self, amount: Decimal) -> int:
        """Returns a cleaned amount in minor units."""
        return int(money.exact_minor(amount, currency=self._currency))

    def _too_fine(self, amount: Decimal) -> str:
        exponent = money.EXPONENTS[self._currency]
        step = Decimal(1).scaleb(-exponent)
        below = amount.quantize(step, rounding=ROUND_DOWN)
        has = f"at most {exponent} decimals" if exponent else "no decimals"
        return f"{self._currency} has {has}: write {below:f} or {below + step.copy_sign(amount):f}."


def example(currency: str) -> str:
    """Returns an example of an amount to type: 1.50 for USD, 150 for JPY, 1.500 for KWD."""
    return money.major(150 if money.EXPONENTS[currency] < 3 else 1500, currency=currency)
