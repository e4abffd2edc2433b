"""What a late stop says once a second person has decided about its refund."""

from billing.models import LateStop, Refund
from billing.rating.values import money

Outcome = LateStop.Outcome


def follow(refund: Refund) -> None:
    """Call it in the transaction that answers the refund. One that people asked for changes no late stop."""
    if refund.asked_by != "system":
        return
    waiting = LateStop.objects.filter(session=refund.receipt.session_id, outcome=Outcome.REFUND_WAITS)
    if refund.state != Refund.State.DECLINED:
        waiting.update(outcome=Outcome.REFUNDED, sentence=refund.explanation)
        return
    for late in waiting:
        amount = money.text(refund.total_minor, currency=refund.currency)
        kept = late.sentence.rpartition(" A refund of ")[0]
        sentence = f"{kept} A second person declined the refund of {amount}: the price stays."
        waiting.filter(pk=late.pk).update(outcome=Outcome.REFUND_DECLINED, sentence=sentence[:500])
