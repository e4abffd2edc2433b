"""Receipts: numbered without gaps, and complete on the day they are issued."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from billing.engine.values import units
from billing.models import Hold, Override, RateAssignment, Rating, Receipt, Refund, RefundPart, Session
from billing.payments.webhooks import deliveries
from billing.pricing import session_facts
from billing.sessions.documents import outbox
from billing.sessions.documents.numbering import next_place
from chargers.lib.i18n import mark
from chargers.models import Connector, StatusReport
from chargers.text import card_numbers

_PLUGGED_IN: Final = ("Preparing", "Occupied")
_PLUGGED_IN_WITHIN: Final = timedelta(hours=12)
_EVENTS: Final = {
    Receipt.Kind.RECEIPT: deliveries.Kind.RECEIPT_ISSUED,
    Receipt.Kind.CORRECTION: deliveries.Kind.RECEIPT_CORRECTED,
    Receipt.Kind.CREDIT_NOTE: deliveries.Kind.CREDIT_NOTE_ISSUED,
}


_CORRECTIONS: Final = 5


class CorrectionError(Exception):
    """The receipt cannot be corrected; the message is a sentence for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company that a receipt is made out to. `is_checked`: the tax number follows its country's rules."""

    name: str
    address: str
    country: str
    tax_number: str = ""
    is_checked: bool = False


def issue(session: Session, *, rating: Rating, paid_by: Sequence[Hold], now: datetime) -> Receipt:
    """Issues the receipt of a settled session.

    Call it in the transaction that settles the session, so that there are no gaps.
    """
    new_receipt = Receipt(
        host_id=session.host_id, session=session, rating=rating, collected_by=_collector(session, paid_by)
    )
    return _number_and_issue(
        new_receipt, series="", document=describe(session, rating=rating, paid_by=paid_by), now=now
    )


def correct(receipt: Receipt, company: Company, *, now: datetime) -> Receipt:
    """Issues the receipt made out to a company: a new document with the same amounts that replaces it.

    Raises CorrectionError if another correction has replaced it meanwhile, or there were too many.
    """
    with transaction.atomic():
        rows = Receipt.objects.select_for_update(of=("self",)).select_related("session__property", "rating")
        locked = rows.get(pk=receipt.pk)
        if Receipt.objects.filter(replaces=locked).exists():
            raise CorrectionError(mark("This receipt was replaced meanwhile: open the newest one."))
        if locked.session.receipts.filter(kind=Receipt.Kind.CORRECTION).count() >= _CORRECTIONS:
            raise CorrectionError(mark("This receipt was corrected five times already: ask the host to help."))
        document = locked.document | {"company": _mask_company(company), "replaces": locked.label}
        corrected_receipt = Receipt(
            host_id=locked.host_id,
            session=locked.session,
            rating=locked.rating,
            replaces=locked,
            kind=Receipt.Kind.CORRECTION,
            collected_by=locked.collected_by,
        )
        return _number_and_issue(corrected_receipt, series="R", document=document, now=now)


def _mask_company(company: Company) -> dict[str, Any]:
    """Returns the company as printed, with card numbers masked: people type them even into names and addresses."""
    masked = replace(company, name=card_numbers.mask(company.name), address=card_numbers.mask(company.address))
    return asdict(masked)


def reprice(
    receipt: Receipt,
    rating: Rating,
    *,
    why: str,
    why_reason: dict[str, Any],
    paid_by: Sequence[Hold],
    now: datetime,
) -> Receipt:
    """Issues the corrected receipt of a session whose price has changed, for the same company.

    Call it in the transaction that makes the rating.
    """
    carried_over = {"company": receipt.document["company"]} if "company" in receipt.document else {}
    document = describe(rating.session, rating=rating, paid_by=paid_by) | carried_over
    document |= {"replaces": receipt.label, "why": why, "why_reason": why_reason}
    repriced_receipt = Receipt(
        host_id=receipt.host_id,
        session=rating.session,
        rating=rating,
        replaces=receipt,
        kind=Receipt.Kind.CORRECTION,
        collected_by=receipt.collected_by,
    )
    return _number_and_issue(repriced_receipt, series="R", document=document, now=now)


def newest(session: Session) -> Receipt | None:
    """Returns the current receipt: the last correction, or the first receipt."""
    candidates = session.receipts.filter(kind__in=(Receipt.Kind.RECEIPT, Receipt.Kind.CORRECTION))
    return candidates.filter(replaced_by=None).select_related("rating").first()


def credit(refund: Refund, *, parts: Sequence[RefundPart], now: datetime) -> Receipt:
    """Issues the credit note of a whole refund, in a series of its own.

    Call it in the transaction that learns that the first part has gone; the ways of the other parts are printed as
    decided.
    """
    receipt = refund.receipt
    counts = newest(receipt.session) or receipt
    original = counts.document
    document = {
        name: original[name] for name in ("session", "operator", "site", "charger", "company") if name in original
    } | {
        "credit_of": counts.label,
        "reason": refund.get_reason_display(),
        "explanation": refund.explanation,
        "explanation_reason": refund.explanation_reason,
        "lines": refund.lines,
        "total": refund.total_minor,
        "net": refund.net_minor,
        "tax": refund.tax_minor,
        "taxes": refund.taxes or [],
        "tax_mode": counts.rating.report.get("tax_mode", "exclusive"),
        "items": _list_credited_lines(refund, counts.rating),
        "currency": refund.currency,
        "ways": [
            {
                "amount": part.amount_minor,
                "last4": part.hold.last4 if part.hold else "",
                "is_card": part.hold is not None,
            }
            for part in parts
        ],
    }
    credit_note = Receipt(
        host_id=receipt.host_id,
        session=receipt.session,
        rating=receipt.rating,
        kind=Receipt.Kind.CREDIT_NOTE,
        collected_by=receipt.collected_by,
    )
    return _number_and_issue(credit_note, series="C", document=document, now=now)


def _collector(session: Session, paid_by: Sequence[Hold]) -> Receipt.Collector:
    """Returns who collects the driver's money. Without any card payment the driver settles with the property.

    What the platform pays for is owed to the platform, until its own credit note cancels it.
    """
    by_partner = session.audience == RateAssignment.Audience.ROAMING
    is_ours = bool(paid_by) or by_partner or _is_goodwill(session)
    return Receipt.Collector.PLATFORM if is_ours else Receipt.Collector.HOST


def _list_credited_lines(refund: Refund, rating: Rating) -> list[dict[str, Any]]:
    """Returns the receipt's lines that are refunded in full; empty if a part of the total is refunded.

    `amount` is None if the lines do not add up to the refund, because a limit capped the receipt's total or an amount
    was refunded before.
    """
    lines = [line for line in rating.report["lines"] if line["kind"] in refund.lines and line["amount"]]
    inclusive = rating.report.get("tax_mode") == "inclusive"
    adds_up = sum(line["amount"] for line in lines) == (refund.total_minor if inclusive else refund.net_minor)
    columns = ("kind", "label", "quantity", "unit", "unit_price", "tax_pct")
    return [{name: line[name] for name in columns} | {"amount": line["amount"] if adds_up else None} for line in lines]


def describe(session: Session, *, rating: Rating, paid_by: Sequence[Hold]) -> dict[str, Any]:
    """Returns all that a receipt prints except its number; also for a provisional receipt.

    Times are UTC texts or None.
    """
    property_, charger, report = session.property, session.charger, rating.report
    return {
        "session": str(session.pk),
        "operator": {
            "name": session.host.legal_name or session.host.name,
            "brand": session.host.name,
            "country": session.host.country,
            "legal_address": session.host.legal_address,
            "tax_number": session.host.tax_number,
        },
        "site": {
            "name": property_.name,
            "address": property_.address,
            "city": property_.city,
            "postal_code": property_.postal_code,
            "country": property_.country,
            "time_zone": property_.time_zone,
            "contact_email": property_.contact_email,
            "contact_phone": property_.contact_phone,
        },
        "charger": {"station_id": charger.station_id, "charger_id": charger.charger_id} | _outlet(session),
        "audience": session.audience,
        "opened_at": _text(session.opened_at),
        "plugged_in_at": _text(_plugged_in_at(session)),
        "plugged_in_s": _seconds(_plugged_in_at(session) or session.started_at, session.unplugged_at),
        "charging_s": _seconds(session.started_at, session.stopped_at),
        **_times(session, rating),
        "occupied_after_s": _seconds(session.stopped_at, session.unplugged_at),
        "started_at": _text(session.started_at),
        "stopped_at": _text(session.stopped_at),
        "unplugged_at": _text(session.unplugged_at),
        "rate": _rate(session),
        "report": report,
        "payment": _payment(paid_by, total_minor=report["total"]) if paid_by else None,
        **_build_support_facts(session),
        **_provider(session),
    }


def _build_support_facts(session: Session) -> dict[str, Any]:
    """Returns what support did: until when it is billed, and that the platform pays. Empty for most sessions."""
    facts: dict[str, Any] = {}
    if session.billed_until is not None:
        facts["billed_until"] = _text(session.billed_until)
    if _is_goodwill(session):
        facts["is_goodwill"] = True
    return facts


def _provider(session: Session) -> dict[str, str]:
    """Returns the provider who bills a roaming driver; empty for others."""
    return {"provider": provider_of(session)} if session.audience == RateAssignment.Audience.ROAMING else {}


def provider_of(session: Session) -> str:
    """Returns the name of the mobility provider of the session's card; empty if the card is no longer known."""
    msp = session.token.msp if session.token else None
    return msp.name if msp else ""


def _is_goodwill(session: Session) -> bool:
    return Override.objects.filter(session=session, payer=Override.Payer.PLATFORM).exists()


def _number_and_issue(receipt: Receipt, *, series: str, document: dict[str, Any], now: datetime) -> Receipt:
    """Assigns the next number of the year's series, and queues the document for mail and webhooks."""
    numbering = next_place(receipt.host_id, prefix=series, zone=receipt.session.property.time_zone, now=now)
    receipt.series, receipt.number = numbering.series, numbering.number
    receipt.issued_at = now
    receipt.document = document | {"number": receipt.label, "issued_at": units.utc_text(now)}
    receipt.save(force_insert=True)
    outbox.queue_new_document(receipt, now=now)
    deliveries.publish(_EVENTS[Receipt.Kind(receipt.kind)], receipt, now=now)
    return receipt


def _times(session: Session, rating: Rating) -> dict[str, int | None]:
    """Returns the seconds of charging, and the seconds in which the car was done but plugged in, before and after the
    stop.

    Charging ends when the register last rises; pauses do not count.
    """
    spans = session_facts.idle_spans(rating.inputs)
    idle_s = sum(_seconds(start, end) or 0 for start, end in spans)
    if session.started_at is None or session.stopped_at is None:
        return {"active_s": None, "idle_s": idle_s}
    ended_at = min(session_facts.last_rise_at(rating.inputs), session.stopped_at)
    whole_s = _seconds(session.started_at, ended_at) or 0
    before = sum(_seconds(start, min(end, ended_at)) or 0 for start, end in spans if start < ended_at)
    active_s = max(whole_s - before, 0)
    if not active_s and rating.energy_wh:
        return {"active_s": None, "idle_s": idle_s}  # energy flowed, so its constant "done" status is wrong
    return {"active_s": active_s, "idle_s": idle_s}


def _outlet(session: Session) -> dict[str, Any]:
    connectors = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    if session.connector_number is not None:
        connectors = connectors.filter(number=session.connector_number)
    connector = connectors.select_related("evse").first()
    return {
        "evse_number": session.evse_number,
        "evse_id": connector.evse.evse_id if connector else "",
        "connector_number": session.connector_number,
        "standard": connector.standard if connector else "",
        "current": _current(connector.standard) if connector else "",
        "max_power_w": connector.max_power_w if connector else None,
    }


def _current(standard: str) -> str:
    """Returns AC or DC for the OCPI connector type (OCPI 2.2.1 8.4.5); empty if unknown."""
    if not standard:
        return ""
    return "DC" if standard.endswith("_COMBO") or standard in {"CHADEMO", "NACS"} else "AC"


def _plugged_in_at(session: Session) -> datetime | None:
    """Returns when the plug went in: the newest such status of the EVSE before the transaction began."""
    row = session.transaction
    if row is None or session.evse_number is None:
        return None
    reports = StatusReport.objects.filter(
        charger=session.charger_id,
        evse_number=session.evse_number,
        status__in=_PLUGGED_IN,
        at__lte=row.started_at,
        at__gt=row.started_at - _PLUGGED_IN_WITHIN,
    )
    at = reports.order_by("-at").values_list("at", flat=True).first()
    return None if at is None else at + session_facts.clock_correction(session.charger)


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
    """Returns how the receipt was paid.

    `outstanding_minor`: what the card did not cover. `rest_minor`: what was charged afterwards, if anything;
    `is_account`: the whole amount was charged to the card of the driver's account, without a hold.
    """
    before = [hold for hold in paid_by if hold.role not in Hold.AFTERWARDS]
    later_minor = sum(hold.captured_minor for hold in paid_by if hold.role in Hold.AFTERWARDS)
    authorised_minor = sum(hold.amount_minor for hold in before)
    captured = sum(hold.captured_minor for hold in before)
    facts = {
        "processor": (before or paid_by)[0].processor,
        "last4": (before or paid_by)[0].last4,
        "held_minor": authorised_minor,
        "captured_minor": captured,
        "released_minor": authorised_minor - captured,
        "outstanding_minor": max(total_minor - captured - later_minor, 0),
    }
    return facts | ({"rest_minor": later_minor} if later_minor else {}) | ({} if before else {"is_account": True})


def _text(at: datetime | None) -> str | None:
    return units.utc_text(at) if at else None
