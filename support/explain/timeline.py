"""The timeline of a session, from the plug to the receipt, built only from stored facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

from django.urls import reverse

from authorization.decide import reasons
from authorization.insight import stops
from authorization.models import Decision
from billing.engine.values import money, units
from billing.formatting import contacts
from billing.models import ChargingStateReport, Hold, Rating, Receipt, Session
from chargers.fleet.condition import PLUGGED_IN
from chargers.models import Charger, Message, StatusReport, Transaction

Kind = Literal["ok", "busy", "warn", "bad", "unknown"]
PLUGGED_IN_BEFORE: Final = timedelta(minutes=30)
"""How long before a start the car may have been plugged in."""
_FREE: Final = frozenset(("Available", "Reserved"))
_WORDS: Final = {
    "Available": "The connector is free",
    "Preparing": "A car was plugged in",
    "Occupied": "A car was plugged in",
    "Charging": "Energy flows",
    "SuspendedEV": "The car stopped taking energy",
    "SuspendedEVSE": "The charger paused",
    "Finishing": "Charging has ended; the car is still plugged in",
    "EVConnected": "The car is connected; no energy flows",
    "Idle": "The car is unplugged",
    "Faulted": "The connector reported a fault",
}
_REQUESTED: Final = {
    Hold.Role.MAIN: "A hold of %(amount)s was asked for",
    Hold.Role.EXTENSION: "A further hold of %(amount)s was asked for",
    Hold.Role.REST: "%(amount)s that no hold covered was asked for",
    Hold.Role.ACCOUNT: "%(amount)s was asked of the driver's account",
}
_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the timeline; `source` names the stored fact behind it, `url` is its page, if it has one."""

    at: datetime
    kind: Kind
    sentence: str
    source: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHistory:
    """All stored facts about a session."""

    session: Session
    decision: Decision | None
    holds: list[Hold]
    ratings: list[Rating]
    receipts: list[Receipt]
    stop: stops.Stop | None = None
    statuses: Sequence[StatusReport] = ()
    charging_states: Sequence[ChargingStateReport] = ()

    @property
    def newest_rating(self) -> Rating | None:
        return self.ratings[-1] if self.ratings else None

    @property
    def receipt(self) -> Receipt | None:
        """Returns the receipt that counts: the last correction, or the first receipt."""
        kinds = (Receipt.Kind.RECEIPT, Receipt.Kind.CORRECTION)
        return next((receipt for receipt in reversed(self.receipts) if receipt.kind in kinds), None)


def load(session: Session) -> SessionHistory:
    """Loads everything, including reports.

    At most eleven queries; `session` comes with its transaction and its charger's property.
    """
    row = session.transaction
    is_2x = row is not None and row.ocpp_version != "1.6"
    return replace(
        load_records(session),
        statuses=list(_statuses(session)),
        charging_states=list(row.charging_state_reports.order_by("at", "id")[:_LIMIT]) if row and is_2x else [],
    )


def load_records(session: Session) -> SessionHistory:
    """Loads our decisions, holds, prices and records, without the charger's reports. At most seven queries."""
    row, decision = session.transaction, None
    if session.decision_id:
        decision = Decision.objects.filter(pk=session.decision_id).select_related("token").first()
    return SessionHistory(
        session=session,
        decision=decision,
        holds=list(session.holds.order_by("id")),
        ratings=list(session.ratings.order_by("id")),
        receipts=list(session.receipts.select_related("rating", "replaces").order_by("id")),
        stop=stops.explain(row) if row else None,
    )


def moments(facts: SessionHistory) -> list[Moment]:
    """Returns all moments in order of time; at the same time, causes come before effects."""
    collected = [
        *_opening(facts.session),
        *(_build_decision_moments(facts.decision) if facts.decision else ()),
        *(_transaction(facts.session.transaction, facts.stop) if facts.session.transaction else ()),
        *_build_status_moments(facts.statuses),
        *(_state(report.at, report.state, source="Charging state") for report in facts.charging_states),
        *(_build_rating_moment(rating) for rating in facts.ratings),
        *(moment for hold in facts.holds for moment in _hold(hold)),
        *(
            Moment(
                receipt.issued_at,
                "ok",
                f"{receipt.get_kind_display()} {receipt.label} was issued",
                receipt.get_kind_display(),
            )
            for receipt in facts.receipts
        ),
        *_build_ending_moments(facts.session),
    ]
    return sorted(collected, key=lambda moment: moment.at)


def of_message(row: Message, charger: Charger) -> Moment:
    """Returns an exchange of messages; its page in the journal shows both texts."""
    sender = "The charger sent" if row.direction == Message.Direction.IN else "The charger was sent"
    partner = f", by {row.upstream}" if row.upstream else ""
    kind: Kind = "bad" if row.is_error else "unknown"
    page = reverse("chargers:log-entry", args=[charger.charger_id, row.pk])
    detail = ", ".join(filter(None, (row.uid, row.verdict)))
    return Moment(row.request_at, kind, f"{sender} {row.action or 'a frame'}{partner}", "Message", detail, page)


def _statuses(session: Session) -> Iterator[StatusReport]:
    """Yields the connector's status reports from plug-in to the end, without those of earlier and later vehicles."""
    if session.evse_number is None or session.started_at is None:
        return
    evse_transactions = Transaction.objects.filter(charger=session.charger_id, evse_number=session.evse_number)
    other_transactions = evse_transactions.exclude(pk=session.transaction_id or 0)
    previous = other_transactions.filter(started_at__lt=session.started_at).order_by("-started_at").first()
    following = other_transactions.filter(started_at__gt=session.started_at).order_by("started_at").first()
    reports = StatusReport.objects.filter(
        charger=session.charger_id, evse_number=session.evse_number, at__gte=session.started_at - PLUGGED_IN_BEFORE
    )
    end = session.unplugged_at or session.settled_at
    if end is not None:
        reports = reports.filter(at__lte=end)
    status_reports = list(reports.order_by("at", "id")[:_LIMIT])
    first = _first_of(status_reports, started_at=session.started_at, after=_last_known(previous) if previous else None)
    last = len(status_reports)
    if following is not None:
        ended_at = session.stopped_at or session.started_at
        last = _first_of(status_reports, started_at=following.started_at, after=max(ended_at, session.started_at))
    yield from status_reports[first:last]


def _last_known(row: Transaction) -> datetime:
    return row.stopped_at or row.register_at or row.started_at


def _first_of(reports: list[StatusReport], *, started_at: datetime, after: datetime | None) -> int:
    """Returns the index of a transaction's first report: after the last free connector before its start.

    Without one, at its plug-in after the transaction before it (`after`: that one's end), else at its start.
    """
    start = next((index for index, report in enumerate(reports) if report.at >= started_at), len(reports))
    free = [index for index in range(start) if reports[index].status in _FREE]
    if after is None:
        return free[-1] + 1 if free else 0
    if free and reports[free[-1]].at >= after:
        return free[-1] + 1
    plugs = [index for index in range(start) if reports[index].at >= after and reports[index].status in PLUGGED_IN]
    return plugs[-1] if plugs else start


def _opening(session: Session) -> Iterator[Moment]:
    if session.transaction is None or session.audience == "guest":
        yield Moment(
            session.opened_at, "busy", "The session was opened", "Session", contacts.mask_address(session.guest_email)
        )


def _build_decision_moments(decision: Decision) -> Iterator[Moment]:
    accepted = decision.verdict == Decision.Verdict.ACCEPTED
    sentence = "The start was allowed" if accepted else "The start was refused"
    page = reverse("authorization:decision", args=[decision.pk])
    yield Moment(decision.at, "ok" if accepted else "bad", sentence, "Decision", decision.uid, page)


def _transaction(row: Transaction, stop: stops.Stop | None) -> Iterator[Moment]:
    register = f"register at {units.kwh(row.meter_start_wh)} kWh" if row.meter_start_wh is not None else ""
    yield Moment(row.started_at, "busy", "The charger began a transaction", "Transaction", register)
    if row.stopped_at is not None:
        parts = [f"register at {units.kwh(row.meter_stop_wh)} kWh"] if row.meter_stop_wh is not None else []
        parts += [f"reason {row.stop_reason}"] if row.stop_reason else []
        kind: Kind = "warn" if stop and stop.is_stranger else "ok"
        sentence = stop.sentence.rstrip(".") if stop else "The charger ended the transaction"
        yield Moment(row.reported_stop_at or row.stopped_at, kind, sentence, "Transaction", ", ".join(parts))
    elif row.case:
        sentence = stop.sentence.rstrip(".") if stop else row.get_case_display()
        detail = "" if row.came_to_nothing else row.case_detail
        yield Moment(row.register_at or row.started_at, "warn", sentence, "Transaction", detail)


def _build_status_moments(statuses: Sequence[StatusReport]) -> Iterator[Moment]:
    """Yields the statuses, leaving out repeats."""
    last = ""
    for report in statuses:
        if report.status != last:
            yield _state(report.at, report.status, source="Status", error=report.error_code)
        last = report.status


def _state(at: datetime, word: str, *, source: str, error: str = "") -> Moment:
    kind: Kind = "bad" if word == "Faulted" else "ok" if word in {"Available", "Idle"} else "busy"
    detail = f"{word}, {error}" if error not in {"", "NoError"} else word
    return Moment(at, kind, _WORDS.get(word, f"The connector said {word}"), source, detail)


def _hold(hold: Hold) -> Iterator[Moment]:
    amount = money.text(hold.amount_minor, currency=hold.currency)
    card = f"card ending in {hold.last4}" if hold.last4 else ""
    yield Moment(hold.created_at, "busy", _REQUESTED[Hold.Role(hold.role)] % {"amount": amount}, "Payment", card)
    if hold.warned_at is not None:
        yield Moment(hold.warned_at, "warn", reasons.get("hold_nearly_used").title, "Payment", amount)
    if hold.limit_at is not None:
        yield Moment(hold.limit_at, "warn", reasons.get("hold_used_up").title, "Payment", amount)
    if hold.finished_at is not None:
        kind, sentence = _hold_ended(hold, amount=amount)
        yield Moment(hold.finished_at, kind, sentence, "Payment", card)


def _hold_ended(hold: Hold, *, amount: str) -> tuple[Kind, str]:
    state = Hold.State(hold.state)
    match state:
        case Hold.State.CAPTURED:
            captured, released = (
                money.text(minor, currency=hold.currency)
                for minor in (hold.captured_minor, hold.amount_minor - hold.captured_minor)
            )
            return "ok", f"{captured} was captured, {released} released"
        case Hold.State.VOIDED:
            return "ok", f"The hold of {amount} was released"
        case Hold.State.EXPIRED:
            return "warn", f"The hold of {amount} expired"
        case Hold.State.FAILED:
            return "bad", f"The hold was refused: {hold.failure}"
        case Hold.State.AUTHORISING | Hold.State.AUTHORISED | Hold.State.UNKNOWN:
            return "unknown", hold.get_state_display()
        case _:
            assert_never(state)


def _build_rating_moment(rating: Rating) -> Moment:
    amount = money.text(rating.total_minor, currency=rating.currency)
    energy = f"{units.kwh(rating.energy_wh)} kWh"
    if rating.held:
        why = " ".join(str(doubt["evidence"]) for doubt in rating.doubts)
        return Moment(rating.created_at, "warn", f"Held for review, nothing is billed: {why}", "Rating", energy)
    return Moment(rating.created_at, "ok", f"{rating.get_kind_display()} price: {amount}", "Rating", energy)


def _build_ending_moments(session: Session) -> Iterator[Moment]:
    if session.unplugged_at:
        yield Moment(session.unplugged_at, "ok", "The plug was out", "Session")
    if session.settled_at:
        yield Moment(session.settled_at, "ok", "The session was settled", "Session", session.state_reason)
