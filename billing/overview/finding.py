"""Paste anything: from an amount, a number or a reference to the page that explains it, as far as the viewer may see.

What is unmistakable (an id, a label) comes before what is only equal (an amount, four digits); of equals the newest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db.models import Q
from django.urls import reverse

from authorization.people import access as people
from authorization.people.access import Viewer
from billing import access
from billing.formatting.money import money
from billing.models import BankAccount, Payout, Receipt, Session
from billing.overview import pasted
from billing.overview.pasted import Pasted
from billing.rating.values import money as values

MOST: Final = 20
_OF_A_KIND: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A page of the portal, and why it was found. `id` is the natural key."""

    kind: str
    id: str
    title: str
    url: str
    why: str


def find(viewer: Viewer, text: str) -> list[Hit]:
    """The best first, each page once. Where the whole finds nothing, such as a bank's line, what its words find."""
    wanted = pasted.read(text)
    return _found(viewer, [wanted] if wanted.is_something else []) or _found(viewer, pasted.words(text))


def _found(viewer: Viewer, ones: Sequence[Pasted]) -> list[Hit]:
    found: dict[str, Hit] = {}
    for hit in islice(_all(viewer, ones), MOST * 2):
        found.setdefault(hit.url, hit)
    return list(found.values())[:MOST]


def _all(viewer: Viewer, ones: Sequence[Pasted]) -> Iterator[Hit]:
    for step in (_by_id, _documents, _by_reference, _chargers, _by_last4, _by_amount):
        for wanted in ones:
            yield from step(viewer, wanted)


def _by_id(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    if wanted.identifier is not None:
        yield from (_payout(one, "Its id.") for one in _payouts(viewer, Q(pk=wanted.identifier)))
        yield from (_session(one, "Its id.") for one in _sessions(viewer, Q(pk=wanted.identifier)))
    if wanted.payout_number is not None:
        for one in _payouts(viewer, Q(number=wanted.payout_number)):
            yield _payout(one, f"It is called {one.label}.")


def _documents(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    if wanted.document is None:
        return
    series, number = wanted.document
    receipts = Receipt.objects.filter(session__in=access.sessions(viewer), series__iexact=series, number=number)
    for one in receipts.select_related("session__host").order_by("-issued_at")[:_OF_A_KIND]:
        yield Hit(
            kind="receipt",
            id=one.label,
            title=f"{one.get_kind_display()} {one.label}, {one.session.host}",
            url=reverse("billing:session", args=[one.session_id]),
            why="Its number; the session's page explains it.",
        )


def _by_reference(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    if not (ref := wanted.reference):
        return
    of_payout = Q(processor_ref=ref) | Q(transfer_ref=ref) | Q(trace__iexact=ref)
    yield from (_payout(one, "Its reference at the processor or the bank.") for one in _payouts(viewer, of_payout))
    yield from (
        _session(one, "The reference of its payment.") for one in _sessions(viewer, Q(holds__processor_ref=ref))
    )


def _chargers(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    called = Q(charger_id__iexact=wanted.text) | Q(station_id__iexact=wanted.text)
    for one in people.chargers(viewer).filter(called).select_related("property")[:_OF_A_KIND]:
        yield Hit(
            kind="charger",
            id=one.charger_id,
            title=f"Charger {one.charger_id}, {one.property}",
            url=reverse("chargers:overview", args=[one.charger_id]),
            why="Its name.",
        )


def _by_last4(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    if not wanted.last4:
        return
    accounts = access.bank_accounts(viewer).filter(last4=wanted.last4).select_related("host")
    yield from (_account(one) for one in accounts.order_by("-pk")[:_OF_A_KIND])
    ends = f"It ends in {wanted.last4}"
    to_bank = Q(bank_account__last4=wanted.last4)
    yield from (_payout(one, f"{ends}: the account that it went to.") for one in _payouts(viewer, to_bank))
    by_card = Q(holds__last4=wanted.last4)
    yield from (_session(one, f"{ends}: the card that paid.") for one in _sessions(viewer, by_card))


def _by_amount(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    if not wanted.amounts:
        return
    for currency in sorted(_currencies(viewer, wanted)):
        minors = [values.exact_minor(one, currency=currency) for one in wanted.amounts]
        whole = [int(one) for one in minors if one.denominator == 1 and 0 < one < 2**62]
        paid = Q(currency=currency, amount_minor__in=whole)
        yield from (_payout(one, "Its amount.") for one in _payouts(viewer, paid))
        taken = Q(holds__currency=currency, holds__captured_minor__in=whole)
        yield from (_session(one, "What its card paid.") for one in _sessions(viewer, taken))


def _currencies(viewer: Viewer, wanted: Pasted) -> set[str]:
    if wanted.currency:
        return {wanted.currency} if wanted.currency in _known(viewer) else set()
    return _known(viewer)


def _known(viewer: Viewer) -> set[str]:
    used = set(access.payouts(viewer).order_by().values_list("currency", flat=True).distinct())
    return used | set(people.hosts(viewer).order_by().values_list("currency", flat=True).distinct())


def _payouts(viewer: Viewer, condition: Q) -> list[Payout]:
    rows = access.payouts(viewer).filter(condition).select_related("host", "property")
    return list(rows.order_by("-pk")[:_OF_A_KIND])


def _sessions(viewer: Viewer, condition: Q) -> list[Session]:
    rows = access.sessions(viewer).filter(condition).select_related("property", "charger")
    return list(rows.order_by("-pk").distinct()[:_OF_A_KIND])


def _payout(one: Payout, why: str) -> Hit:
    amount = money(one.amount_minor, one.currency)
    return Hit(
        kind="payout",
        id=str(one.pk),
        title=f"Payout {one.label} of {amount} to {one.property or one.host}: {one.get_state_display().lower()}",
        url=reverse("billing:payout", args=[one.pk]),
        why=why,
    )


def _session(one: Session, why: str) -> Hit:
    began = one.started_at or one.opened_at
    return Hit(
        kind="session",
        id=str(one.pk),
        title=f"Session at {one.charger.charger_id}, {one.property}, {began:%-d %B %Y, %H:%M} UTC",
        url=reverse("billing:session", args=[one.pk]),
        why=why,
    )


def _account(one: BankAccount) -> Hit:
    return Hit(
        kind="page",
        id=f"bank-account-{one.pk}",
        title=f"Bank account of {one.host}: {one}, {one.get_state_display().lower()}",
        url=reverse("billing:bank-accounts", args=[one.host.slug]),
        why=f"It ends in {one.last4}.",
    )
