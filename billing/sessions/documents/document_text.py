"""The texts of a session's documents, shared by page and PDF."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.engine.rate.tariff import MinuteCount
from billing.engine.reports.reasons import Code
from billing.formatting import rating_reasons
from billing.formatting.money import digits, money, price, rate_digits
from billing.formatting.times import format_duration, format_with_utc_offset
from billing.models import RateAssignment, Receivable
from billing.sessions.documents import tax_numbers
from chargers.formatting.quantities import kilowatt_hours, kilowatts
from chargers.lib.i18n import mark_plural

_A_MINUTE: Final = timedelta(minutes=1)
_SPARED: Final[Mapping[str, tuple[str, str]]] = {
    "free_s": mark_plural("%(minutes)s minute of free hours", "%(minutes)s minutes of free hours"),
    "out_of_contact_s": mark_plural("%(minutes)s minute out of contact", "%(minutes)s minutes out of contact"),
    "withheld_s": mark_plural(
        "%(minutes)s minute without power by the site's limit", "%(minutes)s minutes without power by the site's limit"
    ),
    "unnoticed_s": mark_plural(
        "%(minutes)s minute before the driver was notified", "%(minutes)s minutes before the driver was notified"
    ),
}
"""Free idle time, by the fact of the report that counts its seconds."""


class Fact(NamedTuple):
    """A label and its value, which may have line breaks. `is_english`: the host's free text."""

    label: str
    value: str
    is_english: bool = False


class BillRow(NamedTuple):
    """A line of the bill.

    `remarks` explain what is special about it; `rounding` is set if quantity times price is not the amount.
    """

    label: str
    each: str
    amount: str
    remarks: tuple[str, ...] = ()
    rounding: str = ""


class Tax(NamedTuple):
    """A tax of the bill, with its sentence."""

    sentence: str
    amount: str


def rows(lines: list[dict[str, Any]], *, currency: str) -> list[BillRow]:
    """Returns the lines of a receipt or credit note. A line without an amount is included in the total only."""
    return [
        BillRow(
            label=f"{_('Energy')}, {_(line['label'])}" if line["kind"] == "energy" else capfirst(_(line["label"])),
            each=f"{digits(line['quantity'])} {_(line['unit'])} × {price(line['unit_price'], currency)}",
            amount="" if line["amount"] is None else money(line["amount"], currency),
            remarks=tuple(text for key, text in _remarks().items() if line.get(key)),
            rounding=_rounding(line),
        )
        for line in lines
    ]


def _rounding(line: Mapping[str, Any]) -> str:
    """Returns the line's amount before the lines were rounded to add up to the total."""
    rounded = (reason for reason in line.get("reasons", ()) if reason.get("code") == Code.LINE_ROUNDED)
    if (reason := next(rounded, None)) is None:
        return ""
    exact, currency = reason["facts"]["exact_amount"]
    return _("rounded from %(exact)s") % {"exact": price(exact, currency)}


def _remarks() -> dict[str, str]:
    return {
        "estimated": _("estimated between two readings"),
        "waived": _("waived by your plan"),
        "capped": _("limited to the most that a session costs"),
    }


def taxes(report: dict[str, Any]) -> list[Tax]:
    """Returns each tax with its taxable amount."""
    currency, is_inclusive = report["currency"], report.get("tax_mode") == "inclusive"
    sentence = _("of which tax %(rate)s %% on %(base)s") if is_inclusive else _("Tax %(rate)s %% on %(base)s")
    return [
        Tax(
            sentence % {"rate": rate_digits(tax["rate_pct"]), "base": money(tax["base"], currency)},
            money(tax["tax"], currency),
        )
        for tax in report["taxes"]
    ]


def issuer(operator: dict[str, Any]) -> list[str]:
    """Returns the host's legal name and address, as far as entered."""
    brand, number = operator.get("brand", ""), operator.get("tax_number")
    lines = [brand] if brand and brand != operator["name"] else []
    lines += [operator["legal_address"]] if operator.get("legal_address") else []
    return [*lines, tax_number(operator)] if number else lines


def tax_number(owner: dict[str, Any]) -> str:
    """Returns the company's tax number with its name in that country; empty where none was given."""
    number = owner.get("tax_number", "")
    if not number:
        return ""
    name = tax_numbers.name_of(number, country=owner.get("country", ""))
    return f"{name} {number}" if name else _("Tax number %(number)s") % {"number": number}


def company(document: dict[str, Any]) -> list[Fact]:
    """Returns the company that the document is addressed to, if one was entered."""
    if not (company := document.get("company")):
        return []
    full_address = ", ".join(part for part in (company["address"], company["country"]) if part)
    lines = [company["name"], full_address, tax_number(company)]
    return [Fact(_("Made out to"), "\n".join(line for line in lines if line))]


def site(document: dict[str, Any]) -> Fact:
    """Returns the site's name and address, as far as entered."""
    site = document["site"]
    city = f"{site['postal_code']} {site['city']}".strip()
    parts = (site["name"], site["address"], city, site["country"])
    return Fact(_("Site"), ", ".join(part for part in parts if part))


def station(charger: dict[str, Any]) -> str:
    """Returns the station's port and its power."""
    text = _("Station %(station)s, plug %(connector)s") % {
        "station": charger["station_id"],
        "connector": charger["evse_number"],
    }
    max_power = {"power": kilowatts(charger.get("max_power_w"))}
    power = f", {_('up to %(power)s') % max_power}" if charger.get("max_power_w") else ""
    power += f" {charger['current']}" if charger.get("current") else ""
    return f"{text} {charger['evse_id']}".rstrip() + power


def facts(document: dict[str, Any]) -> list[Fact]:
    """Returns what a receipt must state about a session: when, where, how long, how much."""
    inputs = document["report"]["inputs"]
    span = {
        "begin": format_with_utc_offset(document["started_at"]),
        "end": format_with_utc_offset(document["stopped_at"]),
    }
    meter = {"begin": inputs["meter_start_wh"], "end": inputs["meter_stop_wh"]}
    issued = [Fact(_("Issued"), format_with_utc_offset(document["issued_at"]))] if document.get("issued_at") else []
    reason = rating_reasons.render_stored(document.get("why_reason"), plain=document.get("why", ""))
    is_english = not document.get("why_reason")
    why = [Fact(_("Why it was corrected"), reason, is_english=is_english)] if reason else []
    return [
        *issued,
        *why,
        *company(document),
        site(document),
        Fact(_("Charger"), station(document["charger"])),
        Fact(_("Plugged in"), format_with_utc_offset(document.get("plugged_in_at"))),
        Fact(_("Start to stop"), _("%(begin)s to %(end)s") % span),
        Fact(_("Unplugged"), format_with_utc_offset(document["unplugged_at"])),
        *_billed_until(document),
        *_times(document),
        Fact(_("Meter"), _("%(begin)s Wh to %(end)s Wh") % meter),
        Fact(_("Energy"), kilowatt_hours(document["report"]["energy_wh"])),
    ]


def _billed_until(document: dict[str, Any]) -> list[Fact]:
    """Returns the note that support ended the bill before charging ended."""
    if (at := document.get("billed_until")) is None:
        return []
    return [
        Fact(
            _("Billed until"),
            _("%(at)s. Support ended the bill then: nothing after it costs.") % {"at": format_with_utc_offset(at)},
        )
    ]


def _times(document: dict[str, Any]) -> list[Fact]:
    """Returns how long the car was plugged in, charging, and done.

    Receipts from earlier versions have only some of these.
    """
    labels = {"plugged_in_s": _("Time plugged in"), "active_s": _("Time charging"), "idle_s": _("Time idle")}
    return [
        Fact(label, format_duration(document[name])) for name, label in labels.items() if document.get(name) is not None
    ]


def idle_time(document: dict[str, Any]) -> list[str]:
    """Explains how the plugged-in time without charging was counted; empty if there was none."""
    idle, currency = document["report"].get("idle"), document["report"]["currency"]
    if not idle:
        return []
    span = {"begin": format_with_utc_offset(idle["from"]), "end": format_with_utc_offset(idle["to"])}
    is_short = datetime.fromisoformat(idle["to"]) - datetime.fromisoformat(idle["from"]) < _A_MINUTE
    if is_short and not idle["billed_minutes"]:
        return [_("Plugged in without charging for under a minute, at %(begin)s: nothing is billed for it.") % span]
    spared = _describe_free_minutes(idle)
    return [
        _("Plugged in without charging from %(begin)s to %(end)s.") % span,
        *([_("Not billed: %(parts)s.") % {"parts": ", ".join(spared)}] if spared else []),
        *_describe_notification(idle),
        _describe_billed_minutes(idle, currency=currency),
    ]


def _describe_free_minutes(idle: dict[str, Any]) -> list[str]:
    """Returns the free parts of idle time, grace only if the rate has it.

    Receipts from earlier versions have only some of them.
    """
    used, allowed_min = idle["grace_s"] // 60, idle["grace_min"]
    grace = ngettext("%(used)s of %(grace)s minute of grace", "%(used)s of %(grace)s minutes of grace", allowed_min)
    spared = ((idle.get(key, 0) // 60, forms) for key, forms in _SPARED.items())
    return [
        *([grace % {"used": used, "grace": allowed_min}] if allowed_min else []),
        *(ngettext(*forms, minutes) % {"minutes": minutes} for minutes, forms in spared if minutes),
    ]


def _describe_notification(idle: dict[str, Any]) -> list[str]:
    """Returns whether the driver was notified of the fee. Receipts from earlier versions do not record it."""
    if at := idle.get("noticed_at"):
        text = _("The driver was notified, by e-mail or on the session’s open page, on %(at)s.")
        return [text % {"at": format_with_utc_offset(at)}]
    if "noticed_at" in idle and idle["billed_minutes"]:
        return [_("Nobody could be notified: no e-mail address was left, and the session's page was not open.")]
    return []


def _describe_billed_minutes(idle: dict[str, Any], *, currency: str) -> str:
    """Returns which minutes were billed at what price.

    Receipts from earlier versions do not record how they were counted: it was when they were over.
    """
    minutes = idle["billed_minutes"]
    values = {"minutes": minutes, "price": price(idle["per_min"], currency)}
    is_started = idle.get("count") == MinuteCount.STARTED
    if idle["cap"]:
        values["cap"] = price(idle["cap"], currency)
    return _billed_pattern(minutes, is_started=is_started, is_capped=bool(idle["cap"])) % values


def _billed_pattern(minutes: int, *, is_started: bool, is_capped: bool) -> str:
    if is_started and is_capped:
        return ngettext(
            "Billed: %(minutes)s started minute at %(price)s, at most %(cap)s a session.",
            "Billed: %(minutes)s started minutes at %(price)s, at most %(cap)s a session.",
            minutes,
        )
    if is_capped:
        return ngettext(
            "Billed: %(minutes)s completed minute at %(price)s, at most %(cap)s a session.",
            "Billed: %(minutes)s completed minutes at %(price)s, at most %(cap)s a session.",
            minutes,
        )
    if is_started:
        return ngettext(
            "Billed: %(minutes)s started minute at %(price)s, no limit is set.",
            "Billed: %(minutes)s started minutes at %(price)s, no limit is set.",
            minutes,
        )
    return ngettext(
        "Billed: %(minutes)s completed minute at %(price)s, no limit is set.",
        "Billed: %(minutes)s completed minutes at %(price)s, no limit is set.",
        minutes,
    )


def payment(document: dict[str, Any], *, owed: Receivable | None) -> list[str]:
    """Returns how the bill was paid and what became of any amount that no card covered.

    `owed`: the newest debt row, or None.
    """
    paid, currency = document.get("payment"), document["report"]["currency"]
    if document.get("is_goodwill"):
        return [_("Support pays for this session: you owe nothing. A credit note over the total belongs to it.")]
    if not paid and document.get("audience") == RateAssignment.Audience.ROAMING:
        return [provider_bills(document.get("provider", ""))]
    if not paid:
        return [_("No payment by card: settled by agreement with the property.")]
    values = {
        "last4": paid["last4"],
        "held": money(paid["held_minor"], currency),
        "taken": money(paid["captured_minor"], currency),
        "back": money(paid["released_minor"], currency),
    }
    if "number" not in document:
        sentence = _(
            "Card ending %(last4)s: %(held)s held. What charging costs is taken of it with the final receipt, the rest "
            "is released."
        )
        return [sentence % values]
    if paid.get("is_account") and not paid["outstanding_minor"]:
        values["taken"] = money(paid["rest_minor"], currency)
        return [_("Card ending %(last4)s of the driver's account: %(taken)s taken when charging was over.") % values]
    parts = [_("Card ending %(last4)s: %(held)s held, %(taken)s taken, %(back)s released.") % values]
    if later_minor := paid.get("rest_minor"):
        afterwards = {"amount": money(later_minor, currency)}
        parts.append(_("%(amount)s was taken from it afterwards, for what was not held.") % afterwards)
    if paid["outstanding_minor"]:
        parts.append(_not_covered(paid["outstanding_minor"], owed=owed, currency=currency))
    return parts


def provider_bills(provider: str) -> str:
    """Returns whom a roaming driver pays; `provider` is empty if unknown."""
    if not provider:
        return _("Your mobility provider bills you for this session: you pay nothing here.")
    sentence = _("%(provider)s, your mobility provider, bills you for this session: you pay nothing here.")
    return sentence % {"provider": provider}


def is_paid_by_card(document: dict[str, Any]) -> bool:
    """Whether the last four digits of a payment card help to find the session."""
    ways = document.get("ways", ())
    return bool(document.get("payment") or document.get("last4") or any(way["is_card"] for way in ways))


def _not_covered(outstanding_minor: int, *, owed: Receivable | None, currency: str) -> str:
    """Returns what the card did not cover, and what became of it."""
    values = {"amount": money(outstanding_minor, currency)}
    match owed.state if owed is not None else None:
        case Receivable.State.OPEN:
            assert owed is not None
            return _("%(amount)s is not covered yet.") % {"amount": money(owed.left_minor, currency)}
        case Receivable.State.REDUCED:
            return _("%(amount)s was not covered; it need not be paid any more.") % values
        case Receivable.State.PAID:
            return _("%(amount)s was not covered at first, and was paid afterwards.") % values
        case _:
            return _("%(amount)s was not covered; nobody asks for it any more.") % values
