"""Findings about bank lines that no payout explains: a sentence, who has to act, and the next step. In English.

Lines store a code and its facts; the sentence is made when it is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from authorization import audit
from billing.formatting.money import money
from billing.models import BankLine

Facts = Mapping[str, Any]


class Owner(StrEnum):
    """Who has to act."""

    PLATFORM = "platform"
    HOST = "host"
    BANK = "bank"
    PROCESSOR = "processor"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: its name, who has to act, and what to do."""

    label: str
    owner: Owner
    next_step: str
    otherwise: str = ""
    """What to do if nothing is left to match the line to."""


_P, _H, _B = Owner.PLATFORM, Owner.HOST, Owner.BANK
_ELSE: Final = "Say what it was: nothing that is still open comes to its amount."
KINDS: Final[Mapping[str, Kind]] = {
    "unknown_reference": Kind("Unknown reference", _P, "Find out which payout is meant, and match it by hand.", _ELSE),
    "wrong_amount": Kind("Wrong amount", _B, "Ask the bank for the difference: a fee, or a wrong order."),
    "other_currency": Kind("Other currency", _B, "Ask the bank why it converted the payment."),
    "two_candidates": Kind("Several payouts fit", _P, "Decide which payout it is, and match it by hand.", _ELSE),
    "two_lines": Kind(
        "Several lines fit one payout", _P, "Decide which line is the payout, and match it by hand.", _ELSE
    ),
    "doubled": Kind("Doubled", _B, "Ask the bank whether it paid twice or only listed it twice."),
    "return_without_payout": Kind("Return of an unknown payment", _P, "Find the payment that came back."),
    "other_account": Kind("Went to another account", _P, "Stop further payments to that account and ask the bank."),
    "not_sent": Kind("Payout was not sent", _P, "Find out who ordered the payment: we did not send this payout."),
    "failed_before": Kind("Payout had failed", _P, "It may have been paid twice: compare it with the payout after it."),
    "wrong_way": Kind(
        "Left our account, not the processor's",
        _P,
        "Find out who ordered it: the card processor pays this payout, so the host may have the money twice.",
    ),
    "wrong_direction": Kind("Wrong direction", _B, "Ask the bank why the money went the other way."),
    "other_day": Kind("Amount fits, day does not", _P, "If it is this payout, match it by hand.", _ELSE),
    "doubtful": Kind(
        "Statement does not add up",
        _B,
        "Import the whole statement, or match it by hand.",
        "Import the whole statement, or say what it was.",
    ),
    "before_first_payout": Kind("Before the first payout", _H, "Nothing: we had not paid anything yet."),
    "nothing_moved": Kind("No amount", _B, "Nothing: the line moves no money."),
    "undone": Kind("Match taken back", _P, "Match it by hand, or say what it was.", _ELSE),
    "no_payout": Kind("No payout of this amount", _P, "Say what it was; if it is a payout, match it by hand.", _ELSE),
}
UNRELATED: Final = frozenset({"no_payout", "before_first_payout", "nothing_moved"})
"""Kinds of lines that have no connection with a payout; on a host's account they are not differences."""


def sentence(line: BankLine) -> str:
    """Returns why no payout explains the line, or the user's answer; empty if it is matched or not processed yet."""
    if line.match == BankLine.Match.ANSWERED:
        return f"{line.answer} ({audit.name(line.answered_by)})"
    formatter = _SENTENCES.get(line.kind)
    return formatter(line.facts, line) if formatter else ""


def next_step(line: BankLine, *, is_matchable: bool) -> str:
    """Returns the next step. `is_matchable` means that a user can still match the line."""
    kind = KINDS.get(line.kind)
    if kind is None:
        return ""
    return kind.next_step if is_matchable or not kind.otherwise else kind.otherwise


def _payouts(facts: Facts) -> str:
    names = sorted(facts.get("payouts", ()))
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def _payouts_named(facts: Facts) -> str:
    """Returns the names with a noun in front: "payout P-000001", "invoice H2026-000001 to Acme"."""
    return f"{facts.get('noun', 'payout')} {_payouts(facts)}".strip()


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _amount(line: BankLine) -> str:
    return money(abs(line.amount_minor), line.currency)


def _format_expected_amount(facts: Facts) -> str:
    return money(facts.get("expected_minor", 0), facts.get("currency", ""))


def _unknown_reference(facts: Facts, line: BankLine) -> str:
    noun = facts.get("noun", "payout")
    return f"“{facts.get('reference', '')}” looks like one of our references, and no {noun} has it."


def _wrong_amount(facts: Facts, line: BankLine) -> str:
    return f"It names {_payouts_named(facts)}, which is {_format_expected_amount(facts)}; the line is {_amount(line)}."


def _other_currency(facts: Facts, line: BankLine) -> str:
    return (
        f"It names {_payouts_named(facts)}, which is {_format_expected_amount(facts)}; the line is in {line.currency}."
    )


def _two_candidates(facts: Facts, line: BankLine) -> str:
    return f"{_amount(line)} on this day may be {_payouts(facts)}: a person has to decide."


def _two_lines(facts: Facts, line: BankLine) -> str:
    return f"This line and line {facts.get('line', '?')} both fit payout {_payouts(facts)}: a person has to decide."


def _describe_doubled(facts: Facts, line: BankLine) -> str:
    if not facts.get("payouts"):
        return "The file has the same line more than once."
    payout_names = _sentence_case(_payouts_named(facts))
    return f"{payout_names} is matched to another line already, of {_day(facts)}."


def _day(facts: Facts) -> str:
    return f"{date.fromisoformat(facts['day']):%-d %B %Y}" if facts.get("day") else "another day"


def _return_without_payout(facts: Facts, line: BankLine) -> str:
    code = f" with the code {line.return_code}" if line.return_code else ""
    return f"{_amount(line)} came back{code}, and no payout that we sent explains it."


def _other_account(facts: Facts, line: BankLine) -> str:
    return f"It names {_payouts_named(facts)} and has its amount, but went to another account than that payout."


def _not_sent(facts: Facts, line: BankLine) -> str:
    return f"It names {_payouts_named(facts)}, which was not sent: {facts.get('state', '')}."


def _failed_before(facts: Facts, line: BankLine) -> str:
    return f"It names {_payouts_named(facts)}, which is known as failed: {facts.get('state', '')}."


def _wrong_way(facts: Facts, line: BankLine) -> str:
    return f"It names {_payouts_named(facts)}, which the card processor pays: our account should not have paid it."


def _wrong_direction(facts: Facts, line: BankLine) -> str:
    went = "left" if line.amount_minor < 0 else "came in"
    return f"It names {_payouts_named(facts)}, but the money {went}."


def _other_day(facts: Facts, line: BankLine) -> str:
    return f"Payout {_payouts(facts)} has this amount, but was expected on {_day(facts)}."


def _describe_doubtful(facts: Facts, line: BankLine) -> str:
    return f"Payout {_payouts(facts)} may be it; but its statement does not add up, so only references count."


def _describe_before_first_payout(facts: Facts, line: BankLine) -> str:
    return "The line is older than the first payout to this account."


def _nothing_moved(facts: Facts, line: BankLine) -> str:
    return "The line moves no money."


def _describe_undone(facts: Facts, line: BankLine) -> str:
    by = audit.name(facts.get("by", ""))
    reason = facts.get("reason", "").rstrip(".")
    if facts.get("answer"):
        account = f" and posted to “{facts['account']}”" if facts.get("account") else ""
        return f"It was explained as “{facts['answer'].rstrip('.')}”{account}; {by} took that back: {reason}."
    return f"It was matched to {_payouts(facts)}; {by} took that back: {reason}."


def _no_payout(facts: Facts, line: BankLine) -> str:
    return f"No payout of {_amount(line)} was on its way around this day."


_SENTENCES: Final[Mapping[str, Callable[[Facts, BankLine], str]]] = {
    "unknown_reference": _unknown_reference,
    "wrong_amount": _wrong_amount,
    "other_currency": _other_currency,
    "two_candidates": _two_candidates,
    "two_lines": _two_lines,
    "doubled": _describe_doubled,
    "return_without_payout": _return_without_payout,
    "other_account": _other_account,
    "not_sent": _not_sent,
    "failed_before": _failed_before,
    "wrong_way": _wrong_way,
    "wrong_direction": _wrong_direction,
    "other_day": _other_day,
    "doubtful": _describe_doubtful,
    "before_first_payout": _describe_before_first_payout,
    "nothing_moved": _nothing_moved,
    "undone": _describe_undone,
    "no_payout": _no_payout,
}
