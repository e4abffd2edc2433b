"""Refund offers, from a receipt that looks wrong to the refund that the guest took or the host gave.

`make_if_proved` runs when a receipt is issued. What the records prove is offered to the guest within the host's limits;
the rest waits for the host. Nothing is refunded before the guest or the host accepts it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from billing.formatting import stored_sentences
from billing.formatting.money import money
from billing.models import Receipt, Refund, RefundOffer, Session
from billing.sentences import catalogue
from billing.sessions.documents import outbox
from billing.sessions.offers import terms
from billing.sessions.refunds import refunds, suggestions
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from billing.sessions.refunds.suggestions import Suggestion
from chargers.lib.i18n import mark

logger = logging.getLogger(__name__)
State, Limit = RefundOffer.State, RefundOffer.Limit
OPEN_FOR: Final = timedelta(days=120)
"""The same time as for complaints."""
BY_GUEST: Final = "guest"
GONE: Final = mark("There is nothing to take back any more: it was given back another way, or the time is over.")


class OfferError(Exception):
    """The answer is not possible; the message is a sentence, marked for translation where a guest reads it."""


def make_if_proved(receipt: Receipt, *, now: datetime) -> RefundOffer | None:
    """Makes the offer that the records prove, if any. An error is logged and does not stop the receipt.

    Call it in the transaction that issued the receipt, once for each receipt.
    """
    try:
        with transaction.atomic():
            proved = [suggestion for suggestion in suggestions.suggest(receipt) if suggestion.is_certain]
            return _create_offer(receipt, proved, now=now) if proved else None
    except (RefundError, DatabaseError, ArithmeticError, LookupError, ValueError):
        logger.exception("Receipt %s could not be looked at for what should go back", receipt.pk)
        return None


def _create_offer(receipt: Receipt, proved: Sequence[Suggestion], *, now: datetime) -> RefundOffer | None:
    lines = sorted({suggestion.line for suggestion in proved})
    if refunds.obstacle(receipt):
        return None  # nothing was paid and nothing is owed
    total = refunds.difference(receipt, _build_request(lines, proved[0].reason, "")).total_minor
    currency = receipt.rating.currency
    if total > refunds.refundable_minor(receipt):
        return None
    limit = terms.limit(receipt.host, total_minor=total, currency=currency, now=now)
    new_offer = RefundOffer.objects.create(
        receipt=receipt,
        host_id=receipt.host_id,
        state=State.WAITING if limit else State.OFFERED,
        limit=limit,
        lines=lines,
        reason=proved[0].reason,
        sentences=tuple(dict.fromkeys(sentence for suggestion in proved for sentence in suggestion.sentences)),
        total_minor=total,
        currency=currency,
        made_at=now,
        ends_at=now + OPEN_FOR,
    )
    if new_offer.state == State.OFFERED:
        _mail(new_offer, now=now)
    return new_offer


def open_of(session: Session, *, now: datetime) -> RefundOffer | None:
    """Returns the offer that the session's guest may take now, or None. Two queries at most."""
    rows = RefundOffer.objects.filter(receipt__session=session, state=State.OFFERED, ends_at__gt=now)
    offer = rows.select_related("receipt__rating", "host").first()
    return offer if offer is not None and _is_still_refundable(offer) else None


def accept(session: Session, *, now: datetime) -> RefundOffer:
    """Accepts the offer for the guest, once; call `refunds.send` next if it has a refund.

    Without a refund, the amount can no longer be refunded, and the offer is marked as overtaken. Raises OfferError if
    nothing is offered.
    """
    with transaction.atomic():
        offer = _lock_offer(RefundOffer.objects.filter(receipt__session=session, state=State.OFFERED, ends_at__gt=now))
        if offer is None:
            raise OfferError(GONE)
        try:
            with transaction.atomic():
                offer.refund = _request_refund(offer, by=BY_GUEST, now=now)
        except RefundError:
            offer.state = State.OVERTAKEN
        else:
            offer.state = State.ACCEPTED
        offer.decided_by, offer.decided_at = BY_GUEST, now
        offer.save()
        return offer


def give(offer_id: int, *, by: str, is_agent: bool, now: datetime) -> RefundOffer:
    """Gives the refund for the host; call `refunds.send` next. Raises OfferError and RefundError."""
    with transaction.atomic():
        offer = _waiting(offer_id)
        refund = _request_refund(offer, by=by, now=now, is_agent=is_agent)
        offer.state, offer.refund, offer.decided_by, offer.decided_at = State.GIVEN, refund, by[:150], now
        offer.save()
        return offer


def dismiss(offer_id: int, *, reason: str, by: str, now: datetime) -> RefundOffer:
    """Dismisses the offer: the bill stays as it is. Raises OfferError."""
    if not reason.strip():
        raise OfferError("Say why the bill is right: support reads it if the guest asks.")
    with transaction.atomic():
        offer = _waiting(offer_id)
        offer.state, offer.dismissal = State.DISMISSED, reason.strip()[:400]
        offer.decided_by, offer.decided_at = by[:150], now
        offer.save()
        return offer


def _waiting(offer_id: int) -> RefundOffer:
    offer = _lock_offer(RefundOffer.objects.filter(pk=offer_id, state__in=(State.WAITING, State.OFFERED)))
    if offer is None:
        raise OfferError("Nothing was changed: this was decided meanwhile.")
    return offer


def _lock_offer(rows: QuerySet[RefundOffer]) -> RefundOffer | None:
    return rows.select_for_update(of=("self",)).select_related("receipt__rating", "receipt__session", "host").first()


def _is_still_refundable(offer: RefundOffer) -> bool:
    """Whether the offer's lines are still on the receipt."""
    return (
        set(offer.lines) <= set(refunds.kinds_left(offer.receipt))
        and refunds.refundable_minor(offer.receipt) >= offer.total_minor
    )


def _request_refund(offer: RefundOffer, *, by: str, now: datetime, is_agent: bool = False) -> Refund:
    """Requests the refund. Raises RefundError, also if its amount has changed since."""
    explanation = catalogue.english(offer.sentences)
    request = _build_request(offer.lines, Refund.Reason(offer.reason), explanation)
    if refunds.difference(offer.receipt, request).total_minor != offer.total_minor:
        raise RefundError("Other refunds have changed what these lines come to: give it back from the session's page.")
    return refunds.request(offer.receipt, request, by=by, now=now, is_agent=is_agent)


def _build_request(lines: Sequence[str], reason: Refund.Reason, explanation: str) -> RefundRequest:
    return RefundRequest(lines=frozenset(lines), reason=reason, fault=Refund.Fault.HOST, explanation=explanation)


def _mail(offer: RefundOffer, *, now: datetime) -> None:
    """Mails the offer to a known address, in the session's language."""
    session = offer.receipt.session
    reader = outbox.reader(session)
    with translation.override(reader.language):
        values = {
            "amount": money(offer.total_minor, offer.currency),
            "number": offer.receipt.label,
            "place": session.property.name,
        }
        subject = gettext("%(place)s: %(amount)s of your receipt is yours again") % values
        parts = [
            gettext("Something went wrong while you charged, and receipt %(number)s still has it on it:") % values,
            stored_sentences.local(offer.sentences),
            gettext("You can have %(amount)s back. Open the receipt and tap the button; you need not write to anybody.")
            % values,
            gettext("The receipt:"),
        ]
    key = f"offer:{offer.pk}"
    outbox.queue_for_session(session, key=key, subject=subject, text="\n\n".join(parts), now=now)
