"""Sessions as CSV: one row for each session in the list, protected against spreadsheet formulas."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from billing.engine.values import money
from billing.formatting.contacts import mask_address
from billing.models import RateAssignment
from billing.payments.books.session_totals import NOT_BILLED
from billing.sessions.lifecycle import listing
from chargers.text import spreadsheets
from chargers.text.spreadsheets import escape_formula

COLUMNS: Final = (
    "session", "property", "charger", "station", "connector", "began_at", "stopped_at", "unplugged_at", "settled_at",
    "time_zone", "duration_min", "idle_min", "state", "who_paid", "token", "guest", "card_last4", "energy_kwh",
    "amount_minor", "amount", "refunded_minor", "refunded", "unpaid_minor", "unpaid", "currency", "receipts",
    "host_costs_minor", "host_costs", "state_in_words",
)  # fmt: skip
_ROWS_AT_ONCE: Final = 200


def render_pieces(sessions: Iterable[Any], *, now: datetime) -> Iterator[bytes]:
    """Yields the file in pieces, for sessions from `listing.detailed`."""
    return spreadsheets.render_csv_chunks(
        COLUMNS, (_row(session, now=now) for session in sessions), at_once=_ROWS_AT_ONCE
    )


def _row(session: Any, *, now: datetime) -> list[object]:
    zone = ZoneInfo(session.property.time_zone)
    elapsed = listing.duration(session, now=now)
    is_billed = session.state not in NOT_BILLED and session.total_minor is not None
    return [
        session.pk,
        escape_formula(session.property.name),
        escape_formula(session.charger.charger_id),
        escape_formula(session.charger.station_id),
        session.evse_number,
        *(_local(at, zone) for at in (session.began, session.stopped_at, session.unplugged_at, session.settled_at)),
        session.property.time_zone,
        int(elapsed.total_seconds() // 60) if elapsed is not None else None,
        session.idle_minutes,
        session.state,
        session.audience,
        escape_formula(_card(session)),
        escape_formula(mask_address(session.guest_email)),
        session.last4,
        _kwh(session.metered_wh if session.energy_wh is None else session.energy_wh),
        *_amount(session.total_minor if is_billed else None, session.currency),
        *_amount(session.refunded_minor, session.currency),
        *_amount(session.unpaid_minor, session.currency),
        session.currency,
        session.receipt_numbers or "",
        *_amount(sum(line["amount"] for line in session.host_costs or ()) if is_billed else None, session.currency),
        session.get_state_display(),
    ]


def _card(session: Any) -> str:
    """Returns the card as the list shows it, even if only its number is known.

    A guest's card number is made up and not shown.
    """
    return str(session.token or (session.id_token if session.audience != RateAssignment.Audience.GUEST else ""))


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def _kwh(wh: int | None) -> str:
    return "" if wh is None else f"{wh / 1000:.3f}"


def _amount(minor: int | None, currency: str | None) -> tuple[int | None, str]:
    """Returns the amount in minor units, and as a decimal number."""
    return (minor, str(money.major(minor, currency=currency))) if minor is not None and currency else (None, "")
