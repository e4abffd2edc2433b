"""People who wait for an answer, and connections to other systems that fail."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, Min, Sum
from django.urls import reverse

from authorization.models import AccessRequest, DataGrant, User
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from authorization.pms import connections
from backoffice.portal.attention.cause import Cause, Kind, Link, subject_of
from billing import access
from billing.models import Join
from billing.sessions.join_codes import codes


def requests(viewer: Viewer) -> Iterator[Cause]:
    asking = people.access_requests(viewer).filter(state=AccessRequest.State.OPEN).select_related("charger")
    page = reverse("authorization:requests")
    for access_request in asking.order_by("asked_at"):
        href = f"{page}#request-{access_request.pk}"
        yield Cause(
            subject=subject_of(access_request.charger.charger_id),
            kind=Kind.REQUEST,
            key=f"request:{access_request.pk}",
            level="warn",
            since=access_request.asked_at,
            words=Link(f"{access_request.name} asks for access", href),
            fix=Link("Let them in, or decline", href),
            drivers=1,
        )


def joins(viewer: Viewer) -> Iterator[Cause]:
    """Yields waiting join requests, by code, because a whole house may join on one evening."""
    waiting = codes.joins(viewer).filter(state=Join.State.OPEN).order_by()
    rows = waiting.values("code_id", "code__name", "code__host__slug")
    for row in rows.annotate(count=Count("id"), since=Min("asked_at"), newest=Max("id")):
        page, count = reverse("settings-join-code", args=[row["code_id"]]), row["count"]
        yield Cause(
            subject=f"host:{row['code__host__slug']}",
            kind=Kind.JOIN,
            key=f"join:{count}:{row['newest']}",
            level="warn",
            since=row["since"],
            words=Link(f"{count} {'waits' if count == 1 else 'wait'} to join by “{row['code__name']}”", page),
            fix=Link("Let them in, or decline", page),
            count=count,
            drivers=count,
        )


def data_grants(viewer: Viewer, *, now: datetime) -> Iterator[Cause]:
    """Yields support agents' requests to see personal data of a host's guests, which an owner answers."""
    if isinstance(viewer, User) and viewer.is_agent:
        return
    current_grants = DataGrant.objects.filter(host__in=people.hosts_with(viewer, Right.PEOPLE), ends_at__gt=now)
    for grant in current_grants.filter(approved_at=None, declined_at=None).select_related("host").order_by("asked_at"):
        page = reverse("settings-support-access", args=[grant.host.slug])
        yield Cause(
            subject=f"host:{grant.host.slug}",
            kind=Kind.DATA_GRANT,
            key=f"grant:{grant.pk}",
            level="warn",
            since=grant.asked_at,
            words=Link("Support asks to see personal data of guests", page),
            fix=Link("Approve or decline", page),
        )


def webhooks(viewer: Viewer) -> Iterator[Cause]:
    """Yields endpoints that were disabled because they failed; those disabled by a person are left out."""
    disabled = access.webhook_endpoints(viewer).filter(disabled_at__isnull=False, failing_since__isnull=False)
    for endpoint in disabled.select_related("host"):
        page = reverse("billing:connection", args=[endpoint.pk])
        yield Cause(
            subject=f"host:{endpoint.host.slug}",
            kind=Kind.WEBHOOK,
            key=f"webhook:{endpoint.pk}:{endpoint.disabled_at}",
            level="warn",
            since=endpoint.disabled_at or endpoint.created_at,
            words=Link("Webhook disabled", page),
            detail=f"{endpoint.url}: {endpoint.disabled_why}",
            fix=Link("Repair and enable it", page),
        )


def property_systems(viewer: Viewer) -> Iterator[Cause]:
    failing = connections.needing_somebody(people.pms_connections(viewer)).select_related("host")
    for connection in failing:
        page, failure = reverse("settings-property-system", args=[connection.key]), connections.failure(connection)
        yield Cause(
            subject=f"host:{connection.host.slug}",
            kind=Kind.PMS_FAILING,
            key=f"pms:{connection.pk}:{connection.failure_code}",
            level="bad",
            since=connection.failing_since or connection.created_at,
            words=Link(f"No bookings have come from {connection.name}", page),
            detail=failure.sentence if failure else "",
            fix=Link(failure.fix.rstrip(".") if failure else "See why", page),
        )


def listings(viewer: Viewer) -> Iterator[Cause]:
    """Yields unmapped listings by connection, because a new account may have a hundred.

    Without a booking they are not urgent.
    """
    waiting = connections.unmapped_listings(people.pms_connections(viewer)).filter(waiting__gt=0).order_by()
    rows = waiting.values("connection__key", "connection__name", "connection__host__slug")
    for row in rows.annotate(count=Count("id"), since=Min("added_at"), bookings=Sum("waiting")):
        page, count = reverse("settings-property-system", args=[row["connection__key"]]) + "#listings", row["count"]
        yield Cause(
            subject=f"host:{row['connection__host__slug']}",
            kind=Kind.LISTING,
            key=f"listings:{row['connection__key']}:{count}",
            level="warn",
            since=row["since"],
            words=Link(f"{count} listing{'s' if count > 1 else ''} of {row['connection__name']} without a unit", page),
            detail=f"{row['bookings']} booking{'s wait' if row['bookings'] > 1 else ' waits'}",
            fix=Link("Choose the unit", page),
            count=count,
        )
