"""Publishes sessions of roaming drivers for their providers when they differ from what was published."""

from datetime import datetime

from django.db import transaction

from billing.models import RateAssignment, RoamingObject, Session
from billing.pricing.rates import resolver
from billing.roaming.locations import publishing as locations
from billing.roaming.publication import changes, objects
from billing.roaming.publication.objects import PublishedObject
from billing.roaming.sessions import loading, stored_form
from billing.roaming.tariffs import naming
from billing.roaming.tariffs import publishing as tariffs
from chargers.lib import ids


def catch_up(*, now: datetime) -> int:
    """Publishes the sessions noted as changed, after the locations and tariffs that they refer to.

    Returns how many differ.
    """
    tariffs.catch_up(now=now)
    locations.catch_up(now=now)
    with transaction.atomic():
        keys = [key for key in map(ids.read, changes.pop_keys(changes.SESSION)) if key is not None]
        if not keys:
            return 0
        return sum(publish(session, now=now) for session in loading.rows().filter(pk__in=keys).order_by("pk"))


def note_running() -> None:
    """Notes sessions that are charging now, because their energy has risen."""
    running = Session.objects.filter(state=Session.State.CHARGING, audience=RateAssignment.Audience.ROAMING)
    changes.note(changes.SESSION, running.values_list("pk", flat=True))


def publish(session: Session, *, now: datetime) -> bool:
    """Publishes the session. False if nothing differs, or there is nothing to publish."""
    facts = loading.facts_of(session, tariff_id=tariff_of(session))
    if facts is None or not session.host.ocpi_party_id or session.token is None:
        return False
    item = PublishedObject(
        kind=objects.Kind.SESSION,
        host=session.host,
        key=str(session.pk),
        source=str(session.pk),
        body=stored_form.session(facts),
        msp=session.token.msp,
        session_id=session.pk,
    )
    return objects.publish(item, now=now)


def tariff_of(session: Session) -> str:
    """Returns the published tariff's id for its rate at its outlet; may be empty."""
    if session.rate_version is None or session.token is None:
        return ""
    candidates = resolver.holding(
        [session.property], audience=RateAssignment.Audience.ROAMING, at=session.started_at or session.opened_at
    )
    names = naming.of_candidates(candidates)
    own = [candidate for candidate in candidates if candidate.version.rate_id == session.rate_version.rate_id]
    partner_candidates = [candidate for candidate in own if candidate.assignment.msp_id in (None, session.token.msp_id)]
    key = names.tariff_id(partner_candidates[0]) if partner_candidates else ""
    is_published = RoamingObject.objects.filter(kind=objects.Kind.TARIFF, host=session.host, key=key).exists()
    return key if is_published else ""
