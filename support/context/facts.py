"""The facts that a ticket's page shows, loaded in a bounded number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from authorization.decide import reasons
from authorization.insight import stops
from authorization.models import Decision, PmsConnection, Stay
from billing.formatting import pasted_values, rating_reasons
from billing.models import Hold, Payout, Rating, Receipt, Refund, Session
from billing.sessions.refunds import suggestions
from billing.sessions.refunds.suggestions import Suggestion as RefundSuggestion
from chargers.fleet import condition
from chargers.fleet.condition import Condition
from chargers.lib import ids
from chargers.models import Charger, Connector, FailedHandshake, StatusReport
from support.context import host_settings, matching
from support.context.host_settings import Setting
from support.context.matching import Match
from support.diagnosis import presentation
from support.diagnosis.presentation import Diagnosis
from support.models import Ticket
from support.tickets import lifecycle
from support.topics import catalogue
from support.topics.details import Detail

_DIAGNOSED: Final = frozenset({1, 2, 4, 9})
_PROPERTY_SYSTEMS: Final = 8
_ATTEMPTS: Final = 5
_FAULTS: Final = 5
_SIMILAR: Final = 5
_RECENT: Final = timedelta(days=14)
_TRIED_NEAR: Final = timedelta(days=2)
_FAULTY: Final = ("Faulted", "Unavailable")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision at the charger; `title` is the reason's title in the catalogue."""

    decision: Decision
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMoney:
    """What a session cost, what was held and refunded, and what may be worth refunding."""

    rating: Rating | None
    receipt: Receipt | None
    holds: Sequence[Hold]
    refunds: Sequence[Refund]
    suggested: Sequence[RefundSuggestion]

    @property
    def doubts(self) -> Sequence[str]:
        """Why the session is held for review."""
        return (
            [str(explanation) for explanation in rating_reasons.hold_reasons(self.rating.doubts)] if self.rating else []
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that is known about a ticket when its page is opened."""

    ticket: Ticket
    charger: Charger | None
    condition: Condition | None
    connectors: Sequence[Connector]
    attempts: Sequence[Attempt]
    matches: Sequence[Match]
    session: Session | None
    stop: stops.Stop | None
    diagnosis: Diagnosis | None
    money: SessionMoney | None
    faults: Sequence[StatusReport]
    handshakes: Sequence[FailedHandshake]
    stay: Stay | None
    systems: Sequence[PmsConnection]
    payout: Payout | None
    similar: Sequence[Ticket]
    linked: Sequence[Ticket]
    settings: Sequence[Setting] = ()
    if_likely: "Context | None" = None
    """The context as if the one likely session were meant; None if the session is known, or several are likely."""


def load(ticket: Ticket, *, now: datetime) -> Context:
    """Loads the context. At most 42 queries, however much there is."""
    matches = [] if ticket.session_id else matching.of_ticket(ticket)
    session = _session(ticket, matches)
    charger = ticket.charger or (session.charger if session else None)
    connectors = _connectors(charger)
    context = Context(
        ticket=ticket,
        charger=charger,
        condition=condition.of_charger(charger, connectors) if charger else None,
        connectors=connectors,
        attempts=_attempts(ticket, charger),
        matches=matches,
        session=session,
        stop=None,
        diagnosis=_diagnose_charger(ticket, charger, now=now) if session is None else None,
        money=None,
        faults=_faults(charger, now=now),
        handshakes=_handshakes(charger, now=now),
        stay=_stay(ticket, now=now),
        systems=_systems(ticket, charger),
        payout=_payout(ticket),
        similar=_find_similar_tickets(ticket, charger, now=now),
        linked=lifecycle.list_linked_tickets(ticket),
    )
    context = replace(context, settings=host_settings.list_settings(ticket, charger, session, now=now))
    if session is not None:
        return _add_session(context, session, now=now)
    likely = _load_session(_find_only_session_key(matches, matching.Certainty.LIKELY))
    return replace(context, if_likely=_add_session(context, likely, now=now) if likely else None)


def _diagnose_charger(ticket: Ticket, charger: Charger | None, *, now: datetime) -> Diagnosis | None:
    """Returns why the charger is offline, if the ticket may be about that."""
    return (
        presentation.of_charger(charger, now=now)
        if charger is not None and ticket.topic in catalogue.CHARGING
        else None
    )


def _add_session(context: Context, session: Session, *, now: datetime) -> Context:
    """Adds what is known of the session."""
    return replace(
        context,
        session=session,
        charger=context.charger or session.charger,
        stop=stops.explain(session.transaction) if session.transaction else None,
        diagnosis=presentation.for_staff(session, now=now) if context.ticket.topic in _DIAGNOSED else None,
        money=_money(session),
    )


def _find_only_session_key(matches: Sequence[Match], certainty: matching.Certainty) -> UUID | None:
    """Returns the session of the only match with this certainty; None if there are several, or none."""
    keys = [match.session.pk for match in matches if match.certainty is certainty]
    return keys[0] if len(keys) == 1 else None


def _session(ticket: Ticket, matches: Sequence[Match]) -> Session | None:
    """Returns the ticket's own session, else the one certain match."""
    return _load_session(ticket.session_id or _find_only_session_key(matches, matching.Certainty.CERTAIN))


def _load_session(key: UUID | None) -> Session | None:
    if key is None:
        return None
    sessions = Session.objects.select_related(
        "charger__property__host", "property", "host", "transaction__charger__property", "rate_version__rate"
    )
    return sessions.filter(pk=key).first()


def _connectors(charger: Charger | None) -> Sequence[Connector]:
    if charger is None:
        return []
    rows = condition.connectors().filter(evse__charger=charger).select_related("evse")
    return list(rows.order_by("evse__number", "number")[:20])


def _attempts(ticket: Ticket, charger: Charger | None) -> Sequence[Attempt]:
    """Returns the attempts around the ticket; while it is open and about charging, also later ones."""
    if charger is None:
        return []
    rows = Decision.objects.filter(charger=charger, id__gte=ids.floor(ticket.opened_at - _TRIED_NEAR))
    if ticket.topic not in catalogue.CHARGING or ticket.state not in Ticket.LIVE:
        rows = rows.filter(at__lte=ticket.opened_at)
    return [Attempt(decision, _title(decision)) for decision in rows.order_by("-id")[:_ATTEMPTS]]


def _title(decision: Decision) -> str:
    reason = reasons.CATALOGUE.get(decision.reason)
    return reason.title if reason else decision.reason or "Accepted"


def _money(session: Session) -> SessionMoney:
    receipts = list(session.receipts.select_related("rating").order_by("id"))
    bill_kinds = (Receipt.Kind.RECEIPT, Receipt.Kind.CORRECTION)
    first = next((receipt for receipt in receipts if receipt.kind == Receipt.Kind.RECEIPT), None)
    if first is not None:
        first.session = session
    return SessionMoney(
        rating=session.ratings.order_by("-id").first(),
        receipt=next((receipt for receipt in reversed(receipts) if receipt.kind in bill_kinds), None),
        holds=list(session.holds.order_by("id")),
        refunds=list(Refund.objects.filter(receipt__session=session).select_related("credit_note").order_by("id")),
        suggested=suggestions.suggest(first) if first else [],
    )


def _faults(charger: Charger | None, *, now: datetime) -> Sequence[StatusReport]:
    if charger is None:
        return []
    rows = StatusReport.objects.filter(charger=charger, status__in=_FAULTY, at__gt=now - _RECENT)
    return list(rows.order_by("-at", "-id")[:_FAULTS])


def _handshakes(charger: Charger | None, *, now: datetime) -> Sequence[FailedHandshake]:
    if charger is None or charger.is_online():
        return []
    rows = FailedHandshake.objects.filter(charger=charger, at__gt=now - _RECENT)
    return list(rows.order_by("-at")[:3])


def _stay(ticket: Ticket, *, now: datetime) -> Stay | None:
    """Returns the current or nearest stay of the person who asks."""
    if not ticket.email:
        return None
    rows = Stay.objects.filter(guest_email__iexact=ticket.email, departs_at__gt=now - _RECENT, cancelled_at=None)
    if ticket.host_id:
        rows = rows.filter(property__host=ticket.host_id)
    return rows.select_related("property", "unit").order_by("arrives_at").first()


def _systems(ticket: Ticket, charger: Charger | None) -> Sequence[PmsConnection]:
    """Returns the property systems of the host who asks about one, failing first, with `unmapped` listings counted."""
    host = ticket.host_id or (charger.property.host_id if charger else None)
    if ticket.topic != _PROPERTY_SYSTEMS or host is None:
        return []
    rows = PmsConnection.objects.filter(host=host).annotate(
        unmapped=Count("listings", filter=Q(listings__property=None))
    )
    return list(rows.order_by("failing_since", "name")[:_SIMILAR])


def _find_similar_tickets(ticket: Ticket, charger: Charger | None, *, now: datetime) -> Sequence[Ticket]:
    """Returns other tickets of the same person or charger, live ones first."""
    same = Q(pk__in=[])
    if ticket.email:
        same |= Q(email=ticket.email)
    if charger is not None:
        same |= Q(charger=charger)
    rows = Ticket.objects.filter(same, opened_at__gt=now - 4 * _RECENT, merged_into=None).exclude(pk=ticket.pk)
    return sorted(rows.order_by("-id")[:_SIMILAR], key=lambda other: other.state not in Ticket.LIVE)


def _payout(ticket: Ticket) -> Payout | None:
    """Returns the ticket's own payout, else the host's one that the details name."""
    if ticket.payout is not None or ticket.host_id is None:
        return ticket.payout
    payout_detail = ticket.details.filter(code=Detail.PAYOUT_ID).first()
    ones = (
        [pasted_values.read(payout_detail.value), *pasted_values.fragments(payout_detail.value)]
        if payout_detail
        else []
    )
    numbers = [detail.payout_number for detail in ones if detail.payout_number is not None]
    keys = [detail.identifier for detail in ones if detail.identifier is not None]
    if not numbers and not keys:
        return None
    rows = Payout.objects.filter(Q(number__in=numbers) | Q(pk__in=keys), host=ticket.host_id)
    return rows.select_related("host").order_by("-id").first()
