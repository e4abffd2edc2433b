"""A payout's bridge as CSV and PDF files, with its sentences."""

from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.values import money as amounts
from billing.formatting.money import money
from billing.models import Payout
from billing.payouts.cycle import bridge, printed_company, wording
from billing.sessions.documents.sheets import Sheet
from chargers.text import spreadsheets

COLUMNS: Final = ("payout", "row", "label", "amount_minor", "amount", "currency", "sentence")


def bridge_csv(payout: Payout) -> bytes:
    """Returns the rows, their sum, and the unexplained remainder as CSV."""
    total, remainder_minor = bridge.paid_minor(payout), bridge.remainder(payout)
    rows = [(row["kind"], row["label"], row["amount_minor"], row["sentence"]) for row in wording.rows(payout)]
    rows.append(("total", "Paid to the bank", total, wording.expected_reason(payout)))
    rows.append(("remainder", "Not explained", remainder_minor, ""))
    return spreadsheets.render_csv(COLUMNS, [_cells(payout, *row) for row in rows])


def _cells(payout: Payout, kind: str, label: str, minor: int, sentence: str) -> list[object]:
    major = amounts.major(minor, currency=payout.currency)
    inert = spreadsheets.escape_formula
    return [payout.label, kind, inert(label), minor, major, payout.currency, inert(sentence)]


def bridge_pdf(payout: Payout) -> bytes:
    """Returns one page like the payout's page in the portal."""
    title, currency = f"Payout {payout.label}", payout.currency
    sheet = Sheet(title)
    sheet.head(issuer=printed_company.read(payout)["issuer"], title=title)
    sheet.total(payout.get_state_display(), money(payout.amount_minor, currency))
    sheet.gap(2)
    sheet.facts(_facts(payout))
    for row in wording.rows(payout):
        sheet.row(row["label"], money(row["amount_minor"], currency))
        sheet.paragraph(row["sentence"], muted=True)
    sheet.rule()
    sheet.row("Paid to the bank", money(bridge.paid_minor(payout), currency), bold=True)
    sheet.row("Not explained", money(bridge.remainder(payout), currency))
    sheet.gap()
    sheet.paragraph(wording.expected_reason(payout))
    if failure := wording.failure(payout):
        sheet.paragraph(f"{failure['sentence']} ({failure['code']})")
    return bytes(sheet.output())


def _facts(payout: Payout) -> list[tuple[str, str]]:
    zone = ZoneInfo(payout.time_zone)
    begin, last = payout.begins_at.astimezone(zone), payout.last_moment.astimezone(zone)
    account = payout.bank_account
    facts = [
        ("For", printed_company.read(payout)["payee"]),
        ("Period", f"{begin:%-d %B} to {last:%-d %B %Y}, in {payout.time_zone}"),
        ("To", f"{account}, {account.holder}" if account else "No bank account yet"),
        ("How", payout.get_way_display()),
    ]
    return [*facts, ("Trace number for your bank", payout.trace)] if payout.trace else facts
