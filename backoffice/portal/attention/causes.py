"""Collects what needs a person, cause by cause."""

from dataclasses import dataclass
from datetime import datetime

from authorization.insight import refusals
from authorization.people import access as people
from authorization.people.access import Viewer
from backoffice.portal.attention import charger_causes, connection_causes, incident_causes, money_causes
from backoffice.portal.attention.cause import Cause


@dataclass(frozen=True, slots=True)
class FoundCauses:
    """All causes, and how many groups of refusals were not checked."""

    causes: list[Cause]
    more_refusals: int


def for_viewer(viewer: Viewer, *, now: datetime, most_refusals: int) -> FoundCauses:
    """Returns all causes for this viewer, unordered.

    Twenty-three queries, and those for resolved refusals and for hosts whose payouts wait.
    """
    chargers = people.chargers(viewer).filter(retired_at=None).select_related("property", "licence")
    standing = refusals.list_repeated(people.decisions(viewer), now=now, limit=most_refusals)
    causes = [
        *charger_causes.offline(chargers, now=now),
        *charger_causes.find_faults(chargers),
        *charger_causes.used_twice(chargers, now=now),
        *charger_causes.repeated_refusals(standing),
        *charger_causes.power(chargers),
        *money_causes.money(viewer),
        *connection_causes.requests(viewer),
        *connection_causes.joins(viewer),
        *connection_causes.data_grants(viewer, now=now),
        *money_causes.payouts(viewer),
        *money_causes.payees(viewer, now=now),
        *connection_causes.webhooks(viewer),
        *connection_causes.property_systems(viewer),
        *connection_causes.listings(viewer),
        *charger_causes.ending_certificates(chargers, now=now),
        *charger_causes.ending_licences(chargers, now=now),
        *incident_causes.for_viewer(viewer, chargers),
    ]
    return FoundCauses(causes, standing.more)
