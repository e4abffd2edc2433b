"""Invoices and credit notes of subscriptions as PDFs."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.formatting.money import money, rate_digits
from billing.sessions.documents import document_text
from billing.sessions.documents.sheets import Sheet
from billing.sessions.plans import change_terms


def pdf(document: dict[str, Any]) -> bytes:
    """Returns the document as a PDF on A4, one page, in the active language."""
    zone, currency = ZoneInfo(document["time_zone"]), document["currency"]
    sheet, is_credit = Sheet(_title(document)), "credit_of" in document
    sheet.head(
        issuer=[document["operator"]["name"], *document_text.issuer(document["operator"])], title=_title(document)
    )
    label = _("Given back") if is_credit else _("Total")
    sheet.total(label, money(document["total"], currency))
    if document["last4"]:
        sheet.paragraph(_("Card ending %(last4)s") % {"last4": document["last4"]})
    sheet.rule()
    span = {"begin": _day(document["from"], zone), "end": _day(document["to"], zone), "plan": document["plan"]}
    for text in (
        _("Issued: %(when)s") % {"when": _day(document["issued_at"], zone)},
        _("Plan %(plan)s, from %(begin)s until before %(end)s") % span,
        _("A whole period costs %(amount)s.") % {"amount": money(document["full"], currency)},
    ):
        sheet.paragraph(text)
    sheet.rule()
    sheet.row(_("Without tax"), money(document["net"], currency))
    sheet.row(_("Tax %(rate)s %%") % {"rate": rate_digits(document["tax_pct"])}, money(document["tax"], currency))
    sheet.row(label, money(document["total"], currency), bold=True)
    if "change" in document:
        _draw_plan_change(sheet, document)
    sheet.rule()
    sheet.paragraph(_("Days in %(zone)s.") % {"zone": zone.key}, muted=True)
    return bytes(sheet.output())


def _draw_plan_change(sheet: Sheet, document: dict[str, Any]) -> None:
    """Draws a change within a period: its calculation, and what was set off against what."""
    terms, currency = change_terms.read(document["change"]), document["currency"]
    new, old = change_terms.lines(terms)
    main_line, other = (old, new) if "credit_of" in document else (new, old)
    for text in filter(None, (main_line.text, main_line.reason)):
        sheet.paragraph(text)
    values = {"number": document.get("set_off", ""), "plan": terms.new_plan}
    set_off = money(terms.set_off_minor, currency)
    if "credit_of" in document:
        sheet.row(_("Set off against %(plan)s") % values, set_off)
        sheet.row(_("Back to the card"), money(terms.back_minor, currency))
        return
    if other.amount_minor:
        sheet.row(_("Set off: credit note %(number)s") % values, set_off)
    sheet.row(_("Taken from the card"), money(terms.due_minor, currency))


def _title(document: dict[str, Any]) -> str:
    values = {"number": document["number"], "receipt": document.get("credit_of", "")}
    if "credit_of" in document:
        return _("Credit note %(number)s for invoice %(receipt)s") % values
    return _("Invoice %(number)s") % values


def _day(text: str, zone: ZoneInfo) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(zone), _("j M Y"))
