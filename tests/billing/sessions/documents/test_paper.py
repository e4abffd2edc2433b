"""A session's documents on paper."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from billing.models import Receipt, Refund
from billing.sessions.documents import document_text, gross
from billing.sessions.refunds import refunds
from tests.kit import charging
from tests.kit.documents import page_of, paid, pdf_of, place

__all__ = ["paid", "place"]
pytestmark = pytest.mark.django_db


def test_it_tells_refunds_on_the_paper_too_and_shows_the_credit_note(paid):
    asked = charging.refund(paid, amount_minor=100)
    refunds.send(asked.pk, now=charging.YESTERDAY)
    note = Refund.objects.get().credit_note

    assert f"$1.00 was given back (credit note {note.label})" in pdf_of(paid)
    shown, printed = (
        page_of(paid, f"documents/{note.label}/"), pdf_of(paid, f"documents/{note.label}.pdf")
    )  # fmt: skip
    for text in (shown, printed):
        assert f"Credit note {note.label} for receipt {Receipt.objects.get(kind='receipt').label}" in text
        assert "Sorry." in text
        assert "1.00" in text
        assert re.search(r"Tax [\d.]+ % on ", text), "by rate, with its base"
        assert "to the card ending 4242." in text


def test_the_page_and_the_paper_of_a_receipt_say_the_same(place):
    session = charging.overstay(place.charger, late=timedelta(minutes=35))
    document, report = session.receipts.get().document, gross.report(session.receipts.get().document["report"])
    page, paper = page_of(session), pdf_of(session)

    with timezone.override(ZoneInfo(document["site"]["time_zone"])):
        facts = [text for fact in document_text.facts(document) for text in (fact.label, fact.value)]
        said = [*facts, *document_text.idle_time(document | {"report": report})]
        said += [text for row in document_text.rows(report["lines"], currency="USD") for text in (row.each, row.amount)]
        said += [text for tax in document_text.taxes(report) for text in tax]
    for text in (text.replace("\N{NO-BREAK SPACE}", " ") for text in said):
        assert text in page
        assert text in paper
