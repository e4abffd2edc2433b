"""Bounds for the amounts that a host may have held: not more than banks accept, not so little that it is used up at
once.
"""

from typing import Final

from billing.engine.values import money

_HIGHEST: Final = {"least": 500, "most": 1000}
_LOWEST_MOST: Final = 5
"""In everyday units of the currency, as above."""


def faults(*, least: int | None, most: int | None, currency: str) -> dict[str, str]:
    """Returns the errors of bounds in minor units, by name; empty if there are none."""
    messages = {}
    for name, value in (("least", least), ("most", most)):
        if value is not None and value > money.everyday_minor(_HIGHEST[name], currency=currency):
            messages[name] = (
                "Most guests' banks refuse to hold so much, and then nobody could charge: "
                f"write at most {_text(_HIGHEST[name], currency)}."
            )
    if most is not None and most < money.everyday_minor(_LOWEST_MOST, currency=currency):
        messages["most"] = (
            "So little is used up as soon as charging begins, and charging would end: "
            f"write at least {_text(_LOWEST_MOST, currency)}."
        )
    if least is not None and most is not None and least > most:
        messages.setdefault("most", "This is less than what is held at least.")
    return messages


def _text(units: int, currency: str) -> str:
    return money.text(money.everyday_minor(units, currency=currency), currency=currency)
