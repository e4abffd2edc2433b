"""What is known when a host's people ask for help, as far as they may see it: in the portal, and by the API."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing import access
from billing.models import Payout
from support.context import matching
from support.context.matching import Claim
from support.guest import opening
from support.guest.opening import Known
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import Detail

_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the question is about, by its id; empty: not named."""

    charger: str = ""
    session: uuid.UUID | None = None
    payout: uuid.UUID | None = None


def known(viewer: Viewer, about: About, *, email: str) -> Known:
    """Of what is not seen nothing is known."""
    found = _of(viewer, about)
    details = {Detail.ACCOUNT_EMAIL: email} | found.details
    places = list(people.properties(viewer).filter(closed_at=None).select_related("host")[:2])
    if found.facts.property is None and len(places) == 1 and found.facts.payout is None:
        details |= {Detail.PROPERTY: places[0].name}
        return Known(Facts(host=places[0].host, property=places[0]), details)
    return Known(found.facts, details)


def _of(viewer: Viewer, about: About) -> Known:
    chargers = people.chargers(viewer).select_related("property__host")
    if about.session is not None:
        rows = access.sessions(viewer).select_related("charger__property__host", "property", "host", "driver__user")
        if (session := rows.filter(pk=about.session).first()) is not None:
            known = opening.of_session(session)
            details = dict(known.details)
            details.pop(Detail.ACCOUNT_EMAIL, None)
            return Known(replace(known.facts, proof=Ticket.Proof.MEMBER), details)
    if (charger := chargers.filter(charger_id=about.charger).first()) is not None:
        return opening.of_charger(charger)
    if about.payout is not None:
        payout = access.payouts(viewer).select_related("host", "property").filter(pk=about.payout).first()
        if payout is not None:
            return _of_payout(payout)
    return Known()


def _of_payout(payout: Payout) -> Known:
    place = payout.property.name if payout.property else payout.host.name
    facts = Facts(host=payout.host, property=payout.property, payout=payout)
    return Known(facts, {Detail.PROPERTY: place, Detail.PAYOUT_ID: payout.label})


def completed(known: Known, given: dict[Detail, str], *, viewer: Viewer, now: datetime) -> Facts:
    """With the station, property, payout and session that were named, among those the viewer may see, and the only
    host there is."""
    facts = _placed(known.facts, given, viewer=viewer)
    if facts.payout is None and (label := given.get(Detail.PAYOUT_ID, "")):
        facts = _with_payout(facts, label, viewer=viewer)
    if facts.session is None and Detail.ATTEMPTED_AT in given:
        facts = _with_session(facts, given, viewer=viewer, now=now)
    return facts


def _with_payout(facts: Facts, label: str, *, viewer: Viewer) -> Facts:
    number = label.strip().upper().removeprefix("P-")
    if not number.isdecimal() or len(number) > _DIGITS:
        return facts
    rows = access.payouts(viewer).select_related("host", "property").filter(number=int(number))
    found = list(rows[:2])
    return replace(facts, payout=found[0], host=found[0].host) if len(found) == 1 else facts


def _with_session(facts: Facts, given: dict[Detail, str], *, viewer: Viewer, now: datetime) -> Facts:
    """The only session at that time and place, where amount and card do not speak against it."""
    claim = Claim(
        charger=facts.charger,
        property=facts.property,
        at=matching.moment(given[Detail.ATTEMPTED_AT], place=facts.property),
        amount=Decimal(given[Detail.AMOUNT]) if Detail.AMOUNT in given else None,
        last4=given.get(Detail.LAST4, ""),
    )
    near = [one for one in matching.sessions(claim, now=now) if "time" in one.agreeing and not one.differs]
    seen = set(access.sessions(viewer).filter(pk__in=[one.session.pk for one in near]).values_list("pk", flat=True))
    found = [one.session for one in near if one.session.pk in seen]
    if len(found) != 1:
        return facts
    return replace(facts, charger=found[0].charger, session=found[0], proof=Ticket.Proof.MEMBER)


def _placed(facts: Facts, given: dict[Detail, str], *, viewer: Viewer) -> Facts:
    if facts.charger is None and (station := given.get(Detail.CHARGER_ID, "")):
        rows = people.chargers(viewer).select_related("property__host").filter(station_id__iexact=station)
        if (charger := rows.first()) is not None:
            facts = opening.of_charger(charger).facts
    if facts.property is None and (name := given.get(Detail.PROPERTY, "")):
        place = people.properties(viewer).select_related("host").filter(name__iexact=name).first()
        if place is not None:
            facts = replace(facts, host=place.host, property=place)
    is_agent = getattr(viewer, "is_agent", False)
    hosts = list(people.hosts_with(viewer, Right.SEE)[:2]) if facts.host is None and not is_agent else []
    return replace(facts, host=hosts[0]) if len(hosts) == 1 else facts
