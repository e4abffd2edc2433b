"""Handles a session whose cost approaches its hold: notifies the guest, holds more, or stops charging."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from authorization.decide import reasons
from authorization.decide.reasons import Reason
from billing.engine.reports.report import PriceReport
from billing.formatting.money import kwh, money
from billing.models import Hold, Session
from billing.sessions.documents import outbox
from billing.sessions.holds import hold_amount, holds

_MAX_EXTENSIONS = 3
"""After so many extensions charging ends, because a cost so far above the estimate needs the guest's attention."""


def reason(session: Session, holds: Iterable[Hold]) -> Reason | None:
    """Returns why the hold matters to this session now: its cost is near the hold, or charging was stopped by it; else
    None.
    """
    valid_holds = [hold for hold in holds if hold.state != Hold.State.FAILED]
    main = next((hold for hold in reversed(valid_holds) if hold.role == Hold.Role.MAIN), None)
    if main is None:
        return None
    if main.limit_at is not None:
        return reasons.get("hold_used_up")
    is_extended = any(hold.role == Hold.Role.EXTENSION and hold.state == Hold.State.AUTHORISED for hold in valid_holds)
    if main.warned_at is None or is_extended or session.state != Session.State.CHARGING:
        return None
    return _near_limit_reason(session, main)


def warn(session: Session, *, cost: PriceReport, held_minor: int, now: datetime) -> None:
    """Warns the guest on the session's page, and by mail if an address is known, once."""
    with transaction.atomic():
        main = _main(session)
        if main.filter(warned_at=None).update(warned_at=now):
            _write(session, main.latest("created_at"), cost=cost, held_minor=held_minor, now=now)


def note_stop(session: Session, *, now: datetime) -> None:
    """Records that the charger was stopped, for the guest's page and the session's timeline."""
    _main(session).filter(limit_at=None).update(limit_at=now)


def extend_if_allowed(session: Session, *, now: datetime) -> bool:
    """Holds the same amount once more, if the policy allows it and the guest agreed. False if nothing more was held.

    Must not be called inside a database transaction: it calls the card processor.
    """
    main = _main(session).filter(state=Hold.State.AUTHORISED).first()
    extension_count = Hold.objects.filter(
        session=session, role=Hold.Role.EXTENSION, state=Hold.State.AUTHORISED
    ).count()
    if main is None or extension_count >= _MAX_EXTENSIONS or not hold_amount.extends(session.property):
        return False
    extension = holds.extend(main, now=now)
    return extension is not None and extension.state == Hold.State.AUTHORISED


def _near_limit_reason(session: Session, main: Hold) -> Reason:
    extends = bool(main.card_ref) and hold_amount.extends(session.property)
    return reasons.get("hold_extends_soon" if extends else "hold_nearly_used")


def _write(session: Session, main: Hold, *, cost: PriceReport, held_minor: int, now: datetime) -> None:
    why, values = (
        _near_limit_reason(session, main),
        {"place": session.property.name, "station": session.charger.station_id},
    )
    with translation.override(outbox.language_of(session)):
        values["used"], values["held"] = (money(minor, main.currency) for minor in (cost.total_minor, held_minor))
        values |= {"energy": kwh(cost.energy_wh), "last4": main.last4 or "????"}
        used = gettext(
            "Your car has taken %(energy)s kWh at %(place)s, station %(station)s. That costs %(used)s; %(held)s are "
            "held on your card ending %(last4)s."
        )
        subject = gettext("%(place)s: %(used)s of the %(held)s on your card are used") % values
        parts = [used % values, gettext(why.guest.meaning), *(gettext(step.text) for step in why.guest.next_steps)]
        text = "\n\n".join([*parts, gettext("Your session, with the button that stops it:")])
    outbox.queue_for_session(session, key=f"session:{session.pk}:limit", subject=subject, text=text, now=now)


def _main(session: Session) -> QuerySet[Hold]:
    return Hold.objects.filter(session=session, role=Hold.Role.MAIN).exclude(state=Hold.State.FAILED)
