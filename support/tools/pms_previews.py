"""Previews for property systems: the present state, and which listing becomes which unit."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from authorization.models import PmsConnection, PmsListing
from authorization.pms import connections
from authorization.pms.connections import Target
from support.tools.case import NotPossibleError, Preview, TicketContext, clock

_LIMIT: Final = 200
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class ChosenConnection:
    """A connection to sync, and optionally the listing to map to a unit first."""

    connection: PmsConnection
    listing: PmsListing | None
    target: Target | None


def of_case(case: TicketContext) -> QuerySet[PmsConnection]:
    """Returns the connections of the ticket's host, failing ones first."""
    rows = PmsConnection.objects.filter(host=case.host) if case.host else PmsConnection.objects.none()
    return rows.select_related("host").order_by("failing_since", "name")


def obstacle(case: TicketContext) -> str:
    if case.host is None:
        return "The ticket names no charger, session or host: set one under Acts first."
    if not of_case(case).exists():
        return f"{case.host.name} has connected no property system: it does so under Settings > Property systems."
    return ""


def listings(case: TicketContext) -> list[PmsListing]:
    """Returns the listings of all the host's connections, those without a unit first."""
    rows = PmsListing.objects.filter(connection__in=of_case(case)).select_related("connection", "property", "unit")
    return sorted(
        rows[:_LIMIT], key=lambda listing: (listing.property_id is not None, listing.connection.name, listing.name)
    )


def state(case: TicketContext, connection: PmsConnection) -> tuple[str, ...]:
    """Describes the state of a connection, one sentence each."""
    read = f"last read {clock(case, connection.succeeded_at)}" if connection.succeeded_at else "never read so far"
    sentences = [f"{connection.name} ({connection.get_kind_display()}): {read}, {connection.stays_read} stays."]
    if not connection.is_enabled:
        sentences.append("It is paused: nothing is read.")
    if (failure := connections.failure(connection)) is not None and connection.failing_since is not None:
        since = clock(case, connection.failing_since)
        sentences.append(f"It fails since {since}: {failure.sentence} {failure.fix} {failure.who_repairs}")
    unmapped = list(connection.listings.filter(property=None).order_by("-waiting", "name")[: _NAMED + 1])
    if unmapped:
        names = ", ".join(listing.name or listing.key for listing in unmapped[:_NAMED])
        overflow_note = " and others" if len(unmapped) > _NAMED else ""
        sentences.append(f"Listings without a unit: {names}{overflow_note}.")
    return tuple(sentences)


def sync(case: TicketContext, selection: ChosenConnection) -> Preview:
    """Previews mapping and sync. Raises NotPossibleError."""
    connection, listing, target = selection.connection, selection.listing, selection.target
    if not connection.is_enabled:
        raise NotPossibleError(
            f"{connection.name} is paused by the host: it goes on under Settings > Property systems."
        )
    sentences = list(state(case, connection))
    stamp = connection.failure_code
    if listing is not None and target is not None:
        if (listing.property_id, listing.unit_id) == (target.property_.pk, target.unit.pk if target.unit else None):
            raise NotPossibleError(f"{listing.name or listing.key} is {describe_target(target)} already.")
        sentences.append(f"“{listing.name or listing.key}” becomes {describe_target(target)}.")
        if listing.waiting:
            sentences.append(f"Its {listing.waiting} bookings that wait become stays there.")
        stamp = f"{stamp}:{listing.property_id}/{listing.unit_id}"
    sentences.append("Then all of it is read again, within seconds.")
    warns: tuple[str, ...] = ()
    if listing is not None and listing.property is not None and target is not None:
        mapped_to = describe_target(Target(listing.property, listing.unit))
        warns = (f"It is {mapped_to} now: stays to come move, running sessions go on.",)
    return Preview(says=tuple(sentences), warns=warns, button="Map and sync" if listing else "Sync now", stamp=stamp)


def describe_target(target: Target) -> str:
    return f"{target.property_.name}, {target.unit.name}" if target.unit else f"all of {target.property_.name}"
