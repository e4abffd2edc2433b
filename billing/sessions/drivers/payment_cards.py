"""Drivers' saved payment cards. Our row is committed first; the processor is called with a key derived from it; then
its answer is stored.

Nothing here may be called inside a database transaction, because the processor's part cannot be rolled back.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext

from billing.models import Driver, DriverToken, Hold, PaymentCard, RateAssignment, Session
from billing.payments import processors
from billing.payments.processors.protocol import CardState, CardToSave, NotPossibleError, OutcomeUnknownError, SavedCard
from billing.sentences.payments import PaymentCode
from chargers.lib import batch, ids
from chargers.lib.i18n import mark
from chargers.sentences import stored

logger = logging.getLogger(__name__)

State = PaymentCard.State
_FOLLOWS: Final = mark(
    "It pays for your charging card %(cards)s. Without it the sessions with that card are taken from no payment card: "
    "you settle them with the property, until you choose another card under Charging cards."
)
LIMIT: Final = 10
_LOOK_UP_WITHIN: Final = timedelta(minutes=30)
"""How long a worker asks about a card; a bank's confirmation takes minutes or never comes."""


class CardError(Exception):
    """The change is not possible; the message is a sentence for the driver."""


def save(driver: Driver, *, card: str, return_url: str, now: datetime) -> PaymentCard:
    """Saves a card; its state tells the outcome: ready, declined, or to be confirmed.

    The card's id is added to `return_url`.
    """
    if driver.payment_cards.filter(state=State.READY).count() >= LIMIT:
        raise CardError(mark("Ten cards are the most that an account keeps: remove one first."))
    payment_card = driver.payment_cards.exclude(customer_ref="").order_by("-id").first()
    row = PaymentCard.objects.create(
        id=ids.generate(now=now), driver=driver, processor=processors.default(), created_at=now
    )
    card_to_save = CardToSave(
        card=card,
        customer=str(driver.pk),
        customer_ref=payment_card.customer_ref if payment_card else "",
        email=driver.user.email if driver.user else "",
        return_url=return_url.replace("CARD", str(row.pk)),
    )
    try:
        answer = processors.processor(row.processor).save_card(card_to_save, key=_key(row, "save"))
    except OutcomeUnknownError:
        return row  # `check` asks again
    except NotPossibleError as exc:
        PaymentCard.objects.filter(pk=row.pk).update(state=State.DECLINED, failure_sentences=stored.free(str(exc)))
    else:
        _apply(row, answer)
    row.refresh_from_db()
    return row


def check(card_id: UUID) -> PaymentCard:
    """Returns the card after the bank's page or a doubt; as it was if the processor does not answer."""
    try:
        return refresh_state(card_id)
    except OutcomeUnknownError:
        return PaymentCard.objects.select_related("driver").get(pk=card_id)


def refresh_state(card_id: UUID) -> PaymentCard:
    """Reads from the processor the state of a card that is being saved. Raises OutcomeUnknownError."""
    row = PaymentCard.objects.select_related("driver").get(pk=card_id)
    if row.state != State.SAVING:
        return row
    answer = processors.processor(row.processor).look_up_card(ref=row.ref, key=_key(row, "save"))
    if answer is not None:
        _apply(row, answer)
    row.refresh_from_db()
    return row


def check_saving(*, now: datetime) -> int:
    """Checks cards whose drivers have not returned from their bank. Older ones are left to webhooks."""
    saving = PaymentCard.objects.filter(state=State.SAVING, created_at__gt=now - _LOOK_UP_WITHIN)
    return batch.run_for_rows(saving, lambda pk: check(pk).state != State.SAVING, failure="could not be checked")


def obstacle(card: PaymentCard) -> str:
    """Returns why the card cannot be removed now, as a sentence; empty if it can."""
    open_holds = Hold.objects.filter(session__driver=card.driver_id, session__state__in=Session.UNFINISHED)
    unpaid = open_holds.exclude(state=Hold.State.FAILED).filter(customer_ref=card.customer_ref, last4=card.last4)
    if card.ref and unpaid.exists():
        return mark("A session that this card pays for is not over yet.")
    if _filter_pending_sessions(card).exists():
        return mark("A session that this card pays for is not over yet.")
    if card.subscriptions.filter(state__in=("pending", "active", "past_due")).exists():
        return mark("A plan is paid by this card: choose another card for it, or end it first.")
    return ""


def follows(card: PaymentCard) -> str:
    """Returns what else removing the card changes, as a sentence for the driver; may be empty. One query."""
    paid = card.charging_cards.select_related("token").order_by("id")
    names = ", ".join(owned.token.visual_number or owned.token.uid for owned in paid)
    return gettext(_FOLLOWS) % {"cards": names} if names else ""


def find_for_session(session: Session) -> PaymentCard | None:
    """Returns the account's card that pays for a session with the driver's charging card, or None."""
    owned = DriverToken.objects.filter(token=session.token_id, agreed_at__lte=session.started_at or session.opened_at)
    token = owned.filter(pays_with__state=State.READY).select_related("pays_with").first()
    return token.pays_with if token else None


def _filter_pending_sessions(card: PaymentCard) -> QuerySet[Session]:
    """Returns unfinished sessions that will be charged to the card."""
    member_sessions = Session.objects.filter(audience=RateAssignment.Audience.MEMBER, state__in=Session.UNFINISHED)
    return member_sessions.filter(
        token__driver_token__pays_with=card, started_at__gte=F("token__driver_token__agreed_at")
    )


def remove(card: PaymentCard, *, now: datetime) -> None:
    """Removes the card, also at the processor. Raises CardError while it is needed."""
    if why := obstacle(card):
        raise CardError(why)
    if card.ref:
        try:
            processors.processor(card.processor).remove_card(card.ref, key=_key(card, "remove"))
        except OutcomeUnknownError as exc:
            raise CardError(mark("The card processor did not answer: try again in a minute.")) from exc
        except NotPossibleError:
            logger.warning("The processor does not know card %s any more", card.pk)
    with transaction.atomic():
        Driver.objects.select_for_update().get(pk=card.driver_id)
        card.charging_cards.update(pays_with=None, agreed_at=None)
        PaymentCard.objects.filter(pk=card.pk).update(state=State.REMOVED, is_default=False, removed_at=now)
        following = PaymentCard.objects.filter(driver=card.driver_id, state=State.READY).order_by("-id").first()
        if following and not PaymentCard.objects.filter(driver=card.driver_id, is_default=True).exists():
            PaymentCard.objects.filter(pk=following.pk).update(is_default=True)


def prefer(card: PaymentCard) -> bool:
    """Makes this the default card. False if it is not ready."""
    with transaction.atomic():
        Driver.objects.select_for_update().get(pk=card.driver_id)
        PaymentCard.objects.filter(driver=card.driver_id, is_default=True).exclude(pk=card.pk).update(is_default=False)
        return bool(PaymentCard.objects.filter(pk=card.pk, state=State.READY).update(is_default=True))


def find_default(driver: Driver) -> PaymentCard | None:
    return driver.payment_cards.filter(is_default=True).first()


def _apply(row: PaymentCard, answer: SavedCard) -> None:
    facts: dict[str, Any] = {
        "ref": answer.ref,
        "customer_ref": answer.customer_ref,
        "brand": answer.brand[:20],
        "last4": answer.last4,
        "exp_month": answer.exp_month,
        "exp_year": answer.exp_year,
        "next_action_url": "",
    }
    saving = PaymentCard.objects.filter(pk=row.pk, state=State.SAVING)
    match answer.state:
        case CardState.NEEDS_AUTHENTICATION:
            saving.update(**facts | {"next_action_url": answer.authentication_url[:500]})
        case CardState.READY:
            if saving.update(**facts, state=State.READY):
                prefer(PaymentCard.objects.get(pk=row.pk))
        case _:
            why = answer.why or stored.build_sentence(PaymentCode.DECLINED)
            saving.update(**facts, state=State.DECLINED, failure_sentences=why)


def _key(row: PaymentCard, operation: str) -> str:
    return f"card:{row.pk}:{operation}:1"
