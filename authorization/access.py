"""Which human, or API key, sees and does what: the one filter that every page, view and command uses.

A viewer is a logged-in user or an API key. Agents see every host. Members see their host; a grant shows an
outsider one property or charger (or the whole host) until it ends. What a viewer may not see is simply not
in the queryset, so that foreign and absent objects give the same 404.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from authorization.models import AccessGrant, AccessRequest, ApiKey, Decision, Membership, Token, TokenGroup, User
from chargers.models import Charger, Command, Host, Property

Viewer = User | ApiKey | AnonymousUser
M = TypeVar("M", bound=Model)
Role = Membership.Role
MANAGERS = frozenset({Role.OWNER, Role.MANAGER})
OPERATORS = MANAGERS | {Role.OPERATOR, Role.INSTALLER}


def hosts(viewer: Viewer) -> QuerySet[Host]:
    """The hosts that the viewer belongs to."""
    return limited(Host.objects.all(), viewer, host="pk", property_=None, charger=None)


def properties(viewer: Viewer) -> QuerySet[Property]:
    """Also the one that a granted charger stands at. Each once, however many chargers it has."""
    visible = limited(Property.objects.all(), viewer, host="host_id", property_="pk", charger=None)
    if not isinstance(viewer, User) or not viewer.is_active or viewer.is_agent:
        return visible
    granted = _live_grants(viewer).exclude(charger=None).values("charger__property_id")
    return visible | Property.objects.filter(pk__in=granted)


def chargers(viewer: Viewer) -> QuerySet[Charger]:
    return limited(Charger.objects.all(), viewer, host="property__host_id", property_="property_id", charger="pk")


def commands(viewer: Viewer) -> QuerySet[Command]:
    return Command.objects.filter(charger__in=chargers(viewer))


def tokens(viewer: Viewer) -> QuerySet[Token]:
    """The host's own cards; a mobility provider's cards belong to no host and only agents see them."""
    return limited(Token.objects.all(), viewer, host="host_id", property_=None, charger=None)


def groups(viewer: Viewer) -> QuerySet[TokenGroup]:
    return limited(TokenGroup.objects.all(), viewer, host="host_id", property_=None, charger=None)


def decisions(viewer: Viewer) -> QuerySet[Decision]:
    return limited(
        Decision.objects.all(), viewer, host="host_id", property_="charger__property_id", charger="charger_id"
    )


def access_requests(viewer: Viewer) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(charger__in=chargers(viewer))


def may_manage(viewer: Viewer, host: Host) -> bool:
    """Change what the host decides: access, cards, groups, rates."""
    return _has_role(viewer, host, MANAGERS)


def managed_properties(viewer: Viewer) -> QuerySet[Property]:
    """The properties for which the viewer may decide what the host decides."""
    match viewer:
        case ApiKey():
            return properties(viewer)
        case User() if viewer.is_active:
            managed = Membership.objects.filter(user=viewer, role__in=MANAGERS).values("host_id")
            return Property.objects.all() if viewer.is_agent else Property.objects.filter(host__in=managed)
        case _:
            return Property.objects.none()


def managed_hosts(user: User) -> list[Host]:
    """The hosts for which this person may manage, by name; all of them for an agent. One query."""
    visible = hosts(user).order_by("name")
    if user.is_active and user.is_agent:
        return list(visible)
    owned = Membership.objects.filter(user=user, role__in=MANAGERS)
    return list(visible.filter(pk__in=owned.values("host_id")))


def may_operate(viewer: Viewer, charger: Charger) -> bool:
    """Give a charger commands."""
    if _has_role(viewer, charger.property.host, OPERATORS):
        return True
    if not isinstance(viewer, User):
        return False
    granted = _live_grants(viewer).filter(host=charger.property.host_id, role__in=OPERATORS)
    here = Q(property=None, charger=None) | Q(property=charger.property_id) | Q(charger=charger)
    return granted.filter(here).exists()


def _has_role(viewer: Viewer, host: Host, roles: Collection[Role]) -> bool:
    match viewer:
        case ApiKey():
            return viewer.is_agent or viewer.host_id == host.pk
        case User():
            if not viewer.is_active:
                return False
            return viewer.is_agent or Membership.objects.filter(user=viewer, host=host, role__in=roles).exists()
        case _:
            return False


def limited(rows: QuerySet[M], viewer: Viewer, *, host: str, property_: str | None, charger: str | None) -> QuerySet[M]:
    """The one filter, also for the models of the apps above; each argument is the path to that key, or None."""
    match viewer:
        case ApiKey():
            return rows if viewer.is_agent else rows.filter(**{host: viewer.host_id})
        case User() if viewer.is_active:
            return (
                rows
                if viewer.is_agent
                else rows.filter(_reach(viewer, host=host, property_=property_, charger=charger))
            )
        case _:
            return rows.none()


def _reach(user: User, *, host: str, property_: str | None, charger: str | None) -> Q:
    """Rows of the user's hosts, and of what live grants open."""
    grants = _live_grants(user)
    whole = grants.filter(property=None, charger=None)
    reach = Q(**{f"{host}__in": Membership.objects.filter(user=user).values("host_id")})
    reach |= Q(**{f"{host}__in": whole.values("host_id")})
    if property_:
        reach |= Q(**{f"{property_}__in": grants.exclude(property=None).values("property_id")})
    if charger:
        reach |= Q(**{f"{charger}__in": grants.exclude(charger=None).values("charger_id")})
    return reach


def _live_grants(user: User) -> QuerySet[AccessGrant]:
    now = datetime.now(tz=UTC)
    return AccessGrant.objects.filter(user=user, granted_at__lte=now, ends_at__gt=now)
