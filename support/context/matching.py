"""Finds the session that a person means, by place, time, amount, card and address, and how certain the match is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import DurationField, ExpressionWrapper, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Abs, Coalesce, Extract

from billing.engine.values import money as values
from billing.formatting.money import money
from billing.models import Hold, Rating, Receipt, Session
from chargers.lib import ids
from chargers.models import Charger, Property
from support.models import Ticket
from support.topics.details import Detail

_NEAR: Final = timedelta(hours=1)
_SAME: Final = timedelta(minutes=5)
_A_DAY: Final = timedelta(days=1)
_AROUND: Final = timedelta(hours=12)
_WITHOUT_TIME: Final = timedelta(days=60)
_MAX_LOOKED_AT: Final = 200
_MAX_SHOWN: Final = 3


class Certainty(StrEnum):
    """How certain the match is; the value is the word that pages show."""

    CERTAIN = "Certain"
    LIKELY = "Likely"
    POSSIBLE = "Possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a person states about a session.

    `at`: about when, aware; with `is_day`, the beginning of that day. `document`: the number of its receipt, or its own
    id. `amount`: in major units of the session's currency.
    """

    charger: Charger | None = None
    property: Property | None = None
    at: datetime | None = None
    is_day: bool = False
    document: str = ""
    amount: Decimal | None = None
    last4: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A session that may be meant. `agrees`, `beside` and `differs` are parts of sentences.

    `beside`: what is similar, but not the same. `off`: between the stated time and the session's.
    """

    session: Session
    certainty: Certainty
    agrees: tuple[str, ...]
    differs: tuple[str, ...]
    agreeing: frozenset[str]
    beside: tuple[str, ...] = ()
    off: timedelta = timedelta()

    @property
    def sentence(self) -> str:
        """Returns `Likely: 14:04, 13 min later; the amount of $9.00 agrees, but it was paid with another card.`"""
        parts = [*self.beside]
        if self.agrees:
            parts.append(f"{_join_parts(self.agrees)} agree{'s' if len(self.agrees) == 1 else ''}")
        text = f"{self.certainty}: {'; '.join(parts)}"
        return f"{text}, but {_join_parts(self.differs)}." if self.differs else f"{text}."


def of_ticket(ticket: Ticket) -> list[Match]:
    """Returns the sessions that the ticket's details may mean, best match first. Four queries at most."""
    details = dict(ticket.details.values_list("code", "value"))
    claim = Claim(
        charger=ticket.charger,
        property=ticket.property,
        at=moment(details.get(Detail.ATTEMPTED_AT, ""), property_=ticket.property),
        is_day=is_day(details.get(Detail.ATTEMPTED_AT, "")),
        document=details.get(Detail.DOCUMENT, ""),
        amount=Decimal(details[Detail.AMOUNT]) if Detail.AMOUNT in details else None,
        last4=details.get(Detail.LAST4, ""),
        email=ticket.email,
    )
    return sessions(claim, now=ticket.opened_at)


def moment(text: str, *, property_: Property | None) -> datetime | None:
    """Reads a typed moment, in the place's time zone (UTC if unknown)."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(property_.time_zone if property_ else "UTC"))


def is_day(text: str) -> bool:
    """Whether the text names a day without a time."""
    return len(text) == len("2026-03-10")


def sessions(claim: Claim, *, now: datetime) -> list[Match]:
    """Returns the best matches among sessions begun by `now`, when the claim was written. Three queries at most.

    Without a place, sessions are found only by address.
    """
    rows = _candidates(claim, now=now)
    if rows is None:
        return []
    prices = Prefetch("ratings", Rating.objects.order_by("-id"), to_attr="newest_ratings")
    paid = Prefetch("holds", Hold.objects.exclude(state=Hold.State.FAILED), to_attr="paid_by")
    loaded = rows.select_related("charger__property", "property").prefetch_related(prices, paid)
    candidates = [
        _match(session, claim) for session in _sort_by_nearness(loaded, _claim_midpoint(claim))[:_MAX_LOOKED_AT]
    ]
    matches = sorted((match for match in candidates if match is not None), key=_rank)
    return matches[:_MAX_SHOWN]


def find_proven_session(claim: Claim, *, now: datetime) -> Session | None:
    """Returns the session that the last four digits, with its time or receipt number, prove to be theirs; else None."""
    if (claim.at is None and not claim.document) or not claim.last4:
        return None
    needed = "document" if claim.document else "time"
    matches = [match for match in sessions(claim, now=now) if {needed, "card"} <= match.agreeing]
    return matches[0].session if len(matches) == 1 else None


def list_by_document(document: str) -> QuerySet[Session]:
    """Returns the session with this id, or those with this receipt or credit note number, unique only per host."""
    if (key := ids.read(document)) is not None:
        return Session.objects.filter(pk=key)
    series, _dash, number = document.partition("-")
    if not number.isdecimal():
        return Session.objects.none()
    receipts = Receipt.objects.filter(series=series, number=int(number))
    return Session.objects.filter(pk__in=receipts.values("session"))


def _claim_midpoint(claim: Claim) -> datetime | None:
    return claim.at + _A_DAY / 2 if claim.at and claim.is_day else claim.at


def _candidates(claim: Claim, *, now: datetime) -> QuerySet[Session] | None:
    """Returns the sessions of the time and the place, found by an index."""
    if claim.document:
        rows = list_by_document(claim.document)
        return rows.filter(property=claim.property) if claim.property is not None else rows
    rows = Session.objects.all()
    if claim.charger is not None:
        rows = rows.filter(charger=claim.charger)
    elif claim.property is not None:
        rows = rows.filter(property=claim.property, host=claim.property.host_id)
    elif claim.email:
        rows = rows.filter(guest_email=claim.email.lower())
    else:
        return None
    begin, end = (claim.at - _AROUND, _claim_end(claim, claim.at) + _AROUND) if claim.at else (now - _WITHOUT_TIME, now)
    has_started = Q(started_at__lte=now) | Q(started_at=None, opened_at__lte=now)
    return rows.filter(has_started, id__gte=ids.floor(begin - _AROUND), id__lt=ids.floor(end))


def _claim_end(claim: Claim, at: datetime) -> datetime:
    """Returns the end of the stated time: for a day, its last moment."""
    return at + _A_DAY if claim.is_day else at


def _sort_by_nearness(rows: QuerySet[Session], at: datetime | None) -> QuerySet[Session]:
    """Returns the newest sessions first or, for a stated time, the nearest to it."""
    if at is None:
        return rows.order_by("-id")
    start_time = Coalesce("started_at", "opened_at")
    seconds = Extract(ExpressionWrapper(start_time - Value(at), output_field=DurationField()), "epoch")
    return rows.order_by(Abs(seconds), "-id")


def _match(session: Session, claim: Claim) -> Match | None:
    agrees: dict[str, str] = {}
    differs: list[str] = []
    for name, agreement in (
        ("document", (True, f"the number {claim.document}") if claim.document else None),
        ("time", _time(session, claim)),
        ("amount", _amount(session, claim.amount)),
        ("card", _card(session, claim.last4)),
        ("address", _address(session, claim.email)),
    ):
        if agreement is not None:
            does_agree, words = agreement
            if does_agree:
                agrees[name] = words
            else:
                differs.append(words)
    certainty = _certainty(frozenset(agrees), is_contradicted=bool(differs))
    if certainty is None:
        return None
    time_gap = _time_gap(session, claim)
    is_near = claim.at is not None and not claim.is_day and _SAME < time_gap <= _NEAR
    gap_note = _describe_time_gap(session, claim.at) if is_near and claim.at else ""
    if gap_note:
        del agrees["time"]
    return Match(
        session=session,
        certainty=certainty,
        agrees=tuple(agrees.values()),
        differs=tuple(differs),
        beside=(gap_note,) if gap_note else (),
        off=time_gap,
        agreeing=frozenset(agrees) | (frozenset({"time"}) if gap_note else frozenset()),
    )


def _certainty(agreeing: frozenset[str], *, is_contradicted: bool) -> Certainty | None:
    """Returns how certain the match is.

    A person is known by card or address, a session by time, amount or document. Both together, with nothing against
    them, are certain.
    """
    is_person = bool(agreeing & {"card", "address"})
    is_session = bool(agreeing & {"time", "amount", "document"})
    if not agreeing:
        return None
    if is_person and is_session and not is_contradicted:
        return Certainty.CERTAIN
    if len(agreeing) >= 2:
        return Certainty.LIKELY
    return Certainty.POSSIBLE


def _rank(match: Match) -> tuple[int, int, int, timedelta, int]:
    order = (Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE)
    return (order.index(match.certainty), -len(match.agreeing), len(match.differs), match.off, -match.session.pk.int)


def _time(session: Session, claim: Claim) -> tuple[bool, str] | None:
    if claim.at is None:
        return None
    start_time = session.started_at or session.opened_at
    if _time_gap(session, claim) <= (timedelta() if claim.is_day else _NEAR):
        return True, f"the time ({_clock(start_time, session)})"
    return False, f"it began at {_clock(start_time, session)}"


def _time_gap(session: Session, claim: Claim) -> timedelta:
    """Returns how far the stated time is from the session; zero within it, or on the stated day."""
    if claim.at is None:
        return timedelta()
    at = claim.at
    start_time = session.started_at or session.opened_at
    ended = session.unplugged_at or session.stopped_at or start_time
    return max(start_time - _last(claim, at), at - ended, timedelta())


def _last(claim: Claim, at: datetime) -> datetime:
    """Returns the last moment that counts. A session that begins at midnight belongs to the next day."""
    return _claim_end(claim, at) - timedelta.resolution if claim.is_day else at


def _describe_time_gap(session: Session, at: datetime) -> str:
    """Returns `14:04, 13 min later`: the session's time nearest to the stated one."""
    start_time = session.started_at or session.opened_at
    minutes = round(_time_gap(session, Claim(at=at)).total_seconds() / 60)
    if start_time > at:
        return f"it began at {_clock(start_time, session)}, {minutes} min later"
    return f"it began at {_clock(start_time, session)}, and had ended {minutes} min before"


def _amount(session: Session, amount: Decimal | None) -> tuple[bool, str] | None:
    rating = _newest(session)
    if amount is None or rating is None:
        return None
    claimed = values.exact_minor(amount, currency=rating.currency)
    charged_amounts = {rating.total_minor, *(hold.captured_minor for hold in _list_holds(session))}
    held_amounts = {hold.amount_minor for hold in _list_holds(session)}
    amount_text = money(rating.total_minor, rating.currency)
    if claimed in charged_amounts:
        return True, f"the amount of {amount_text}"
    if claimed in held_amounts:
        return False, f"the amount is what was held, {amount_text} was charged"
    return False, f"{amount_text} was charged"


def _card(session: Session, last4: str) -> tuple[bool, str] | None:
    endings = {hold.last4 for hold in _list_holds(session) if hold.last4}
    if not last4 or not endings:
        return None
    if last4 in endings:
        return True, f"the card ending in {last4}"
    return False, f"it was paid with the card ending in {' and '.join(sorted(endings))}"


def _address(session: Session, email: str) -> tuple[bool, str] | None:
    if not email or session.guest_email.lower() != email.lower():
        return None
    return True, "the e-mail address"


def _newest(session: Session) -> Rating | None:
    ratings: Sequence[Rating] = session.newest_ratings  # type: ignore[attr-defined]
    return ratings[0] if ratings else None


def _list_holds(session: Session) -> Sequence[Hold]:
    holds: Sequence[Hold] = session.paid_by  # type: ignore[attr-defined]
    return holds


def _clock(at: datetime, session: Session) -> str:
    return f"{at.astimezone(ZoneInfo(session.property.time_zone)):%-d %b, %H:%M}"


def _join_parts(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
