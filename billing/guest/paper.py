"""A session's documents on paper."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from billing import wording
from billing.guest.sheets import Sheet
from billing.rating.tariff import MinuteCount
from billing.templatetags.money import digits, money, price
from billing.templatetags.times import stamped
from chargers.templatetags.portal import kilowatt_hours, kilowatts, minutes


def pdf(document: dict[str, Any], *, told: Sequence[str] = ()) -> bytes:
    """The same document as on the page, in the language of the moment; A4, one page for a usual session.

    `told`: what has happened to it since it was issued, such as refunds.
    """
    sheet = Sheet(title_of(document))
    with timezone.override(ZoneInfo(document["site"]["time_zone"])):
        _write(sheet, document, told=told)
    return bytes(sheet.output())


def _write(sheet: Sheet, document: dict[str, Any], *, told: Sequence[str]) -> None:
    sheet.head(issuer=[document["operator"]["name"], *issuer(document["operator"])], title=title_of(document))
    if "credit_of" in document:
        _credit(sheet, document, told=told)
    else:
        _receipt(sheet, document, told=told)
    sheet.rule()
    sheet.paragraph(complaint(document), muted=True)
    sheet.paragraph(_("Times in %(zone)s.") % {"zone": document["site"]["time_zone"]}, muted=True)


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


def _company(document: dict[str, Any]) -> list[tuple[str, str]]:
    if not (company := document.get("company")):
        return []
    number = company["tax_number"]
    lines = [company["name"], f"{company['address']}, {company['country']}"]
    lines += [_("Tax number %(number)s") % {"number": number}] if number else []
    return [(_("Made out to"), "\n".join(lines))]


def _receipt(sheet: Sheet, document: dict[str, Any], *, told: Sequence[str]) -> None:
    report = document["report"]
    sheet.total(_("Total"), money(report["total"], report["currency"]))
    for text in (*_payment(document), *told):
        sheet.paragraph(text)
    sheet.gap()
    sheet.facts(_facts(document))
    _amounts(sheet, report)
    for text in _idle(document):
        sheet.paragraph(text)
    for note in wording.notes(report):
        sheet.paragraph(_("Note: %(note)s") % {"note": note}, muted=True)


def _credit(sheet: Sheet, document: dict[str, Any], *, told: Sequence[str]) -> None:
    """What was given back and why; its explanation is the host's own words."""
    currency = document["currency"]
    sheet.total(_("Given back"), money(document["total"], currency))
    for text in (*_ways(document), *told):
        sheet.paragraph(text)
    sheet.gap()
    issued = (_("Issued"), stamped(document["issued_at"]))
    sheet.facts([issued, *_company(document), _site(document), (_("Charger"), _station(document["charger"]))])
    sheet.paragraph(wording.stored(document.get("explanation_reason"), plain=document["explanation"]))
    sheet.rule()
    for item in document.get("items", ()):
        each = f"{digits(item['quantity'])} {_(item['unit'])} × {price(item['unit_price'], currency)}"
        sheet.row(
            f"{capfirst(_(item['label']))}: {each}", "" if item["amount"] is None else money(item["amount"], currency)
        )
    _taxes_back(sheet, document)
    sheet.row(_("Given back"), money(document["total"], currency), bold=True)


def _taxes_back(sheet: Sheet, document: dict[str, Any]) -> None:
    """By rate; notes of before know the sum alone."""
    currency = document["currency"]
    sheet.row(_("Without tax"), money(document["net"], currency))
    for tax in document.get("taxes", ()):
        values = {"rate": digits(tax["rate_pct"]), "base": money(tax["base"], currency)}
        sheet.row(_("Tax %(rate)s %% on %(base)s") % values, money(tax["tax"], currency))
    if not document.get("taxes"):
        sheet.row(_("Tax"), money(document["tax"], currency))


def _ways(document: dict[str, Any]) -> list[str]:
    """Which way it went; notes of before know one card."""
    if document.get("last4"):
        return [_("To the card ending %(last4)s.") % {"last4": document["last4"]}]
    told = {True: _("%(amount)s to the card ending %(last4)s."), False: _("%(amount)s less to pay.")}
    return [
        told[way["is_card"]] % {"amount": money(way["amount"], document["currency"]), "last4": way["last4"]}
        for way in document.get("ways", ())
    ]


def _station(charger: dict[str, Any]) -> str:
    station = _("Station %(station)s, port %(connector)s") % {
        "station": charger["station_id"],
        "connector": charger["evse_number"],
    }
    power = f", {kilowatts(charger['max_power_w'])}" if charger.get("max_power_w") else ""
    power += f" {charger['current']}" if charger.get("current") else ""
    return f"{station} {charger['evse_id']}".rstrip() + power


def _site(document: dict[str, Any]) -> tuple[str, str]:
    site = document["site"]
    city = f"{site['postal_code']} {site['city']}".strip()
    parts = (site["name"], site["address"], city, site["country"])
    return _("Site"), ", ".join(part for part in parts if part)


def _facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    inputs = document["report"]["inputs"]
    span = {"begin": stamped(document["started_at"]), "end": stamped(document["stopped_at"])}
    meter = {"begin": inputs["meter_start_wh"], "end": inputs["meter_stop_wh"]}
    issued = [(_("Issued"), stamped(document["issued_at"]))] if document.get("issued_at") else []
    said = wording.stored(document.get("why_reason"), plain=document.get("why", ""))
    why = [(_("Why it was corrected"), said)] if said else []
    return [
        *issued,
        *why,
        *_company(document),
        _site(document),
        (_("Charger"), _station(document["charger"])),
        (_("Plugged in"), stamped(document.get("plugged_in_at"))),
        (_("Start to stop"), _("%(begin)s to %(end)s") % span),
        (_("Unplugged"), stamped(document["unplugged_at"])),
        *_times(document),
        (_("Meter"), _("%(begin)s Wh to %(end)s Wh") % meter),
        (_("Energy"), kilowatt_hours(document["report"]["energy_wh"])),
    ]


def _times(document: dict[str, Any]) -> list[tuple[str, str]]:
    """How long it was plugged in, charging, and done; receipts of before know only the times."""
    labels = {"plugged_in_s": _("Time plugged in"), "active_s": _("Time charging"), "idle_s": _("Time idle")}
    return [(label, minutes(document[name])) for name, label in labels.items() if document.get(name) is not None]


def _amounts(sheet: Sheet, report: dict[str, Any]) -> None:
    """Lines, taxes and the total, each line with what explains it."""
    currency = report["currency"]
    for item in report["lines"]:
        each = f"{digits(item['quantity'])} {_(item['unit'])} × {price(item['unit_price'], currency)}"
        label = f"{_('Energy')}, {_(item['label'])}" if item["kind"] == "energy" else capfirst(_(item["label"]))
        sheet.row(label, money(item["amount"], currency), middle=each)
        sheet.paragraph(str(wording.of_line(item)), muted=True)
        if item.get("estimated"):
            sheet.paragraph(_("estimated between two readings"), muted=True)
        if item.get("capped"):
            sheet.paragraph(_("limited to the most that a session costs"), muted=True)
    sheet.rule()
    inclusive = report.get("tax_mode") == "inclusive"
    sentence = _("of which tax %(rate)s %% on %(base)s") if inclusive else _("Tax %(rate)s %% on %(base)s")
    for tax in report["taxes"]:
        values = {"rate": digits(tax["rate_pct"]), "base": money(tax["base"], currency)}
        sheet.row(sentence % values, money(tax["tax"], currency))
    sheet.row(_("Total"), money(report["total"], currency), bold=True)
    sheet.gap(2)


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
    if unnoticed_s := idle.get("unnoticed_s", 0):
        spared.append(_("%(minutes)s minutes before the driver was notified") % {"minutes": unnoticed_s // 60})
    span = {"begin": stamped(idle["from"]), "end": stamped(idle["to"])}
    return [
        _("Plugged in without charging from %(begin)s to %(end)s.") % span,
        _("Not billed: %(parts)s.") % {"parts": ", ".join(spared)},
        *_notified(idle),
        _billed(idle, currency=currency),
    ]


def _notified(idle: dict[str, Any]) -> list[str]:
    """Whether the driver knew of the fee; receipts of before do not say."""
    if at := idle.get("noticed_at"):
        return [_("The driver was notified on %(at)s.") % {"at": stamped(at)}]
    if "noticed_at" in idle and idle["billed_minutes"]:
        return [_("Nobody could be notified: no e-mail address was left, and the session's page was not open.")]
    return []


def _billed(idle: dict[str, Any], *, currency: str) -> str:
    """Which minutes cost what. Receipts of before do not say how they were counted: it was when they were over."""
    values = {"minutes": idle["billed_minutes"], "price": price(idle["per_min"], currency)}
    is_started = idle.get("count") == MinuteCount.STARTED
    if not idle["cap"]:
        if is_started:
            return _("Billed: %(minutes)s started minutes at %(price)s, no limit is set.") % values
        return _("Billed: %(minutes)s completed minutes at %(price)s, no limit is set.") % values
    values["cap"] = price(idle["cap"], currency)
    if is_started:
        return _("Billed: %(minutes)s started minutes at %(price)s, at most %(cap)s a session.") % values
    return _("Billed: %(minutes)s completed minutes at %(price)s, at most %(cap)s a session.") % values


def _payment(document: dict[str, Any]) -> list[str]:
    payment, currency = document.get("payment"), document["report"]["currency"]
    if not payment:
        return [_("No payment by card: settled by agreement with the property.")]
    values = {
        "last4": payment["last4"],
        "held": money(payment["held_minor"], currency),
        "taken": money(payment["captured_minor"], currency),
        "back": money(payment["released_minor"], currency),
    }
    if "number" not in document:
        sentence = _(
            "Card ending %(last4)s: %(held)s held. What charging costs is taken of it with the final receipt, the rest "
            "is released."
        )
        return [sentence % values]
    if payment.get("is_account") and not payment["outstanding_minor"]:
        values["taken"] = money(payment["rest_minor"], currency)
        return [_("Card ending %(last4)s of the driver's account: %(taken)s taken when charging was over.") % values]
    told = [_("Card ending %(last4)s: %(held)s held, %(taken)s taken, %(back)s released.") % values]
    if rest := payment.get("rest_minor"):
        afterwards = {"amount": money(rest, currency)}
        told.append(_("%(amount)s was taken from it afterwards, for what was not held.") % afterwards)
    if payment["outstanding_minor"]:
        told.append(
            _("%(amount)s is not covered yet.") % {"amount": money(payment["outstanding_minor"], currency)}
        )  # fmt: skip
    return told
