"""A timeline as CSV, and redacted for the manufacturer."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from chargers.text import spreadsheets
from support.explain.timeline import Moment

COLUMNS: Final = ("at", "what", "from", "detail")
SHARED: Final = ("Message", "Decision", "Command", "Status", "Transaction", "Connection", "Charger decided offline")
"""Sources for a manufacturer: the hardware, without people, prices and requests."""
_ADDRESS: Final = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")
_NUMBER: Final = re.compile(r"\b(?=[0-9A-Za-z:-]*\d)[0-9A-Za-z:-]{8,64}\b|\b[0-9A-Fa-f:]{8,64}\b")
"""A text that looks like a card's number, wherever it appears."""


def as_csv(moments: Iterable[Moment]) -> bytes:
    """Returns CSV with times in UTC, safe against spreadsheet formulas."""
    inert = spreadsheets.escape_formula
    rows = (
        [f"{moment.at:%Y-%m-%d %H:%M:%S}", *map(inert, (moment.sentence, moment.source, moment.detail))]
        for moment in moments
    )
    return spreadsheets.render_csv(COLUMNS, rows)


def redact_moments(moments: Sequence[Moment]) -> list[Moment]:
    """Returns moments of shared sources, without people's addresses; cards are cut to their last two characters."""
    cards = {moment.detail for moment in moments if moment.source == "Decision" and len(moment.detail) > 2}
    return [
        replace(moment, sentence=_redact_text(moment.sentence, cards), detail=_redact_detail(moment, cards), url="")
        for moment in moments
        if moment.source in SHARED
    ]


def _redact_detail(moment: Moment, cards: Collection[str]) -> str:
    """Returns the detail without who sent a command."""
    return "" if moment.source == "Command" else _redact_text(moment.detail, cards)


def _redact_text(text: str, cards: Collection[str]) -> str:
    for card in cards:
        text = text.replace(card, _mask_number(card))
    return _NUMBER.sub(lambda match: _mask_number(match[0]), _ADDRESS.sub("(a person)", text))


def _mask_number(number: str) -> str:
    return f"…{number[-2:]}"
