"""Searches for money: ids, numbers of documents, references, the end of a number, an amount."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from authorization.models import Decision
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.search.conditions import every
from backoffice.portal.search.hits import OF_A_KIND, Hit
from billing import access
from billing.engine.values import money as values
from billing.formatting.money import money
from billing.formatting.pasted_values import PastedValue
from billing.models import BankAccount, BankLine, FilePayment, Hold, PaymentFile, Payout, Receipt, Session, Statement
from chargers.models import Transaction
from chargers.properties import time_zones

_BEGINNING: Final = re.compile(r"(?=.*[0-9])[0-9a-f]{8,31}")
_LOG_PERIOD: Final = "90d"
_BEGINS: Final = "Its id begins so."


def by_id(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds payouts and sessions by id, payouts by label, decisions by id."""
    ids = [pasted.identifier for pasted in ones if pasted.identifier is not None]
    numbers = [pasted.payout_number for pasted in ones if pasted.payout_number is not None]
    if ids or numbers:
        for payout in _payouts(viewer, Q(pk__in=ids) | Q(number__in=numbers)):
            yield of_payout(payout, "Its id." if payout.pk in ids else f"It is called {payout.label}.")
    if ids:
        yield from (of_session(session, "Its id.") for session in _sessions(viewer, Q(pk__in=ids)))
        for decision in people.decisions(viewer).filter(pk__in=ids).select_related("charger__property")[:OF_A_KIND]:
            yield _decision_hit(decision, "Its id.")


def _decision_hit(decision: Decision, why: str) -> Hit:
    when = time_zones.format_with_zone(decision.at, decision.charger.property.time_zone)
    return Hit(
        kind="page",
        id=str(decision.pk),
        title=f"Decision about {decision.uid or 'no card'}, {when}",
        url=reverse("authorization:decision", args=[decision.pk]),
        why=why,
    )


def by_id_begun(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds payouts, sessions and decisions by the beginning of their ids, as pages and logs shorten them."""
    plain = pasted.text.casefold().rstrip("….").replace("-", "")
    if not _BEGINNING.fullmatch(plain):
        return
    id_range = Q(pk__gte=UUID(plain.ljust(32, "0")), pk__lte=UUID(plain.ljust(32, "f")))
    yield from (of_payout(payout, _BEGINS) for payout in _payouts(viewer, id_range))
    yield from (of_session(session, _BEGINS) for session in _sessions(viewer, id_range))
    for decision in (
        people.decisions(viewer).filter(id_range).select_related("charger__property").order_by("-pk")[:OF_A_KIND]
    ):
        yield _decision_hit(decision, _BEGINS)


def documents(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds receipts, credit notes and statements by number."""
    labels = [pasted.document for pasted in ones if pasted.document is not None]
    if not labels:
        return
    numbered = Q()
    for series, number in labels:
        numbered |= Q(series__iexact=series, number=number)
    receipts = Receipt.objects.filter(numbered, session__in=access.sessions(viewer))
    for receipt in receipts.select_related("session__host").order_by("-issued_at")[:OF_A_KIND]:
        yield Hit(
            kind="receipt",
            id=receipt.label,
            title=f"{receipt.get_kind_display()} {receipt.label}, {receipt.session.host}",
            url=reverse("billing:session", args=[receipt.session_id]),
            why="Its number; the session's page explains it.",
        )
    statements = Statement.objects.filter(numbered, host__in=people.hosts_with(viewer, Right.SEE_MONEY))
    for statement in statements.select_related("host", "property").order_by("-pk")[:OF_A_KIND]:
        yield _statement_hit(statement)


def references(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds payouts, sessions and payment files by a processor's or a bank's reference."""
    refs = [pasted.reference for pasted in ones if pasted.reference]
    if not refs:
        return
    spellings = [*refs, *(ref.upper() for ref in refs)]
    by_file = FilePayment.objects.filter(Q(end_to_end_id__in=spellings) | Q(trace__in=refs)).values("payout")
    of_it = Q(processor_ref__in=refs) | Q(transfer_ref__in=refs) | Q(pk__in=by_file)
    for ref in refs:
        of_it |= Q(trace__iexact=ref)
    yield from (of_payout(payout, "Its reference at the processor or the bank.") for payout in _payouts(viewer, of_it))
    paid = Hold.objects.filter(processor_ref__in=refs).values("session")
    yield from (of_session(session, "The reference of its payment.") for session in _sessions(viewer, Q(pk__in=paid)))
    yield from _payment_files(viewer, spellings)


def transactions(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds a charger's transaction: its session or, without one, the charger's messages about it and any anomaly."""
    refs = [pasted.reference for pasted in ones if pasted.reference]
    if not refs:
        return
    rows = Transaction.objects.filter(charger__in=people.chargers(viewer), transaction_id__in=refs)
    newest = list(rows.select_related("charger__property").order_by("-pk")[:OF_A_KIND])
    if not newest:
        return
    sessions = {session.transaction_id: session for session in _sessions(viewer, Q(transaction__in=newest))}
    for row in newest:
        if session := sessions.get(row.pk):
            yield of_session(session, "What the charger calls its transaction.")
        else:
            yield _transaction_hit(row)


def _transaction_hit(row: Transaction) -> Hit:
    page = reverse("chargers:logs", args=[row.charger.charger_id])
    return Hit(
        kind="page",
        id=f"transaction-{row.pk}",
        title=f"Transaction {row.transaction_id} at {row.charger.charger_id}, {row.charger.property}",
        url=f"{page}?{urlencode({'q': row.transaction_id, 'period': _LOG_PERIOD})}",
        why=f"{row.case_detail} No session belongs to it.".strip(),
    )


def by_last4(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds bank accounts, what was paid to them, and card payments by the last four digits."""
    last4 = next((pasted.last4 for pasted in ones if pasted.last4), "")
    if not last4:
        return
    accounts = access.bank_accounts(viewer).filter(last4=last4).select_related("host")
    yield from (_bank_account_hit(account) for account in accounts.order_by("-pk")[:OF_A_KIND])
    ends = f"It ends in {last4}"
    to_bank = Q(bank_account__last4=last4)
    yield from (of_payout(payout, f"{ends}: the account that it went to.") for payout in _payouts(viewer, to_bank))
    by_card = Q(pk__in=Hold.objects.filter(last4=last4).values("session"))
    yield from (of_session(session, f"{ends}: the card that paid.") for session in _sessions(viewer, by_card))


def by_amount(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds payouts of the amount, then sessions paid with it by card; in each currency that may be meant."""
    if not any(pasted.amounts for pasted in ones):
        return
    currencies = _currencies(viewer)
    of_payouts, of_holds = Q(pk__in=[]), Q(pk__in=[])
    for pasted in ones:
        for currency in sorted({pasted.currency} & currencies if pasted.currency else currencies):
            minors = [values.exact_minor(amount, currency=currency) for amount in pasted.amounts]
            amounts_minor = [int(minor) for minor in minors if minor.denominator == 1 and 0 < minor < 2**62]
            of_payouts |= Q(currency=currency, amount_minor__in=amounts_minor)
            of_holds |= Q(currency=currency, captured_minor__in=amounts_minor)
    yield from (of_payout(payout, "Its amount.") for payout in _payouts(viewer, of_payouts))
    paid = Hold.objects.filter(of_holds).values("session")
    yield from (of_session(session, "What its card paid.") for session in _sessions(viewer, Q(pk__in=paid)))


def bank_lines(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds bank statement lines by reference and end-to-end id, then by amount: for agents."""
    if not getattr(viewer, "is_agent", False):
        return
    refs = [pasted.reference for pasted in ones if pasted.reference]
    spellings = [*refs, *(ref.upper() for ref in refs)]
    if spellings:
        of_it = Q(reference__in=spellings) | Q(bank_ref__in=spellings)
        yield from (_bank_line_hit(bank_line, "Its reference.") for bank_line in _lines(of_it))
    of_amounts = Q(pk__in=[])
    for pasted in ones:
        for currency in {pasted.currency} & values.EXPONENTS.keys() if pasted.currency else sorted(_currencies(viewer)):
            minors = [values.exact_minor(amount, currency=currency) for amount in pasted.amounts]
            amounts_minor = [int(minor) for minor in minors if minor.denominator == 1 and 0 < minor < 2**62]
            of_amounts |= Q(currency=currency, amount_minor__in=[*amounts_minor, *(-minor for minor in amounts_minor)])
    if any(pasted.amounts for pasted in ones):
        yield from (_bank_line_hit(line, "Its amount.") for line in _lines(of_amounts))


def bank_lines_by_name(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds bank statement lines by the payer's or payee's name: for agents."""
    if getattr(viewer, "is_agent", False) and pasted.terms:
        yield from (_bank_line_hit(line, "Whom it names.") for line in _lines(every(("counterparty",), pasted.terms)))


def of_payout(payout: Payout, why: str) -> Hit:
    amount, state = money(payout.amount_minor, payout.currency), payout.get_state_display().lower()
    return Hit(
        kind="payout",
        id=str(payout.pk),
        title=f"Payout {payout.label} of {amount} to {payout.property or payout.host}: {state}",
        url=reverse("billing:payout", args=[payout.pk]),
        why=why,
    )


def of_session(session: Session, why: str) -> Hit:
    began = time_zones.format_with_zone(session.started_at or session.opened_at, session.property.time_zone)
    return Hit(
        kind="session",
        id=str(session.pk),
        title=f"Session at {session.charger.charger_id}, {session.property}, {began}",
        url=reverse("billing:session", args=[session.pk]),
        why=why,
    )


def _bank_line_hit(line: BankLine, why: str) -> Hit:
    party_suffix = f", {line.counterparty}" if line.counterparty else ""
    return Hit(
        kind="page",
        id=f"bank-line-{line.pk}",
        title=f"Bank line of {line.booked_on:%-d %B %Y}, {money(line.amount_minor, line.currency)}{party_suffix}",
        url=reverse("billing:bank-line", args=[line.pk]),
        why=f"{why} {line.get_match_display()}.",
    )


def _lines(condition: Q) -> list[BankLine]:
    return list(BankLine.objects.filter(condition).order_by("-booked_on", "-pk")[:OF_A_KIND])


def _bank_account_hit(account: BankAccount) -> Hit:
    return Hit(
        kind="page",
        id=f"bank-account-{account.pk}",
        title=f"Bank account of {account.host}: {account}, {account.get_state_display().lower()}",
        url=reverse("billing:bank-accounts", args=[account.host.slug]),
        why=f"It ends in {account.last4}.",
    )


def _statement_hit(statement: Statement) -> Hit:
    name = f"{statement.begins_on:%Y}" if statement.kind == Statement.Kind.YEAR else f"{statement.begins_on:%Y-%m}"
    title = name if statement.kind == Statement.Kind.YEAR else f"{statement.begins_on:%B %Y}"
    query = f"?property={statement.property.slug}" if statement.property else ""
    return Hit(
        kind="page",
        id=statement.label,
        title=f"Statement {statement.label} of {statement.property or statement.host}, {title}",
        url=reverse("billing:statement", args=[statement.host.slug, statement.currency, name]) + query,
        why="Its number.",
    )


def _payment_files(viewer: Viewer, refs: Sequence[str]) -> Iterator[Hit]:
    """Finds files for our bank: for agents."""
    if not getattr(viewer, "is_agent", False):
        return
    for file in PaymentFile.objects.filter(message_id__in=refs).order_by("-pk")[:OF_A_KIND]:
        yield Hit(
            kind="page",
            id=file.message_id,
            title=f"Payment file {file.message_id} of {money(file.total_minor, file.currency)}",
            url=reverse("billing:payments"),
            why="Its name, as the bank returns it.",
        )


def _currencies(viewer: Viewer) -> set[str]:
    used = set(access.payouts(viewer).order_by().values_list("currency", flat=True).distinct())
    return used | set(people.hosts(viewer).order_by().values_list("currency", flat=True).distinct())


def _payouts(viewer: Viewer, condition: Q) -> list[Payout]:
    rows = access.payouts(viewer).filter(condition).select_related("host", "property")
    return list(rows.order_by("-pk")[:OF_A_KIND])


def _sessions(viewer: Viewer, condition: Q) -> list[Session]:
    rows = access.sessions(viewer).filter(condition).select_related("property", "charger")
    return list(rows.order_by("-pk")[:OF_A_KIND])
