"""A session's documents as PDFs."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formatting import rating_reasons
from billing.formatting.money import money, rate_digits
from billing.formatting.times import format_with_utc_offset
from billing.models import Receivable
from billing.sessions.documents import document_text, gross
from billing.sessions.documents.document_text import Fact
from billing.sessions.documents.sheets import Sheet


def pdf(document: dict[str, Any], *, later_changes: Sequence[str] = (), owed: Receivable | None = None) -> bytes:
    """Renders the document as a PDF in the active language; A4, one page for a usual session.

    `later_changes`: changes since it was issued, such as refunds.
    `owed`: the current outstanding amount.
    """
    sheet = Sheet(title_of(document))
    with timezone.override(ZoneInfo(document["site"]["time_zone"])):
        _write(sheet, document, later_changes=later_changes, owed=owed)
    return bytes(sheet.output())


def _write(sheet: Sheet, document: dict[str, Any], *, later_changes: Sequence[str], owed: Receivable | None) -> None:
    sheet.head(
        issuer=[document["operator"]["name"], *document_text.issuer(document["operator"])], title=title_of(document)
    )
    if "credit_of" in document:
        _credit(sheet, document, later_changes=later_changes)
    else:
        _receipt(sheet, document, later_changes=later_changes, owed=owed)
    sheet.rule()
    sheet.paragraph(complaint(document), muted=True)
    sheet.paragraph(_("Times in %(zone)s.") % {"zone": document["site"]["time_zone"]}, muted=True)


def title_of(document: dict[str, Any]) -> str:
    """Returns the kind of document with its number, and the number of the document that it belongs to."""
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
    """Returns where to report a problem, and what to quote."""
    email, property_name = document["site"].get("contact_email"), document["site"]["name"]
    if not document_text.is_paid_by_card(document):
        if email:
            return _("Something wrong? Tell %(email)s the number above and the amount.") % {"email": email}
        return _("Something wrong? Tell the host of %(place)s the number above and the amount.") % {
            "place": property_name
        }
    if email:
        sentence = _(
            "Something wrong? Tell %(email)s the number above, the amount and the last four digits of your card."
        )
        return sentence % {"email": email}
    sentence = _(
        "Something wrong? Tell the host of %(place)s the number above, the amount and the last four digits "
        "of your card."
    )
    return sentence % {"place": property_name}


def _receipt(sheet: Sheet, document: dict[str, Any], *, later_changes: Sequence[str], owed: Receivable | None) -> None:
    document = document | {"report": gross.report(document["report"])}
    report = document["report"]
    sheet.total(_("Total"), money(report["total"], report["currency"]))
    for text in (*document_text.payment(document, owed=owed), *later_changes):
        sheet.paragraph(text)
    sheet.gap()
    sheet.facts((fact.label, fact.value) for fact in document_text.facts(document))
    _amounts(sheet, report)
    for text in document_text.idle_time(document):
        sheet.paragraph(text)
    for note in rating_reasons.notes(report):
        sheet.paragraph(_("Note: %(note)s") % {"note": note}, muted=True)


def _credit(sheet: Sheet, document: dict[str, Any], *, later_changes: Sequence[str]) -> None:
    """Draws the refunds with their reasons; the explanation is the host's free text."""
    currency = document["currency"]
    sheet.total(_("Given back"), money(document["total"], currency))
    for text in (*_describe_refund_methods(document), *later_changes):
        sheet.paragraph(text)
    sheet.gap()
    issued = Fact(_("Issued"), format_with_utc_offset(document["issued_at"]))
    place_facts = (document_text.site(document), Fact(_("Charger"), document_text.station(document["charger"])))
    sheet.facts((fact.label, fact.value) for fact in (issued, *document_text.company(document), *place_facts))
    sheet.paragraph(rating_reasons.render_stored(document.get("explanation_reason"), plain=document["explanation"]))
    sheet.rule()
    for row in document_text.rows(gross.credit_items(document), currency=currency):
        sheet.row(row.label, row.amount, middle=row.each)
    _taxes_back(sheet, document)
    sheet.row(_("Given back"), money(document["total"], currency), bold=True)


def _taxes_back(sheet: Sheet, document: dict[str, Any]) -> None:
    """Draws the refunded taxes by rate. Credit notes from earlier versions have only the total."""
    currency = document["currency"]
    sheet.row(_("Without tax"), money(document["net"], currency))
    for tax in document.get("taxes", ()):
        values = {"rate": rate_digits(tax["rate_pct"]), "base": money(tax["base"], currency)}
        sheet.row(_("Tax %(rate)s %% on %(base)s") % values, money(tax["tax"], currency))
    if not document.get("taxes"):
        sheet.row(_("Tax"), money(document["tax"], currency))


def _describe_refund_methods(document: dict[str, Any]) -> list[str]:
    """Returns the payment methods of the refund. Credit notes from earlier versions have a single card."""
    if document.get("last4"):
        return [_("To the card ending %(last4)s.") % {"last4": document["last4"]}]
    facts = {True: _("%(amount)s to the card ending %(last4)s."), False: _("%(amount)s less to pay.")}
    return [
        facts[way["is_card"]] % {"amount": money(way["amount"], document["currency"]), "last4": way["last4"]}
        for way in document.get("ways", ())
    ]


def _amounts(sheet: Sheet, report: dict[str, Any]) -> None:
    """Draws lines, taxes and the total; each line with its explanation."""
    currency = report["currency"]
    for item, row in zip(report["lines"], document_text.rows(report["lines"], currency=currency), strict=True):
        sheet.row(row.label, row.amount, middle=row.each)
        sheet.paragraph(str(rating_reasons.of_line(item)), muted=True)
        for remark in row.remarks:
            sheet.paragraph(remark, muted=True)
    sheet.rule()
    for tax in document_text.taxes(report):
        sheet.row(tax.sentence, tax.amount)
    sheet.row(_("Total"), money(report["total"], currency), bold=True)
    sheet.gap(2)
