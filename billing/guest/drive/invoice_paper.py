"""An invoice, or a credit note, of a subscription on paper."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf import FPDF

from billing import plan_terms
from billing.guest import paper
from billing.templatetags.money import digits


def pdf(document: dict[str, Any]) -> bytes:
    """A4, one page, in the language of the moment."""
    zone, currency = ZoneInfo(document["time_zone"]), document["currency"]
    title = _title(document)
    sheet = paper.new_sheet(title)
    paper.line(sheet, document["operator"]["name"], size=16, bold=True)
    for text in paper.issuer(document["operator"]):
        paper.line(sheet, text)
    paper.line(sheet, title, size=12)
    span = {"begin": _day(document["from"], zone), "end": _day(document["to"], zone), "plan": document["plan"]}
    for text in (
        _("Issued: %(when)s") % {"when": _day(document["issued_at"], zone)},
        _("Plan %(plan)s, from %(begin)s until before %(end)s") % span,
        _("A whole period costs %(amount)s.") % {"amount": paper.amount(document["full"], currency)},
    ):
        paper.line(sheet, text)
    paper.row(sheet, _("Without tax"), paper.amount(document["net"], currency))
    pct = digits(f"{Decimal(document['tax_pct']).normalize():f}")
    paper.row(sheet, _("Tax %(rate)s %%") % {"rate": pct}, paper.amount(document["tax"], currency))
    total = _("Given back") if "credit_of" in document else _("Total")
    paper.row(sheet, total, paper.amount(document["total"], currency), bold=True)
    if "change" in document:
        _changed(sheet, document)
    if document["last4"]:
        paper.line(sheet, _("Card ending %(last4)s") % {"last4": document["last4"]})
    paper.line(sheet, _("Days in %(zone)s.") % {"zone": zone.key}, size=8)
    return bytes(sheet.output())


def _changed(sheet: FPDF, document: dict[str, Any]) -> None:
    """A change in the middle of a period: how the amount came about, and what was set off against what."""
    terms, currency = plan_terms.read(document["change"]), document["currency"]
    new, old = plan_terms.lines(terms)
    about, other = (old, new) if "credit_of" in document else (new, old)
    for text in filter(None, (about.text, about.reason)):
        paper.line(sheet, text)
    values = {"number": document.get("set_off", ""), "plan": terms.new_plan}
    set_off = paper.amount(terms.set_off_minor, currency)
    if "credit_of" in document:
        paper.row(sheet, _("Set off against %(plan)s") % values, set_off)
        paper.row(sheet, _("Back to the card"), paper.amount(terms.back_minor, currency))
        return
    if other.amount_minor:
        paper.row(sheet, _("Set off: credit note %(number)s") % values, set_off)
    paper.row(sheet, _("Taken from the card"), paper.amount(terms.due_minor, currency))


def _title(document: dict[str, Any]) -> str:
    values = {"number": document["number"], "receipt": document.get("credit_of", "")}
    if "credit_of" in document:
        return _("Credit note %(number)s for invoice %(receipt)s") % values
    return _("Invoice %(number)s") % values


def _day(text: str, zone: ZoneInfo) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(zone), _("j M Y"))
