"""Receipts: numbered without gaps, and complete on the day they are issued."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from billing.models import Hold, Rating, Receipt, ReceiptSeries, Refund, Session
from billing.rating import units
from chargers.models import Connector, StatusReport

_PLUGGED_IN: Final = ("Preparing", "Occupied")
_PLUGGED_IN_WITHIN: Final = timedelta(hours=12)


def issue(session: Session, *, rating: Rating, paid_by: Sequence[Hold], now: datetime) -> Receipt:
    """The receipt of a settled session. Call it in the transaction that settles it: only then is there no gap."""
    series = str(now.astimezone(ZoneInfo(session.property.time_zone)).year)
    number = _next_number(session.host_id, series)
    document = describe(session, report=rating.report, paid_by=paid_by) | {
        "number": f"{series}-{number:06d}",
        "issued_at": units.utc_text(now),
    }
    return Receipt.objects.create(
        host_id=session.host_id,
        series=series,
        number=number,
        session=session,
        rating=rating,
        issued_at=now,
        document=document,
    )


def credit(refund: Refund, *, now: datetime) -> Receipt:
    """The credit note of a refund, in a series of its own. Call it in the transaction that notes the refund as done."""
    receipt = refund.receipt
    session = receipt.session
    series = f"C{now.astimezone(ZoneInfo(session.property.time_zone)).year}"
    number = _next_number(receipt.host_id, series)
    kept = receipt.document
    document = {name: kept[name] for name in ("session", "operator", "site", "charger")} | {
        "number": f"{series}-{number:06d}",
        "issued_at": units.utc_text(now),
        "credit_of": receipt.label,
        "reason": refund.get_reason_display(),
        "explanation": refund.explanation,
        "lines": refund.lines,
        "total": refund.total_minor,
        "net": refund.net_minor,
        "tax": refund.tax_minor,
        "currency": refund.currency,
        "last4": refund.hold.last4 if refund.hold else "",
    }
    return Receipt.objects.create(
        host_id=receipt.host_id,
        series=series,
        number=number,
        kind=Receipt.Kind.CREDIT_NOTE,
        session=session,
        rating=receipt.rating,
        issued_at=now,
        document=document,
    )


def describe(session: Session, *, report: dict[str, Any], paid_by: Sequence[Hold]) -> dict[str, Any]:
    """All that a receipt prints but its number; also of a provisional one. Times are UTC texts or None."""
    place, charger = session.property, session.charger
    return {
        "session": str(session.pk),
        "operator": {
            "name": session.host.name,
            "country": session.host.country,
            "legal_address": session.host.legal_address,
            "tax_number": session.host.tax_number,
        },
        "site": {
            "name": place.name,
            "address": place.address,
            "city": place.city,
            "postal_code": place.postal_code,
            "country": place.country,
            "time_zone": place.time_zone,
            "contact_email": place.contact_email,
            "contact_phone": place.contact_phone,
        },
        "charger": {"station_id": charger.station_id, "charger_id": charger.charger_id} | _outlet(session),
        "audience": session.audience,
        "opened_at": _text(session.opened_at),
        "plugged_in_at": _text(_plugged_in_at(session)),
        "charging_s": _seconds(session.started_at, session.stopped_at),
        "occupied_after_s": _seconds(session.stopped_at, session.unplugged_at),
        "started_at": _text(session.started_at),
        "stopped_at": _text(session.stopped_at),
        "unplugged_at": _text(session.unplugged_at),
        "rate": _rate(session),
        "report": report,
        "payment": _payment(paid_by, total_minor=report["total"]) if paid_by else None,
    }


def _next_number(host_id: int, series: str) -> int:
    ReceiptSeries.objects.get_or_create(host_id=host_id, series=series)
    row = ReceiptSeries.objects.select_for_update().get(host_id=host_id, series=series)
    row.last_number += 1
    row.save(update_fields=["last_number"])
    return row.last_number


def _outlet(session: Session) -> dict[str, Any]:
    connectors = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    if session.connector_number is not None:
        connectors = connectors.filter(number=session.connector_number)
    found = connectors.select_related("evse").first()
    return {
        "evse_number": session.evse_number,
        "evse_id": found.evse.evse_id if found else "",
        "connector_number": session.connector_number,
        "standard": found.standard if found else "",
        "current": _current(found.standard) if found else "",
        "max_power_w": found.max_power_w if found else None,
    }


def _current(standard: str) -> str:
    """AC or DC, from the OCPI connector type (OCPI 2.2.1 8.4.5); empty where it is not told."""
    if not standard:
        return ""
    return "DC" if standard.endswith("_COMBO") or standard in {"CHADEMO", "NACS"} else "AC"


def _plugged_in_at(session: Session) -> datetime | None:
    """When the plug went in: the newest such status of the EVSE before the transaction began."""
    if session.started_at is None or session.evse_number is None:
        return None
    reports = StatusReport.objects.filter(
        charger=session.charger_id, evse_number=session.evse_number, status__in=_PLUGGED_IN,
        at__lte=session.started_at, at__gt=session.started_at - _PLUGGED_IN_WITHIN,
    )  # fmt: skip
    return reports.order_by("-at").values_list("at", flat=True).first()


def _seconds(begin: datetime | None, end: datetime | None) -> int | None:
    return None if begin is None or end is None else max(int((end - begin).total_seconds()), 0)


def _rate(session: Session) -> dict[str, Any] | None:
    version = session.rate_version
    if version is None:
        return None
    return {
        "slug": version.rate.slug,
        "name": version.rate.name,
        "version": version.number,
        "reason": session.rate_reason,
    }


def _payment(paid_by: Sequence[Hold], *, total_minor: int) -> dict[str, Any]:
    """`outstanding_minor`: what the card did not cover. `rest_minor`: what was taken afterwards, if anything was."""
    before = [hold for hold in paid_by if hold.role != Hold.Role.REST]
    rest = sum(hold.captured_minor for hold in paid_by if hold.role == Hold.Role.REST)
    held = sum(hold.amount_minor for hold in before)
    captured = sum(hold.captured_minor for hold in before)
    told = {
        "processor": before[0].processor,
        "last4": before[0].last4,
        "held_minor": held,
        "captured_minor": captured,
        "released_minor": held - captured,
        "outstanding_minor": max(total_minor - captured - rest, 0),
    }
    return told | ({"rest_minor": rest} if rest else {})


def _text(at: datetime | None) -> str | None:
    return units.utc_text(at) if at else None
