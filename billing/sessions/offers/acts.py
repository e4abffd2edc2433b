"""Refund offers: accepted by the guest, given or dismissed by the host, and the host's limits."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import RefundOffer, RefundOfferTerms, Session
from billing.sessions.allowances import first_line
from billing.sessions.offers import offers, terms
from billing.sessions.offers.offers import GONE, OfferError
from billing.sessions.offers.terms import WantedTerms
from billing.sessions.refunds import refunds
from chargers.models import Host


def accept(session: Session, *, now: datetime) -> RefundOffer:
    """Accepts the offer for the guest, by the session's link. Calls the card processor. Raises OfferError."""
    with transaction.atomic():
        offer = offers.accept(session, now=now)
        audit.write(f"refund_offer.{offer.state}", _subject(offer), user=None, now=now, after=_audit_values(offer))
    if offer.refund_id is None:
        raise OfferError(GONE)
    refunds.send(offer.refund_id, now=now)
    return offer


def give(offer: RefundOffer, *, by: User | ApiKey, now: datetime) -> RefundOffer:
    """Gives the refund for the host. Calls the card processor. Raises NotAllowedError, OfferError and RefundError."""
    access.require(by, Right.HANDLE_MONEY, offer.host)
    with transaction.atomic():
        first_line.lock(by, offer.receipt.session)
        first_line.check(by, lambda: first_line.of_refund(offer.receipt, amount_minor=offer.total_minor))
        given_offer = offers.give(offer.pk, by=audit.actor(by), is_agent=by.is_agent, now=now)
        audit.write("refund_offer.given", _subject(given_offer), user=by, now=now, after=_audit_values(given_offer))
    assert given_offer.refund_id is not None
    refunds.send(given_offer.refund_id, now=now)
    return given_offer


def dismiss(offer: RefundOffer, *, reason: str, by: User | ApiKey, now: datetime) -> RefundOffer:
    """Dismisses the offer: the bill stays as it is. Raises NotAllowedError and OfferError."""
    access.require(by, Right.HANDLE_MONEY, offer.host)
    with transaction.atomic():
        dismissed = offers.dismiss(offer.pk, reason=reason, by=audit.actor(by), now=now)
        audit.write("refund_offer.dismissed", _subject(dismissed), user=by, now=now, reason=dismissed.dismissal)
    return dismissed


def set_terms(host: Host, limits: WantedTerms, *, by: User | ApiKey, now: datetime) -> RefundOfferTerms:
    """Sets the host's limits. Raises NotAllowedError and TermsError."""
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        new_terms = terms.set_terms(host, limits, now=now)
        after = {
            "currency": new_terms.currency,
            "most_minor": new_terms.most_minor,
            "month_minor": new_terms.month_minor,
        }
        audit.write("refund_offer_terms.set", _terms(host), user=by, now=now, after=after)
    return new_terms


def turn_off(host: Host, *, by: User | ApiKey, now: datetime) -> bool:
    """Leaves every future offer to the host. False if that was so already. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        was_on = terms.turn_off(host)
        if was_on:
            audit.write("refund_offer_terms.turned_off", _terms(host), user=by, now=now)
    return was_on


def _subject(offer: RefundOffer) -> audit.Subject:
    return audit.Subject("refund_offer", offer.pk, str(offer.receipt), offer.host)


def _terms(host: Host) -> audit.Subject:
    return audit.Subject("refund_offer_terms", host.pk, f"refund offers of {host}", host)


def _audit_values(offer: RefundOffer) -> dict[str, object]:
    return {"total_minor": offer.total_minor, "currency": offer.currency, "lines": offer.lines}
