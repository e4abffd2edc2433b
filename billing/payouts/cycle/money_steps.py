"""The four steps of a session's money: held on the card, captured, settled, paid out. In English."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.urls import reverse

from billing.formatting.money import money
from billing.models import Hold, Payout, Rating, Receipt, Session
from billing.payouts.cycle import wording

_ARRIVED: Final = (Payout.State.PAID, Payout.State.RECONCILED)
_FAILED: Final = (Payout.State.FAILED, Payout.State.RETURNED)


class Progress(StrEnum):
    """How far a step is."""

    DONE = "done"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `link` is the page that `link_name` leads to, if any."""

    name: str
    progress: Progress
    note: str = ""
    at: datetime | None = None
    amount: str = ""
    link: str = ""
    link_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFacts:
    """The stored facts about a session's money. `waits_for` is why it is in no payout, as in `allocation`."""

    session: Session
    holds: Sequence[Hold]
    rating: Rating | None
    receipt: Receipt | None
    payout: Payout | None = None
    waits_for: str | None = None


def steps(facts: MoneyFacts) -> tuple[Step, Step, Step, Step]:
    """Returns the four steps in this order; a step that the session does not need tells why."""
    return _build_hold_step(facts), _build_capture_step(facts), _build_settlement_step(facts), _paid_out(facts)


def _build_hold_step(facts: MoneyFacts) -> Step:
    initial_holds = [hold for hold in facts.holds if hold.role not in Hold.AFTERWARDS]
    live = [hold for hold in initial_holds if hold.state != Hold.State.FAILED]
    if not initial_holds:
        return Step(name="Held", progress=Progress.NOT_NEEDED, note=_explain_no_hold(facts))
    if not live:
        return Step(
            name="Held", progress=Progress.FAILED, at=initial_holds[-1].created_at, note="The card was refused."
        )
    first = live[0]
    if first.state in Hold.UNDECIDED:
        note = "The card processor has not answered yet."
        return Step(name="Held", progress=Progress.WAITING, at=first.created_at, amount=_sum(live), note=note)
    card = f"On the card ending in {first.last4}" if first.last4 else "On the card"
    count_text = f", in {len(live)} holds." if len(live) > 1 else "."
    return Step(name="Held", progress=Progress.DONE, at=first.created_at, amount=_sum(live), note=card + count_text)


def _explain_no_hold(facts: MoneyFacts) -> str:
    session = facts.session
    if facts.holds:
        return "Nothing was held: it is paid afterwards."
    if session.billed_to == Session.BilledTo.FOLIO:
        return "It goes onto the bill of the stay."
    return "No card was charged for this session."


def _build_capture_step(facts: MoneyFacts) -> Step:
    captured = [hold for hold in facts.holds if hold.state == Hold.State.CAPTURED]
    live = [hold for hold in facts.holds if hold.state in Hold.LIVE]
    if captured and not live:
        return _build_done_capture_step(captured)
    if live:
        note = "When charging is over, its price is taken and the rest released."
        return Step(name="Captured", progress=Progress.WAITING, note=note)
    ended = [hold for hold in facts.holds if hold.state in (Hold.State.VOIDED, Hold.State.EXPIRED)]
    if not ended:
        return Step(name="Captured", progress=Progress.NOT_NEEDED, note="There is nothing to capture.")
    last = ended[-1]
    if last.state == Hold.State.EXPIRED:
        note = "The hold expired before anything was taken."
        return Step(name="Captured", progress=Progress.FAILED, at=last.finished_at, note=note)
    note = "Nothing was taken, and the hold was released."
    return Step(name="Captured", progress=Progress.NOT_NEEDED, at=last.finished_at, note=note)


def _build_done_capture_step(captured: Sequence[Hold]) -> Step:
    currency = captured[0].currency
    minor = sum(hold.captured_minor for hold in captured)
    released = sum(hold.amount_minor - hold.captured_minor for hold in captured)
    note = f"{money(released, currency)} was released." if released else "The whole hold was needed."
    at = max((hold.finished_at for hold in captured if hold.finished_at), default=None)
    return Step(name="Captured", progress=Progress.DONE, at=at, amount=money(minor, currency), note=note)


def _build_settlement_step(facts: MoneyFacts) -> Step:
    session, rating = facts.session, facts.rating
    match session.state:
        case Session.State.SETTLED:
            settled_step = Step(
                name="Settled",
                progress=Progress.DONE,
                at=session.settled_at,
                amount=money(rating.total_minor, rating.currency) if rating else "",
            )
            return _add_receipt_link(settled_step, facts)
        case Session.State.HELD:
            return Step(
                name="Settled", progress=Progress.WAITING, note="It waits for a decision: it is held for review."
            )
        case Session.State.FAILED:
            return Step(name="Settled", progress=Progress.NOT_NEEDED, note="There is nothing to pay.")
        case _:
            return Step(name="Settled", progress=Progress.WAITING, note="When the plug is out, the price is final.")


def _add_receipt_link(step: Step, facts: MoneyFacts) -> Step:
    receipt = facts.receipt
    if receipt is None:
        return replace(step, note="No receipt was needed.")
    page = reverse("guest:document", args=[facts.session.secret, receipt.label])
    return replace(step, link=page, link_name=f"{receipt.get_kind_display()} {receipt.label}")


def _paid_out(facts: MoneyFacts) -> Step:
    if facts.payout is not None:
        return _build_payout_step(facts.payout)
    if facts.waits_for is not None:
        note = f"In no payout yet: {wording.PENDING[facts.waits_for]}."
        return Step(name="Paid out", progress=Progress.WAITING, note=note)
    note, progress = _explain_no_payout(facts)
    return Step(name="Paid out", progress=progress, note=note)


def _build_payout_step(payout: Payout) -> Step:
    progress = Progress.WAITING
    if payout.state in _ARRIVED:
        progress = Progress.DONE
    elif payout.state in _FAILED:
        progress = Progress.FAILED
    return Step(
        name="Paid out",
        progress=progress,
        at=payout.paid_at if progress is Progress.DONE else None,
        note=f"{payout.get_state_display()}.",
        link=reverse("billing:payout", args=[payout.pk]),
        link_name=f"Payout {payout.label}",
    )


def _explain_no_payout(facts: MoneyFacts) -> tuple[str, Progress]:
    session = facts.session
    if facts.receipt is not None and facts.receipt.collected_by == Receipt.Collector.HOST:
        return "You collect it yourself.", Progress.NOT_NEEDED
    if session.state in (Session.State.SETTLED, Session.State.FAILED):
        return "Nothing of it is paid out.", Progress.NOT_NEEDED
    return "After it is settled.", Progress.WAITING


def _sum(holds: Collection[Hold]) -> str:
    currency = next(iter(holds)).currency
    return money(sum(hold.amount_minor for hold in holds), currency)
