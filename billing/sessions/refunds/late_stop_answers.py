"""Updates a late stop's sentences once a second person has decided about its refund."""

from typing import Final

from billing.engine.values import money
from billing.models import LateStop, Refund
from billing.sentences.payments import PaymentCode
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

Outcome = LateStop.Outcome
_OF_WAITING: Final = (PaymentCode.LATE_COSTS, PaymentCode.LATE_WAITS)


def update_for_refund(refund: Refund) -> None:
    """Updates the late stop.

    Call it in the transaction that answers the refund. Refunds that people requested change nothing.
    """
    if refund.asked_by != "system":
        return
    waiting = LateStop.objects.filter(session=refund.receipt.session_id, outcome=Outcome.REFUND_WAITS)
    is_declined = refund.state == Refund.State.DECLINED
    outcome = Outcome.REFUND_DECLINED if is_declined else Outcome.REFUNDED
    for late in waiting:
        sentences = (
            _build_declined_sentences(late.sentences, refund)
            if is_declined
            else _build_refunded_sentences(late.sentences)
        )
        waiting.filter(pk=late.pk).update(outcome=outcome, sentences=sentences)


def _build_declined_sentences(sentences: Sentences, refund: Refund) -> Sentences:
    back = money.fact(refund.total_minor, currency=refund.currency)
    before = tuple(sentence for sentence in sentences if sentence.code != PaymentCode.LATE_WAITS)
    return (*before, *stored.build_sentence(PaymentCode.LATE_DECLINED, back=back))


def _build_refunded_sentences(sentences: Sentences) -> Sentences:
    """Replaces the waiting sentences by one that has both the refund and the session's cost."""
    facts = {
        name: fact for sentence in sentences if sentence.code in _OF_WAITING for name, fact in sentence.facts.items()
    }
    before = (sentence for sentence in sentences if sentence.code not in _OF_WAITING)
    return (*before, *stored.build_sentence(PaymentCode.LATE_GOES_BACK, **facts)) if facts else sentences
