"""Renders the price engine's reasons in the reader's language and the active time zone. No other module does.

A report stores each reason as a code with its facts (`billing.engine.reports.reasons`), and the English sentence of its
time. Reports from before there were codes have that sentence only, which is shown unchanged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from billing.engine.reports import reasons
from billing.engine.reports.reasons import PriceReason
from billing.formatting import money, times
from chargers.formatting import quantities
from chargers.lib.i18n import mark

_SENTENCES: Final[Mapping[str, str]] = {
    "late_stop_refund": mark(
        "The charger reported the end of charging late. With it the session costs %(now)s instead of %(was)s: %(back)s "
        "goes back."
    ),
    "late_stop_correction": mark(
        "The charger reported the end of charging late: it cost %(now)s instead of %(was)s, and the host approved that."
    ),
}
"""Reasons on documents and refunds: stored as a code with its amounts in minor units, `{"code", "currency",
"amounts"}`.
"""


def render_stored(reason: Mapping[str, Any] | None, plain: str) -> str:
    """Returns a stored reason in the reader's language; one stored only as a sentence is returned unchanged."""
    pattern = _SENTENCES.get(reason["code"]) if reason else None
    if reason is None or pattern is None:
        return plain
    return gettext(pattern) % {
        name: money.money(minor, reason["currency"]) for name, minor in reason["amounts"].items()
    }


@dataclass(frozen=True, slots=True)
class Explanation:
    """One explanation. `is_english`: it was stored as a sentence, and the reader's language is another."""

    text: str
    is_english: bool = False

    def __str__(self) -> str:
        return self.text


class _Local:
    """The active language and time zone."""

    def say(self, pattern: str) -> str:
        return gettext(pattern)

    def say_counted(self, singular: str, plural: str, *, count: int) -> str:
        return ngettext(singular, plural, count)

    def moment(self, at: datetime) -> str:
        return times.format_moment(at)

    def span(self, begin: datetime, end: datetime) -> str:
        return times.span(begin, end)

    def duration(self, lasted: timedelta) -> str:
        return times.lasted_exactly(lasted)

    def energy(self, energy_wh: int) -> str:
        return quantities.kilowatt_hours(energy_wh)

    def power(self, power_w: int) -> str:
        return quantities.kilowatts(power_w)

    def amount(self, amount: str, currency: str) -> str:
        return money.price(amount, currency)

    def number(self, number: str) -> str:
        return money.digits(number)


LOCAL: Final = _Local()


def of_line(line: Mapping[str, Any]) -> Explanation:
    """Returns the explanation of a stored report's line."""
    return _explanation(line.get("reasons"), stored_text=str(line.get("reason", "")))


def notes(report: Mapping[str, Any]) -> list[Explanation]:
    """Returns a stored report's notes."""
    stored_notes, note_reasons = report.get("notes", []), report.get("note_reasons", [])
    return [
        _explanation(note_reasons[index] if index < len(note_reasons) else None, stored_text=sentence)
        for index, sentence in enumerate(stored_notes)
    ]


def hold_reasons(hold_entries: Sequence[Mapping[str, Any]]) -> list[Explanation]:
    """Returns why a session is held for review (`Rating.held`)."""
    return [
        _explanation([entry["reason"]] if "reason" in entry else None, stored_text=str(entry["evidence"]))
        for entry in hold_entries
    ]


def render(*price_reasons: PriceReason) -> str:
    return reasons.render(price_reasons, speech=LOCAL)


def sentence(stored_text: str) -> str:
    """Returns a stored fragment as a sentence: capitalised, with a full stop."""
    text = stored_text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?…' else '.'}" if text else ""


def _explanation(entries: Iterable[object] | None, *, stored_text: str) -> Explanation:
    parsed = [reasons.read(entry) for entry in entries or ()]
    price_reasons = [reason for reason in parsed if reason is not None]
    if price_reasons and len(price_reasons) == len(parsed):
        try:
            return Explanation(render(*price_reasons))
        except KeyError:
            pass  # an older version did not store a fact that this one needs
    return Explanation(sentence(stored_text), is_english=(get_language() or "en") != "en")
