"""Parses JSON without losing digits: numbers with decimals become Decimal, never float."""

import json
from decimal import Decimal

from billing.engine.rate.reading import InputError, Problem


def parse(text: str | bytes) -> object:
    """Parses JSON. Raises InputError if the text is not JSON, repeats a key, or contains NaN or Infinity."""
    try:
        parsed: object = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_key_twice
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        message = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError((Problem(path="", message=f"The input is not JSON: {message}."),)) from error
    return parsed


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError((Problem(path=twice, message=f"The key {twice} stands twice in one object: keep one."),))
    return fields
