"""The receipt on paper, and the readings behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from billing.models import Rating
from billing.rating import money


@dataclass(frozen=True, slots=True)
class Reading:
    """One event that the price was computed from."""

    at: datetime
    what: str


def readings(rating: Rating) -> list[Reading]:
    """What the charger told, in order: the inputs of the price engine."""
    events = rating.inputs["session"]["events"]
    return [Reading(datetime.fromisoformat(event["t"]), _what(event)) for event in events]


def pdf(document: dict[str, Any]) -> bytes:
    """The same receipt as on the page; A4, one page for a usual session."""
    sheet = FPDF(format="A4")
    sheet.set_title(f"Receipt {document.get('number', '(provisional)')}")
    sheet.add_page()
    sheet.set_margin(20)
    _line(sheet, document["operator"]["name"], size=16, bold=True)
    for text in (document["operator"].get("legal_address"), document["operator"].get("tax_number")):
        if text:
            _line(sheet, text)
    _line(sheet, f"Receipt {document['number']}" if "number" in document else "Provisional receipt", size=12)
    for text in _head(document):
        _line(sheet, text)
    _gap(sheet)
    report, currency = document["report"], document["report"]["currency"]
    for line in report["lines"]:
        left = f"{line['label']}: {line['quantity']} {line['unit']} x {line['unit_price']} {currency}"
        _row(sheet, left, money.text(line["amount"], currency=currency))
        _line(sheet, line["reason"], size=8)
    _gap(sheet)
    for tax in report["taxes"]:
        base = money.text(tax["base"], currency=currency)
        _row(sheet, f"Tax {tax['rate_pct']} % on {base}", money.text(tax["tax"], currency=currency))
    _row(sheet, "Total", f"{money.text(report['total'], currency=currency)} {currency}", bold=True)
    for text in _payment(document, currency):
        _line(sheet, text)
    for text in _idle(document):
        _line(sheet, text)
    for note in report["notes"]:
        _line(sheet, f"Note: {note}", size=8)
    return bytes(sheet.output())


def _head(document: dict[str, Any]) -> list[str]:
    site, charger, inputs = document["site"], document["charger"], document["report"]["inputs"]
    zone = ZoneInfo(site["time_zone"])
    power = f", {charger['max_power_w'] / 1000:g} kW" if charger.get("max_power_w") else ""
    power += f" {charger['current']}" if charger.get("current") else ""
    lines = [
        f"{site['name']}, {site['address']}, {site['postal_code']} {site['city']}, {site['country']}",
        f"Station {charger['station_id']}, connector {charger['evse_number']} {charger['evse_id']}{power}",
        f"Plugged in {_local(document.get('plugged_in_at'), zone)}",
        f"Started {_local(document['started_at'], zone)}, ended {_local(document['stopped_at'], zone)}",
        f"Unplugged {_local(document['unplugged_at'], zone)}",
        f"Meter {inputs['meter_start_wh']} Wh to {inputs['meter_stop_wh']} Wh",
        f"Energy {document['report']['energy_wh'] / 1000:.3f} kWh",
    ]
    if document.get("issued_at"):
        lines.insert(0, f"Issued {_local(document['issued_at'], zone)}")
    return lines


def _idle(document: dict[str, Any]) -> list[str]:
    """Receipts of before this was told have no such part."""
    idle, currency = document["report"].get("idle"), document["report"]["currency"]
    if not idle:
        return []
    zone = ZoneInfo(document["site"]["time_zone"])
    spared = [f"{idle['grace_s'] // 60} of {idle['grace_min']} minutes of grace"]
    spared += [f"{idle['free_s'] // 60} minutes of free hours"] if idle["free_s"] else []
    spared += [f"{idle['out_of_contact_s'] // 60} minutes out of contact"] if idle["out_of_contact_s"] else []
    withheld_s = idle.get("withheld_s", 0)  # receipts of before know no such time
    spared += [f"{withheld_s // 60} minutes without power by the site's limit"] if withheld_s else []
    cap = f"at most {idle['cap']} {currency} a session" if idle["cap"] else "no limit is set"
    return [
        f"Plugged in without charging from {_local(idle['from'], zone)} to {_local(idle['to'], zone)}.",
        f"Not billed: {', '.join(spared)}.",
        f"Billed: {idle['billed_minutes']} completed minutes at {idle['per_min']} {currency}, {cap}.",
    ]


def _payment(document: dict[str, Any], currency: str) -> list[str]:
    payment = document.get("payment")
    if not payment:
        return ["No payment by card: settled by agreement with the property."]
    held, taken, back = (
        money.text(payment[key], currency=currency) for key in ("held_minor", "captured_minor", "released_minor")
    )
    return [f"Card ending {payment['last4']}: {held} held, {taken} taken, {back} released ({currency})."]


def _what(event: dict[str, Any]) -> str:
    match event["type"]:
        case "start":
            return f"start, meter at {event['wh']} Wh"
        case "stop":
            return f"stop, meter at {event['wh']} Wh"
        case "meter":
            return f"meter at {event['wh']} Wh"
        case _:
            return f"connector {event.get('status', '')}"


def _local(text: str | None, zone: ZoneInfo) -> str:
    if not text:
        return "not yet"
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M %z")


def _line(sheet: FPDF, text: str, *, size: int = 10, bold: bool = False) -> None:
    sheet.set_font("Helvetica", "B" if bold else "", size)
    sheet.multi_cell(0, size * 0.55, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _row(sheet: FPDF, left: str, right: str, *, bold: bool = False) -> None:
    sheet.set_font("Helvetica", "B" if bold else "", 10)
    sheet.cell(130, 6, _latin(left))
    sheet.cell(0, 6, _latin(right), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _gap(sheet: FPDF) -> None:
    sheet.ln(4)


def _latin(text: str) -> str:
    """The core fonts know Latin-1 only: other characters become their nearest or a question mark."""
    replaced = text.replace("“", '"').replace("”", '"').replace("–", "-").replace("€", "EUR")
    return replaced.encode("latin-1", "replace").decode("latin-1")
