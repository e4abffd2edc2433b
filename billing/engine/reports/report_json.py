"""The JSON form of a price report, as `price_session` prints it."""

from collections.abc import Iterable
from typing import Any

from billing.engine.plausibility import Evidence
from billing.engine.rate.tariff import Component
from billing.engine.reports import reasons
from billing.engine.reports.reasons import English, PriceReason
from billing.engine.reports.report import IdleTime, PricedInputs, PriceLine, PriceReport, TaxGroup
from billing.engine.values import units

Json = dict[str, Any]


def report_json(report: PriceReport) -> Json:
    """Returns amounts as integers in minor units, decimals as text, times in UTC."""
    costs = {"host_costs": [_line(line) for line in report.host_costs]} if report.host_costs else {}
    return costs | {
        "energy_wh": report.energy_wh,
        "idle_minutes": report.idle_minutes,
        "idle": _idle(report.idle) if report.idle else None,
        "lines": [_line(line) for line in report.lines],
        "subtotal": report.subtotal_minor,
        "taxes": [_tax(group) for group in report.taxes],
        "net": report.net_minor,
        "tax": report.tax_minor,
        "total": report.total_minor,
        "notes": [reasons.render_note(note.reasons) for note in report.notes],
        "note_reasons": [_reasons(note.reasons) for note in report.notes],
        "currency": report.currency,
        "tax_mode": report.tax_mode,
        "held_for_review": [_evidence_json(evidence) for evidence in report.held],
        "inputs": _inputs(report.inputs),
    }


def _idle(idle: IdleTime) -> Json:
    return {
        "from": units.utc_text(idle.began_at),
        "to": units.utc_text(idle.ended_at),
        "grace_min": idle.grace_min,
        "grace_s": int(idle.grace.total_seconds()),
        "free_s": int(idle.free.total_seconds()),
        "out_of_contact_s": int(idle.out_of_contact.total_seconds()),
        "withheld_s": int(idle.withheld.total_seconds()),
        "unnoticed_s": int(idle.unnoticed.total_seconds()),
        "noticed_at": units.utc_text(idle.noticed_at) if idle.noticed_at else None,
        "billed_minutes": idle.billed_minutes,
        "count": idle.count,
        "per_min": str(idle.per_min),
        "cap": None if idle.cap is None else str(idle.cap),
        "tax_pct": str(idle.tax_pct),
        "capped": idle.is_capped,
    } | ({"waiver": reasons.render((idle.waiver,), speech=English())} if idle.waiver else {})


def _evidence_json(evidence: Evidence) -> Json:
    return {"code": evidence.doubt, "evidence": evidence.sentence, "reason": evidence.reason.as_json()}


def _reasons(price_reasons: Iterable[PriceReason]) -> list[Json]:
    return [reason.as_json() for reason in price_reasons]


def _line(line: PriceLine) -> Json:
    common: Json = {
        "kind": line.component,
        "label": line.label,
        "amount": line.amount_minor,
        "exact": units.decimal_text(line.exact),
        "quantity": str(line.quantity),
        "unit": line.unit,
        "unit_price": str(line.unit_price),
        "tax_pct": str(line.tax_pct),
        "reason": line.reason,
        "reasons": _reasons(line.reasons),
    }
    match line.component:
        case Component.ENERGY:
            return common | {"wh": int(line.quantity * 1000), "estimated": line.is_estimated}
        case Component.TIME:
            return common | {"capped": line.is_capped}
        case Component.IDLE:
            return common | {"minutes": int(line.quantity), "capped": line.is_capped}
        case _:
            return common


def _tax(group: TaxGroup) -> Json:
    return {"rate_pct": str(group.rate_pct), "base": group.base_minor, "tax": group.tax_minor}


def _inputs(used: PricedInputs) -> Json:
    return {
        "meter_start_wh": used.meter_start_wh,
        "meter_stop_wh": used.meter_stop_wh,
        "started_at": units.utc_text(used.started_at),
        "ended_at": units.utc_text(used.ended_at),
        "last_reading_at": units.utc_text(used.last_reading_at),
        "has_stop": used.has_stop,
        "readings_used": used.readings_used,
        "readings_refused": [
            {"t": units.utc_text(item.reading.at), "wh": item.reading.wh, "because": item.refusal}
            for item in used.readings_refused
        ],
        "clock_correction_s": int(used.clock_correction.total_seconds()),
        "estimated_splits": [
            {
                "t": units.utc_text(split.at),
                "read_before": units.utc_text(split.read_before),
                "read_after": units.utc_text(split.read_after),
                "energy_between_wh": split.energy_between_wh,
            }
            for split in used.estimated_splits
        ],
    }
