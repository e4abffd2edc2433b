"""A session's documents on paper."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from billing import typeface, wording
from billing.rating.money import EXPONENTS
from billing.rating.tariff import MinuteCount
from billing.templatetags.money import digits
from billing.templatetags.times import stamped
from chargers.templatetags.portal import kilowatt_hours, kilowatts, minutes


def pdf(document: dict[str, Any], *, told: Sequence[str] = ()) -> bytes:
    """The same document as on the page, in the language of the moment; A4, one page for a usual session.

    `told`: what has happened to it since it was issued, such as refunds.
    """
    title = title_of(document)
    sheet = new_sheet(title)
    with timezone.override(ZoneInfo(document["site"]["time_zone"])):
        _write(sheet, document, title=title, told=told)
    return bytes(sheet.output())


def new_sheet(title: str) -> FPDF:
    """A4, with its first page begun, in the face that knows the letters of all European names."""
    sheet = FPDF(format="A4")
    typeface.add_to(sheet)
    sheet.set_title(title)
    sheet.set_lang(get_language() or "en")
    sheet.add_page()
    sheet.set_margin(20)
    return sheet


def _write(sheet: FPDF, document: dict[str, Any], *, title: str, told: Sequence[str]) -> None:
    line(sheet, document["operator"]["name"], size=16, bold=True)
    for text in issuer(document["operator"]):
        line(sheet, text)
    _gap(sheet)
    line(sheet, title, size=12)
    for text in (*told, *_company(document)):
        line(sheet, text)
    if "credit_of" in document:
        _credit(sheet, document)
    else:
        _receipt(sheet, document)
    _gap(sheet)
    line(sheet, complaint(document), size=8)
    line(sheet, _("Times in %(zone)s.") % {"zone": document["site"]["time_zone"]}, size=8)


def title_of(document: dict[str, Any]) -> str:
    """What kind of document it is, with its number and that of the one it belongs to."""
    if "number" not in document:
        return _("Provisional receipt")
    if "credit_of" in document:
        values = {"number": document["number"], "receipt": document["credit_of"]}
        return _("Credit note %(number)s for receipt %(receipt)s") % values
    if "replaces" in document:
        values = {"number": document["number"], "receipt": document["replaces"]}
        return _("Corrected receipt %(number)s, in place of %(receipt)s") % values
    return _("Receipt %(number)s") % {"number": document["number"]}


def complaint(document: dict[str, Any]) -> str:
    """Whom to tell that something is wrong, and by what they find it."""
    site = document["site"]
    if not site.get("contact_email"):
        values = {"place": site["name"]}
        return _(
            "Something wrong? Tell the host of %(place)s the number above, the amount and the last four digits "
            "of your card."
        ) % values  # fmt: skip
    values = {"email": site["contact_email"]}
    return _(
        "Something wrong? Tell %(email)s the number above, the amount and the last four digits of your card."
    ) % values  # fmt: skip


def issuer(operator: dict[str, Any]) -> list[str]:
    """The company behind the name, as far as the host has told it."""
    brand, number = operator.get("brand", ""), operator.get("tax_number")
    lines = [brand] if brand and brand != operator["name"] else []
    lines += [operator["legal_address"]] if operator.get("legal_address") else []
    return [*lines, _("Tax number %(number)s") % {"number": number}] if number else lines


def _company(document: dict[str, Any]) -> list[str]:
    if not (company := document.get("company")):
        return []
    number = company["tax_number"]
    lines = [_labelled(_("For"), company["name"]), f"{company['address']}, {company['country']}"]
    return [*lines, _("Tax number %(number)s") % {"number": number}] if number else lines


def _receipt(sheet: FPDF, document: dict[str, Any]) -> None:
    for text in _head(document):
        line(sheet, text)
    _gap(sheet)
    _amounts(sheet, document["report"])
    for text in (*_payment(document), *_idle(document)):
        line(sheet, text)
    for note in wording.notes(document["report"]):
        line(sheet, _("Note: %(note)s") % {"note": note}, size=8)


def _credit(sheet: FPDF, document: dict[str, Any]) -> None:
    """What was given back and why; its explanation is the host's own words."""
    site, currency = document["site"], document["currency"]
    line(sheet, _labelled(_("Issued"), stamped(document["issued_at"])))
    line(sheet, f"{site['name']}, {site['address']}, {site['postal_code']} {site['city']}, {site['country']}")
    line(sheet, _station(document["charger"]))
    line(sheet, document["explanation"])
    _gap(sheet)
    for item in document.get("items", ()):
        each = f"{digits(item['quantity'])} {_(item['unit'])} x {digits(item['unit_price'])} {currency}"
        each = f"{capfirst(_(item['label']))}: {each}"
        row(sheet, each, "" if item["amount"] is None else amount(item["amount"], currency))
    _taxes_back(sheet, document)
    row(sheet, _("Given back"), amount(document["total"], currency), bold=True)
    for text in _ways(document):
        line(sheet, text)


def _taxes_back(sheet: FPDF, document: dict[str, Any]) -> None:
    """By rate; notes of before know the sum alone."""
    currency = document["currency"]
    row(sheet, _("Without tax"), amount(document["net"], currency))
    for tax in document.get("taxes", ()):
        values = {"rate": digits(tax["rate_pct"]), "base": amount(tax["base"], currency)}
        row(sheet, _("Tax %(rate)s %% on %(base)s") % values, amount(tax["tax"], currency))
    if not document.get("taxes"):
        row(sheet, _("Tax"), amount(document["tax"], currency))


def _ways(document: dict[str, Any]) -> list[str]:
    """Which way it went; notes of before know one card."""
    if document.get("last4"):
        return [_("To the card ending %(last4)s.") % {"last4": document["last4"]}]
    told = {True: _("%(amount)s to the card ending %(last4)s."), False: _("%(amount)s less to pay.")}
    return [
        told[way["is_card"]] % {"amount": amount(way["amount"], document["currency"]), "last4": way["last4"]}
        for way in document.get("ways", ())
    ]


def _station(charger: dict[str, Any]) -> str:
    station = _("Station %(station)s, connector %(connector)s") % {
        "station": charger["station_id"],
        "connector": charger["evse_number"],
    }
    power = f", {kilowatts(charger['max_power_w'])}" if charger.get("max_power_w") else ""
    power += f" {charger['current']}" if charger.get("current") else ""
    return f"{station} {charger['evse_id']}".rstrip() + power


def _head(document: dict[str, Any]) -> list[str]:
    site, inputs = document["site"], document["report"]["inputs"]
    span = {"begin": stamped(document["started_at"]), "end": stamped(document["stopped_at"])}
    meter = {"begin": inputs["meter_start_wh"], "end": inputs["meter_stop_wh"]}
    lines = [
        f"{site['name']}, {site['address']}, {site['postal_code']} {site['city']}, {site['country']}",
        _station(document["charger"]),
        _labelled(_("Plugged in"), stamped(document.get("plugged_in_at"))),
        _labelled(_("Start to stop"), _("%(begin)s to %(end)s") % span),
        _labelled(_("Unplugged"), stamped(document["unplugged_at"])),
        *_times(document),
        _labelled(_("Meter"), _("%(begin)s Wh to %(end)s Wh") % meter),
        _labelled(_("Energy"), kilowatt_hours(document["report"]["energy_wh"])),
    ]
    if document.get("why"):
        lines.insert(0, _labelled(_("Why it was corrected"), document["why"]))
    if document.get("issued_at"):
        lines.insert(0, _labelled(_("Issued"), stamped(document["issued_at"])))
    return lines


def _times(document: dict[str, Any]) -> list[str]:
    """How long it was plugged in, charging, and done; receipts of before know only the times."""
    labels = {"plugged_in_s": _("Time plugged in"), "active_s": _("Time charging"), "idle_s": _("Time idle")}
    return [
        _labelled(label, minutes(document[name])) for name, label in labels.items() if document.get(name) is not None
    ]


def _amounts(sheet: FPDF, report: dict[str, Any]) -> None:
    """Lines, taxes and the total, each line with what explains it."""
    currency = report["currency"]
    for item in report["lines"]:
        each = f"{digits(item['quantity'])} {_(item['unit'])} x {digits(item['unit_price'])} {currency}"
        row(sheet, f"{capfirst(_(item['label']))}: {each}", amount(item["amount"], currency))
        line(sheet, str(wording.of_line(item)), size=8)
        if item.get("estimated"):
            line(sheet, _("estimated between two readings"), size=8)
        if item.get("capped"):
            line(sheet, _("limited to the most that a session costs"), size=8)
    _gap(sheet)
    inclusive = report.get("tax_mode") == "inclusive"
    sentence = _("of which tax %(rate)s %% on %(base)s") if inclusive else _("Tax %(rate)s %% on %(base)s")
    for tax in report["taxes"]:
        values = {"rate": digits(tax["rate_pct"]), "base": amount(tax["base"], currency)}
        row(sheet, sentence % values, amount(tax["tax"], currency))
    row(sheet, _("Total"), amount(report["total"], currency), bold=True)


def _idle(document: dict[str, Any]) -> list[str]:
    """How the plugged-in time without charging was counted; nothing where there was no such part."""
    idle, currency = document["report"].get("idle"), document["report"]["currency"]
    if not idle:
        return []
    spared = [_("%(used)s of %(grace)s minutes of grace") % {"used": idle["grace_s"] // 60, "grace": idle["grace_min"]}]
    if idle["free_s"]:
        spared.append(_("%(minutes)s minutes of free hours") % {"minutes": idle["free_s"] // 60})
    if idle["out_of_contact_s"]:
        spared.append(_("%(minutes)s minutes out of contact") % {"minutes": idle["out_of_contact_s"] // 60})
    if withheld_s := idle.get("withheld_s", 0):  # receipts of before know no such time
        spared.append(_("%(minutes)s minutes without power by the site's limit") % {"minutes": withheld_s // 60})
    span = {"begin": stamped(idle["from"]), "end": stamped(idle["to"])}
    return [
        _("Plugged in without charging from %(begin)s to %(end)s.") % span,
        _("Not billed: %(parts)s.") % {"parts": ", ".join(spared)},
        _billed(idle, currency=currency),
    ]


def _billed(idle: dict[str, Any], *, currency: str) -> str:
    """Which minutes cost what. Receipts of before do not say how they were counted: it was when they were over."""
    values = {"minutes": idle["billed_minutes"], "price": f"{digits(idle['per_min'])} {currency}"}
    is_started = idle.get("count") == MinuteCount.STARTED
    if not idle["cap"]:
        if is_started:
            return _("Billed: %(minutes)s started minutes at %(price)s, no limit is set.") % values
        return _("Billed: %(minutes)s completed minutes at %(price)s, no limit is set.") % values
    values["cap"] = f"{digits(idle['cap'])} {currency}"
    if is_started:
        return _("Billed: %(minutes)s started minutes at %(price)s, at most %(cap)s a session.") % values
    return _("Billed: %(minutes)s completed minutes at %(price)s, at most %(cap)s a session.") % values


def _payment(document: dict[str, Any]) -> list[str]:
    payment, currency = document.get("payment"), document["report"]["currency"]
    if not payment:
        return [_("No payment by card: settled by agreement with the property.")]
    values = {
        "last4": payment["last4"],
        "held": amount(payment["held_minor"], currency),
        "taken": amount(payment["captured_minor"], currency),
        "back": amount(payment["released_minor"], currency),
    }
    if "number" not in document:
        sentence = _(
            "Card ending %(last4)s: %(held)s held. What charging costs is taken of it with the final receipt, the rest "
            "is released."
        )
        return [sentence % values]
    if payment.get("is_account") and not payment["outstanding_minor"]:
        values["taken"] = amount(payment["rest_minor"], currency)
        return [_("Card ending %(last4)s of the driver's account: %(taken)s taken when charging was over.") % values]
    told = [_("Card ending %(last4)s: %(held)s held, %(taken)s taken, %(back)s released.") % values]
    if rest := payment.get("rest_minor"):
        afterwards = {"amount": amount(rest, currency)}
        told.append(_("%(amount)s was taken from it afterwards, for what was not held.") % afterwards)
    if payment["outstanding_minor"]:
        told.append(
            _("%(amount)s is not covered yet.") % {"amount": amount(payment["outstanding_minor"], currency)}
        )  # fmt: skip
    return told


def _labelled(label: str, value: str) -> str:
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


def amount(amount_minor: int, currency: str) -> str:
    """With the currency's code, which every font has."""
    exponent = EXPONENTS[currency]
    return f"{digits(Decimal(amount_minor).scaleb(-exponent))} {currency}"


def line(sheet: FPDF, text: str, *, size: int = 10, bold: bool = False) -> None:
    sheet.set_font(typeface.FACE, "B" if bold else "", size)
    sheet.multi_cell(0, size * 0.55, typeface.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def row(sheet: FPDF, left: str, right: str, *, bold: bool = False) -> None:
    sheet.set_font(typeface.FACE, "B" if bold else "", 10)
    sheet.cell(130, 6, typeface.shown(left))
    sheet.cell(0, 6, typeface.shown(right), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _gap(sheet: FPDF) -> None:
    sheet.ln(4)
