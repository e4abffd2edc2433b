"""Sentences about a payout, made from its rows: why this amount, why this date, why not. In English."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from billing.formatting.money import money
from billing.models import BankAccount, Payout, PayoutAgreement, PayoutCarry
from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import Repeat, Responsible
from billing.payouts.cycle.allocation import Pending
from billing.payouts.cycle.bridge import LABELS, Row, remainder
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.proration.periods import next_anchor_date

Kind = PayoutCarry.Kind
State = Payout.State
PART_LABELS: Final[Mapping[str, str]] = {
    "sessions": "Sessions", "refunds": "Refunds", "platform_fee": "Platform fee",
    "fee_returned": "Platform fee given back for refunds", "processing": "Card processing",
    "processing_by_rates": "Card processing that your rates have you pay", "plans": "Plans",
    "disputes": "Lost disputes", "dispute_fee": "Fees of disputes", "subscription": "Subscription",
    "home_fees": "Service fees of home charging",
    "adjustments": "Corrections", "written_off": "Not paid by drivers", "tax_remitted": "Tax that the host remits",
}  # fmt: skip
_COUNTED: Final[Mapping[str, str]] = {
    "refunds": "line",
    "disputes": "line",
    "plans": "line",
    "home_fees": "line",
    "adjustments": "line",
}
"""Parts that give the number of postings, all of which open from the row."""
CARRIES: Final[Mapping[str, str]] = {
    Kind.THRESHOLD: "is below the agreed minimum payout",
    Kind.NEGATIVE: "is what you owe; it is deducted from your next payout",
    Kind.NO_ACCOUNT: "waits for a confirmed bank account",
    Kind.COOLING_OFF: "waits until the new bank account may be used",
    Kind.ERRORED: "waits for another bank account: the bank refused this one",
    Kind.REVIEW: "waits for a review",
    Kind.RESERVE: "is kept back as the agreed reserve",
    Kind.FAILED: "could not be paid and is owed again",
}  # fmt: skip
PENDING: Final[Mapping[str, str]] = {
    "available": "available for the next payout",
    "clearing": "paid by card; the card processor has not made it available yet",
    "unpaid": "not paid by the driver yet",
    "roaming": "waiting for the roaming partner's payment",
    "disputed": "contested by the cardholder's bank, which has not decided yet",
}


def sentence(row: Row, payout: Payout) -> str:
    """Describes a row of the bridge in one sentence."""
    return _ROWS[row["kind"]](row, payout)


def pending(pending: Pending, *, currency: str) -> str:
    """Returns why a sum is in no payout yet: "2 sessions (33.00) are not paid by the driver yet"."""
    if pending.sentence:
        return pending.sentence
    amount = money(pending.amount_minor, currency)
    if pending.why in CARRIES:
        return f"{amount} of earlier payouts {CARRIES[pending.why]}."
    if not pending.sessions:
        return f"{amount} of plans and corrections: {PENDING[pending.why]}."
    them = "it" if pending.sessions == 1 else "them"
    return f"{_sessions(pending.sessions)}, {amount} owed for {them} after any refunds: {PENDING[pending.why]}."


def expected_reason(payout: Payout) -> str:
    """Returns why the payout has this date, or none."""
    match payout.state:
        case State.CARRIED:
            return " ".join(_carry(carry, payout) for carry in payout.carries.order_by("id")) or _NOTHING
        case State.FAILED | State.RETURNED:
            return _describe_failure(payout)
        case State.REISSUED:
            return "It failed, and was paid again by a later payout."
        case State.CALCULATED:
            return "It is above the limit for which two people have to approve, and waits for them."
        case State.HELD:
            return f"It is held for review: {payout.hold_reason}"
        case State.PAID | State.RECONCILED:
            return f"It was paid on {payout.paid_at:%-d %B %Y}."
    if payout.waits_for:
        return payout.waits_for
    zone = ZoneInfo(payout.time_zone)
    sent = f"was sent on {_day(payout.submitted_at.astimezone(zone).date())}" if payout.submitted_at else "is sent now"
    return f"The period ended on {_day(_last_day(payout))}. It {sent} and reaches the bank within 2 business days."


def not_sent(payout: Payout) -> str:
    """Describes a payout that is made, and owed until it is sent."""
    return f"{payout.label}, {money(payout.amount_minor, payout.currency)}, not sent yet. {expected_reason(payout)}"


def on_its_way(payout: Payout) -> str:
    """Describes how far a payout is that has not arrived, and when the bank should have it."""
    amount = money(payout.amount_minor, payout.currency)
    if payout.state not in (State.SUBMITTED, State.IN_TRANSIT) or payout.submitted_at is None:
        return f"{amount}, not sent yet. {expected_reason(payout)}"
    sent_on = _day(payout.submitted_at.astimezone(ZoneInfo(payout.time_zone)).date())
    expected = f"; expected at your bank by {_day(payout.expected_on)}" if payout.expected_on else ""
    return f"{amount}, sent on {sent_on}{expected}."


def next_date_reason(agreement: PayoutAgreement, *, ends_on: date) -> str:
    """Returns why the next payout comes on its date."""
    if agreement.cycle == PayoutAgreement.Cycle.MANUAL:
        return "Payouts are made when somebody asks for one."
    cycle = _cycle(agreement)
    goes_on = ends_on + timedelta(days=1 + agreement.delay_days)
    return (
        f"The {cycle} ends on {_day(ends_on)}; its payout goes out on {_day(goes_on)} and reaches the bank within "
        "2 business days, later where a bank holiday lies between."
    )


def nothing_left(agreement: PayoutAgreement, *, ends_on: date) -> str:
    """Returns why the next payout is zero, and what may still change that."""
    explanation = "Fees, tax and refunds use up everything that is available, so nothing will be paid."
    if agreement.cycle == PayoutAgreement.Cycle.MANUAL:
        return explanation
    return (
        f"{explanation} The {_cycle(agreement)} ends on {_day(ends_on)}; anything that becomes available by then is "
        "included."
    )


def _cycle(agreement: PayoutAgreement) -> str:
    return "week" if agreement.cycle == PayoutAgreement.Cycle.WEEKLY else "month"


def failure(payout: Payout) -> dict[str, str] | None:
    """Returns the failure's code, its meaning and who has to act; None if nothing failed."""
    if not payout.failure:
        return None
    failure = failure_codes.resolve(payout.failure)
    is_settled = payout.state == State.REISSUED or to_other_account(payout) is not None
    responsible = Responsible.NOBODY if is_settled else failure.responsible
    return {"code": payout.failure, "sentence": _describe_failure(payout), "whose_move": responsible.value}


def to_other_account(payout: Payout) -> str | None:
    """Returns when a refused payout is paid again to an account confirmed since; None if there is no such account."""
    if failure_codes.resolve(payout.failure).repeat != Repeat.NEW_ACCOUNT:
        return None
    account = bank_accounts.current(Scope.from_row(payout))
    if account is None or account.state != BankAccount.State.CONFIRMED or account.pk == payout.bank_account_id:
        return None
    if account.usable_from is None:
        return None
    at = account.usable_from.astimezone(ZoneInfo(payout.time_zone))
    return f"It is paid again by itself to the {account}, which is used from {at:%-d %B %Y, %H:%M %Z}."


def rows(payout: Payout) -> list[dict[str, Any]]:
    """Returns the bridge as shown by pages, the API and documents."""
    return [
        {
            "kind": row["kind"],
            "label": _label(row, payout),
            "amount_minor": row["amount_minor"],
            "sentence": sentence(row, payout),
        }
        for row in payout.bridge
    ]


def _label(row: Row, payout: Payout) -> str:
    """Returns the row's label. A failed payout is paid again on its own, not with the next payout."""
    is_owed_again = row["kind"] == "carried_out" and payout.state in {State.FAILED, State.RETURNED}
    return "Owed again, not paid" if is_owed_again else LABELS[row["kind"]]


def facts(payout: Payout) -> dict[str, Any]:
    """Returns a payout as in the API and in `close_payouts`."""
    return {
        "id": str(payout.pk),
        "number": payout.label,
        "host": payout.host.slug,
        "property": payout.property.slug if payout.property else None,
        "currency": payout.currency,
        "period": [payout.begins_at.isoformat(), payout.ends_at.isoformat()],
        "state": payout.state,
        "amount_minor": payout.amount_minor,
        "expected_on": payout.expected_on.isoformat() if payout.expected_on else None,
        "expected_reason": expected_reason(payout),
        "failure": failure(payout),
        "bridge": rows(payout),
        "remainder_minor": remainder(payout),
    }


def month_of(payout: Payout) -> date | None:
    """Returns the first day of the period if it is a calendar month in its zone, else None."""
    zone = ZoneInfo(payout.time_zone)
    begins, ends = payout.begins_at.astimezone(zone), payout.ends_at.astimezone(zone)
    is_midnight = begins.time() == ends.time() == time()
    is_month = begins.day == 1 and ends.date() == next_anchor_date(begins.date(), anchor=1)
    return begins.date() if is_midnight and is_month else None


def _describe_failure(payout: Payout) -> str:
    """Returns why it failed, and what the host can do about it, if anything."""
    failure = failure_codes.resolve(payout.failure)
    if payout.state == State.REISSUED:
        return failure.cause
    after = to_other_account(payout)
    return f"{failure.cause} {after}" if after else failure.sentence


_NOTHING: Final = "Nothing was left to pay."


def _describe_sessions(row: Row, payout: Payout) -> str:
    amount, were = money(row["amount_minor"], payout.currency), "was" if row["sessions"] == 1 else "were"
    them, month = "it" if row["sessions"] == 1 else "them", month_of(payout)
    statement_phrase = f"The statement of {month:%B %Y} lists" if month else "The statements of these days list"
    return (
        f"{_sessions(row['sessions'])} {were} charged {amount} with tax. {statement_phrase} {them} among all sessions."
    )


def _tax(row: Row, payout: Payout) -> str:
    if any(part["kind"] == "tax_remitted" for part in row.get("parts", ())):
        return "The host remits the tax itself, and is paid it."
    return "The platform remits the tax to the authorities."


def _describe_late_sessions(row: Row, payout: Payout) -> str:
    amount = money(-row["amount_minor"], payout.currency)
    sessions, day = _sessions(row["sessions"]), _day(_last_day(payout))
    is_one = row["sessions"] == 1
    if payout._state.adding:  # a forecast, whose period is still running
        if is_one:
            waits = "is not available yet; it is in this payout if it becomes available"
        else:
            waits = "are not available yet; they are in this payout if they become available"
        return f"{sessions} ({amount} without tax) {waits} by {day}, else in a later one."
    verb, pronoun = ("was", "it is") if is_one else ("were", "they are")
    return f"{sessions} ({amount}) of the period {verb} not available by the end of {day}; {pronoun} in a later payout."


def _early(row: Row, payout: Payout) -> str:
    amount = money(row["amount_minor"], payout.currency)
    return f"{_sessions(row['sessions'])} ({amount}) of earlier days became available in this period."


def _parts(row: Row, payout: Payout) -> str:
    return f"{'; '.join(_part(part, payout) for part in row['parts'])}."


def _part(part: Mapping[str, Any], payout: Payout) -> str:
    label, amount = PART_LABELS[part["kind"]], money(part["amount_minor"], payout.currency)
    if part["kind"] == "processing" and part.get("payments"):
        return f"{label} {amount}: {_describe_payments(part, payout)}"
    if part["kind"] in _COUNTED:
        count, noun = part["count"], _COUNTED[part["kind"]]
        return f"{label} {amount}: {count:,} {noun}{'' if count == 1 else 's'}"
    if "of_minor" not in part:  # missing in older payouts
        return f"{label} {amount}"
    return f"{label} {amount}: {part['pct']} % of {money(part['of_minor'], payout.currency)} {_base(part, payout)}"


def _base(part: Mapping[str, Any], payout: Payout) -> str:
    """Returns what the base of a fee excludes."""
    if not part.get("by_rates_minor"):
        return "without tax"
    return f"without tax and without {money(part['by_rates_minor'], payout.currency)} of card processing by your rates"


def _describe_payments(part: Mapping[str, Any], payout: Payout) -> str:
    """Describes the payments: "27 card payments at 2.9 % + $0.30", or what the processor charged for them."""
    count = part["payments"]
    payments = f"{count:,} card payment{'' if count == 1 else 's'}"
    if "pct" not in part:
        return f"what the card processor charged for {payments}"
    return f"{payments} at {part['pct']} % + {money(part['fixed_minor'], payout.currency)}"


def _carried_in(row: Row, payout: Payout) -> str:
    return f"Carried on by {', '.join(row['payouts'])}."


def _carried_out(row: Row, payout: Payout) -> str:
    sentences = [
        f"{money(abs(part['amount_minor']), payout.currency)} {CARRIES[part['kind']]}." for part in row["parts"]
    ]
    return " ".join(sentences)


def _carry(carry: PayoutCarry, payout: Payout) -> str:
    extra = ""
    if carry.kind == Kind.THRESHOLD:
        extra = f" ({money(payout.agreement.threshold_minor, payout.currency)})"
    return f"{money(abs(carry.amount_minor), payout.currency)} {CARRIES[carry.kind]}{extra}."


_ROWS: Final[Mapping[str, Callable[[Row, Payout], str]]] = {
    "sessions": _describe_sessions,
    "tax": _tax,
    "timing_out": _describe_late_sessions,
    "timing_in": _early,
    "refunds": _parts,
    "platform_fee": _parts,
    "processing": _parts,
    "other": _parts,
    "carried_in": _carried_in,
    "carried_out": _carried_out,
}


def _last_day(payout: Payout) -> date:
    return (payout.ends_at.astimezone(ZoneInfo(payout.time_zone)) - timedelta(microseconds=1)).date()


def _sessions(count: int) -> str:
    return f"{count:,} session{'' if count == 1 else 's'}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
