"""The payment of a session's cost: from all of its holds, and then from the same card.

Nothing here may be called inside a database transaction, because it calls the card processor.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.models import Hold, RateAssignment, Session
from billing.sentences.payments import PaymentCode
from billing.sessions.drivers import payment_cards
from billing.sessions.holds import holds
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

State, Role = Hold.State, Hold.Role
_WHY_NOT = {State.EXPIRED: PaymentCode.OWED_EXPIRED, State.VOIDED: PaymentCode.OWED_LATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What was taken, by hold, oldest first. `short_minor` is missing, for the reason `why`."""

    holds: list[Hold]
    short_minor: int = 0
    why: Sentences = ()


def collect(session_id: UUID, *, total_minor: int, now: datetime) -> Collection | None:
    """Captures the total, once for any number of calls; None while an answer is unknown.

    Of several holds the first are captured whole; the rest is left for `holds.release`.
    """
    attempts = list(_list_holds(session_id))
    if not total_minor:
        return Collection(holds=attempts)
    if all(hold.role in Hold.AFTERWARDS for hold in attempts):
        return _charge_account_card(session_id, total_minor, now=now)
    remaining_minor = total_minor - sum(hold.captured_minor for hold in attempts if hold.role not in Hold.AFTERWARDS)
    for at, hold in enumerate(attempts):
        if hold.role in Hold.AFTERWARDS or hold.state not in Hold.LIVE or remaining_minor <= 0:
            continue
        attempts[at] = captured_hold = _capture_hold(hold, remaining_minor, now=now)
        if captured_hold.state in Hold.LIVE:
            return None
        remaining_minor -= captured_hold.captured_minor
    if remaining_minor <= 0:
        return Collection(holds=attempts)
    return _charge_rest(attempts, remaining_minor, now=now)


def _charge_account_card(session_id: UUID, total_minor: int, *, now: datetime) -> Collection | None:
    """Charges a member's session without a hold to their account's card, if they agreed; once."""
    session = Session.objects.select_related("rate_version__rate").get(pk=session_id)
    is_member = session.audience == RateAssignment.Audience.MEMBER
    card = payment_cards.find_for_session(session) if is_member and session.token_id else None
    card_payment = holds.charge_account(session, card, amount_minor=total_minor, now=now)
    if card_payment is None:
        return Collection(holds=[])
    if card_payment.state in Hold.LIVE:
        return None
    short_minor = total_minor - card_payment.captured_minor
    return Collection(
        holds=[card_payment],
        short_minor=short_minor,
        why=stored.build_sentence(PaymentCode.OWED_ACCOUNT) if short_minor else (),
    )


def _list_holds(session_id: UUID) -> list[Hold]:
    """Returns the holds in a constant order: a later round must begin with the hold that an earlier one left
    in doubt.
    """
    return list(Hold.objects.filter(session=session_id).exclude(state=State.FAILED).order_by("created_at", "id"))


def _capture_hold(hold: Hold, left_minor: int, *, now: datetime) -> Hold:
    if not hold.processor_ref or hold.state == State.AUTHORISING:
        hold = holds.check(hold.pk, now=now)
        if hold.state != State.AUTHORISED:
            return hold
    return holds.capture(hold, amount_minor=min(left_minor, hold.amount_minor), now=now)


def _charge_rest(attempts: list[Hold], left_minor: int, *, now: datetime) -> Collection | None:
    """Charges what the holds did not cover to the same card if its holder agreed to that; otherwise it stays owed."""
    main = next((hold for hold in attempts if hold.role == Role.MAIN), attempts[0])
    rest_payment = holds.charge_rest(main, amount_minor=left_minor, now=now)
    if rest_payment is None:
        code = _WHY_NOT.get(State(main.state), PaymentCode.OWED_BEYOND)
        return Collection(holds=attempts, short_minor=left_minor, why=stored.build_sentence(code))
    if rest_payment.state in Hold.LIVE:
        return None
    if rest_payment.state == State.CAPTURED:
        return Collection(holds=[hold for hold in attempts if hold.pk != rest_payment.pk] + [rest_payment])
    return Collection(holds=attempts, short_minor=left_minor, why=stored.build_sentence(PaymentCode.OWED_REFUSED))
