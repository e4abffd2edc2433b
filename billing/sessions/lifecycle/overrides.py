"""Sessions that support starts: who pays, within which limits, and until when they may begin.

The price depends on who pays. A guest's own hold is captured as usual. What the host gives has no rate, so nothing is
billed. What the platform gives is priced as a guest's, and its credit note refunds all of it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from authorization.identifiers import uids
from billing.models import Hold, Override, RateAssignment, RateVersion, Session
from billing.pricing.rates import resolver
from billing.sentences.sessions import SessionCode
from billing.sessions.lifecycle import lifecycle, outlets
from chargers.lib import ids
from chargers.models import Charger, Transaction
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

Payer = Override.Payer
Limit = Override.Limit
State = Session.State
TAKEN: Final = "That connector is taken: somebody charges there, has paid, or has reserved it."
_MONEY_PCT: Final = 95
"""Percentage of the platform's limit at which charging ends: a little early, as with a hold."""


class OverrideError(Exception):
    """The session cannot be started; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRequest:
    """An override as ordered.

    `paid`: the guest's session whose hold pays. `most_minor`: the most that the platform pays.
    """

    charger: Charger
    evse_number: int
    payer: Override.Payer
    most_wh: int
    most: timedelta
    starts_before: datetime
    reason: str
    ticket: str = ""
    paid: Session | None = None
    most_minor: int | None = None
    email: str = ""
    language: str = ""


def rate_of(request: OverrideRequest, *, now: datetime) -> tuple[RateVersion | None, Sentences]:
    """Returns the rate that prices the session, and why. Raises OverrideError if the platform has no price to pay."""
    if request.payer is Payer.HOST:
        return None, stored.build_sentence(SessionCode.HOST_GIVES)
    resolved = resolver.resolve(
        request.charger,
        driver=resolver.Payer(audience=RateAssignment.Audience.GUEST, evse_number=request.evse_number),
        at=now,
    )
    if resolved.version is None:
        raise OverrideError("Guests have no rate at this charger, so that there is no price to pay: let the host pay.")
    return resolved.version, resolved.why


def order(request: OverrideRequest, *, by: str, now: datetime) -> Session:
    """Opens the session that waits for its start, with its limits. Call it in a transaction. Raises OverrideError."""
    session = _get_held_session(request, now=now) if request.payer is Payer.GUEST else _create_session(request, now=now)
    try:
        with transaction.atomic():
            Override.objects.create(
                session=session,
                payer=request.payer,
                most_wh=request.most_wh,
                most_s=int(request.most.total_seconds()),
                most_minor=request.most_minor,
                starts_before=request.starts_before,
                ordered_by=by[:150],
                reason=request.reason,
                ticket=request.ticket,
                ordered_at=now,
            )
    except IntegrityError as exc:
        raise OverrideError("Support has started this session already.") from exc
    return session


def _get_held_session(request: OverrideRequest, *, now: datetime) -> Session:
    """Returns the guest's own session, which waits with its money held."""
    paid = request.paid
    main_holds = Hold.objects.filter(session=paid, role=Hold.Role.MAIN, state=Hold.State.AUTHORISED)
    if paid is None or not main_holds.exists():
        raise OverrideError("No money is held for the ticket’s session: the host or the platform pays, or nobody.")
    waiting = Session.objects.filter(pk=paid.pk, state=State.WAITING, charger=request.charger)
    if not waiting.update(expires_at=request.starts_before):
        raise OverrideError("The guest’s session does not wait for its start any more.")
    paid.refresh_from_db()
    return paid


def _create_session(request: OverrideRequest, *, now: datetime) -> Session:
    if outlets.is_taken(request.charger.pk, request.evse_number, now=now):
        raise OverrideError(TAKEN)
    version, why = rate_of(request, now=now)
    facts: dict[str, Any] = {"guest_email": request.email.lower(), "guest_language": request.language[:2]}
    try:
        with transaction.atomic():
            return Session.objects.create(
                id=ids.generate(now=now),
                secret=secrets.token_urlsafe(24),
                host_id=request.charger.property.host_id,
                property_id=request.charger.property_id,
                charger=request.charger,
                evse_number=request.evse_number,
                audience=RateAssignment.Audience.GUEST,
                id_token=f"{uids.GUEST_PREFIX}{secrets.token_hex(7).upper()}",
                rate_version=version,
                rate_sentences=why,
                state=State.WAITING,
                opened_at=now,
                expires_at=request.starts_before,
                outlet_taken_at=now,
                **(facts if request.payer is Payer.PLATFORM else {}),
            )
    except IntegrityError as exc:
        raise OverrideError("Another guest paid for that connector a moment before.") from exc


def running() -> QuerySet[Override]:
    """Returns overrides that are charging, including those that a stop had no effect on."""
    rows = Override.objects.filter(session__state=State.CHARGING)
    return rows.select_related(
        "session__charger",
        "session__property",
        "session__transaction",
        "session__rate_version__rate",
        "session__driver__user",
    )


def find_reached_limit(override: Override, *, now: datetime) -> Override.Limit:
    """Returns the limit that is reached, or Limit.NONE."""
    session, row = override.session, _find_metered_transaction(override)
    began = session.started_at or session.opened_at
    if now - began >= timedelta(seconds=override.most_s):
        return Limit.TIME
    if row is not None and (row.register_wh or 0) - (row.meter_start_wh or 0) >= override.most_wh:
        return Limit.ENERGY
    if override.most_minor is not None:
        cost = lifecycle.running_cost(session, now=now)
        if cost is not None and cost.total_minor * 100 >= override.most_minor * _MONEY_PCT:
            return Limit.MONEY
    return Limit.NONE


def _find_metered_transaction(override: Override) -> Transaction | None:
    """Returns the transaction once both its first and its current register are known."""
    row = override.session.transaction
    return None if row is None or row.register_wh is None or row.meter_start_wh is None else row


def note_limit(override: Override, limit: Override.Limit, *, now: datetime) -> None:
    """Records the first limit reached.

    What someone other than the guest pays for ends here, even if the car stays plugged in.
    """
    Override.objects.filter(pk=override.pk, limit=Limit.NONE).update(limit=limit, limit_at=now)
    if override.payer != Payer.GUEST:
        Session.objects.filter(pk=override.session_id, billed_until=None).update(billed_until=now)


def end_with_charging() -> int:
    """Ends the bill of sessions that the platform pays for when charging stops: it pays for no idle time."""
    ended = Session.objects.filter(
        Q(stopped_at__isnull=False), state=State.STOPPED, billed_until=None, override__payer=Payer.PLATFORM
    )
    return int(ended.update(billed_until=F("stopped_at")))


def stop_billing(session: Session, *, now: datetime) -> bool:
    """Bills nothing after this moment, although charging continues.

    False if the session has ended, or this was done before.
    """
    live = Session.objects.filter(pk=session.pk, state__in=(State.CHARGING, State.STOPPED), billed_until=None)
    return bool(live.exclude(ratings__kind="final").update(billed_until=now))
