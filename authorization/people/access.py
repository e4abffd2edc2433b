"""What each user or API key may see and do: the one filter behind every page, view and command.

A viewer is a logged-in user or an API key. Agents see every host. Members see their host, as far as their role goes
(`roles`); a grant shows an outsider one property or charger (or the whole host) until it ends. What a viewer may not
see is simply not in the queryset, so that foreign and absent objects give the same 404.
"""

from datetime import UTC, datetime
from typing import NoReturn, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from authorization.models import (
    AccessGrant,
    AccessRequest,
    ApiKey,
    Decision,
    Invitation,
    Membership,
    PmsConnection,
    ReimbursementContract,
    Stay,
    Token,
    TokenGroup,
    User,
)
from authorization.people import roles
from authorization.people.roles import AgentLevel, KeyScope, Right
from chargers.models import Charger, Command, Host, Property

Viewer = User | ApiKey | AnonymousUser
M = TypeVar("M", bound=Model)


class NotAllowedError(Http404):
    """The caller may not do this. Pages and the API answer with 404, as for something that does not exist."""


class KeyNotAllowedError(PermissionDenied):
    """403: the key sees the host but lacks a scope, or its creator lacks a right; the message tells which."""


def hosts(viewer: Viewer) -> QuerySet[Host]:
    """Returns the hosts that the viewer belongs to."""
    return filter_permitted(Host.objects.all(), viewer, host="pk", property_=None, charger=None)


def properties(viewer: Viewer) -> QuerySet[Property]:
    """Returns the properties that the viewer sees, once each, including those of granted chargers."""
    visible = filter_permitted(Property.objects.all(), viewer, host="host_id", property_="pk", charger=None)
    if not isinstance(viewer, User) or not viewer.is_active or viewer.is_agent:
        return visible
    granted = _live_grants(viewer, Right.SEE).exclude(charger=None).values("charger__property_id")
    return visible | Property.objects.filter(pk__in=granted)


def chargers(viewer: Viewer) -> QuerySet[Charger]:
    return filter_permitted(
        Charger.objects.all(), viewer, host="property__host_id", property_="property_id", charger="pk"
    )


def commands(viewer: Viewer) -> QuerySet[Command]:
    return Command.objects.filter(charger__in=chargers(viewer))


def tokens(viewer: Viewer) -> QuerySet[Token]:
    """Returns the host's own cards. A mobility provider's cards belong to no host, so only agents see them."""
    return filter_permitted(Token.objects.all(), viewer, host="host_id", property_=None, charger=None)


def groups(viewer: Viewer) -> QuerySet[TokenGroup]:
    return filter_permitted(TokenGroup.objects.all(), viewer, host="host_id", property_=None, charger=None)


def may_see_groups(viewer: Viewer, host: Host) -> bool:
    """Whether the viewer may open the pages of this host's groups.

    A grant for one property or charger is not enough.
    """
    return hosts(viewer).filter(pk=host.pk).exists()


def decisions(viewer: Viewer) -> QuerySet[Decision]:
    return filter_permitted(
        Decision.objects.all(), viewer, host="host_id", property_="charger__property_id", charger="charger_id"
    )


def reimbursements(viewer: Viewer) -> QuerySet[ReimbursementContract]:
    return filter_permitted(ReimbursementContract.objects.all(), viewer, host="host_id", property_=None, charger=None)


def stays(viewer: Viewer) -> QuerySet[Stay]:
    """Returns the stays that the viewer sees. They show who sleeps where, so a grant for one place is not enough."""
    return filter_permitted(Stay.objects.all(), viewer, host="property__host_id", property_=None, charger=None)


def pms_connections(viewer: Viewer) -> QuerySet[PmsConnection]:
    """Returns the connections for those who may manage the host, because they show where its guests' data are."""
    return PmsConnection.objects.filter(host__in=hosts_with(viewer, Right.MANAGE))


def zone(properties: QuerySet[Property]) -> str:
    """Returns the time zone shared by all these properties; UTC if they differ. One query."""
    zones = list(properties.order_by().values_list("time_zone", flat=True).distinct()[:2])
    return zones[0] if len(zones) == 1 else "UTC"


def members(viewer: Viewer) -> QuerySet[Membership]:
    """Returns the host's members, visible to all of its members."""
    return Membership.objects.filter(host__in=hosts_with(viewer, Right.SEE))


def grants(viewer: Viewer) -> QuerySet[AccessGrant]:
    """Returns the outsiders' grants, including expired ones."""
    return AccessGrant.objects.filter(host__in=hosts_with(viewer, Right.SEE))


def access_requests(viewer: Viewer) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(charger__in=chargers(viewer))


def has_right(viewer: Viewer, right: Right, host: Host) -> bool:
    """Whether the viewer has the right for the whole host. At most one query."""
    match viewer:
        case ApiKey():
            return right in rights_of(viewer) and (viewer.is_agent or viewer.host_id == host.pk)
        case User():
            if not viewer.is_active:
                return False
            return _agents(viewer, right) or _memberships(viewer, right).filter(host=host).exists()
        case _:
            return False


def may_manage(viewer: Viewer, host: Host) -> bool:
    """Whether the viewer may change what the host decides: access, cards, groups, rates."""
    return has_right(viewer, Right.MANAGE, host)


def may_operate(viewer: Viewer, charger: Charger) -> bool:
    """Whether the viewer may send the charger commands."""
    return may_at(viewer, Right.OPERATE, charger)


def may_at(viewer: Viewer, right: Right, charger: Charger) -> bool:
    """Whether the viewer has the right at this charger, as a member or by a grant. At most two queries."""
    if has_right(viewer, right, charger.property.host):
        return True
    if not isinstance(viewer, User):
        return False
    granted = _live_grants(viewer, right).filter(host=charger.property.host_id)
    place_condition = Q(property=None, charger=None) | Q(property=charger.property_id) | Q(charger=charger)
    return granted.filter(place_condition).exists()


def require(viewer: Viewer, right: Right, host: Host) -> None:
    """Raises NotAllowedError if the viewer lacks the right at the host.

    For a key that sees the host it raises KeyNotAllowedError, which tells what is missing. At most one query.
    """
    if not has_right(viewer, right, host):
        _refuse(viewer, right, host)


def require_at(viewer: Viewer, right: Right, charger: Charger) -> None:
    """Like `require`, for one charger, which a grant may also reach. At most two queries."""
    if not may_at(viewer, right, charger):
        _refuse(viewer, right, charger.property.host)


def require_agent(viewer: User | ApiKey, right: Right = Right.SEE) -> None:
    """Raises NotAllowedError for everyone but support agents and their keys.

    For an agent's key that lacks the right it raises KeyNotAllowedError.
    """
    if not viewer.is_agent:
        raise NotAllowedError
    if isinstance(viewer, ApiKey) and right not in rights_of(viewer):
        raise KeyNotAllowedError(explain_missing_right(viewer, right))


def rights_of(key: ApiKey) -> frozenset[Right]:
    """Returns what a key may do now: the rights of its scopes, as far as its creator has them at this moment.

    A key made on the command line has no creator, and is limited only by its scopes. Read once per instance, which
    lives for one request.
    """
    rights: frozenset[Right] | None = key.__dict__.get("_rights")
    if rights is None:
        scope_rights = frozenset[Right]().union(*(roles.KEY_SCOPES[KeyScope(scope)] for scope in key.scopes))
        rights = key.__dict__["_rights"] = scope_rights & _rights_behind(key)
    return rights


def explain_missing_right(key: ApiKey, right: Right) -> str:
    """Returns why a key may not use the right, and what to do, as a sentence."""
    scope = roles.scope_of(right)
    if scope not in key.scopes:
        return f"This key has no scope “{scope}”: make a key with it under Settings > API keys."
    return f"{key.made_by} made this key and may not do this: it needs a key made by {roles.describe_holders(right)}."


def _rights_behind(key: ApiKey) -> frozenset[Right]:
    """Returns the creator's rights at the key's host, or everywhere for an agent. At most two queries."""
    if key.made_by is None:
        return frozenset(Right)
    if not key.made_by.is_active:
        return frozenset()
    if key.made_by.is_agent:
        return roles.AGENT_RIGHTS[AgentLevel(key.made_by.agent_level)]
    role_name = Membership.objects.filter(user=key.made_by, host=key.host_id).values_list("role", flat=True).first()
    return roles.RIGHTS[roles.Role(role_name)] if role_name and not key.is_agent else frozenset()


def _refuse(viewer: Viewer, right: Right, host: Host) -> NoReturn:
    if isinstance(viewer, ApiKey) and has_right(viewer, Right.SEE, host):
        raise KeyNotAllowedError(explain_missing_right(viewer, right))
    raise NotAllowedError


def is_first_line(viewer: User | ApiKey) -> bool:
    """Whether the viewer is a first-line agent, or a key of one, whose refunds have a limit.

    A key without a creator counts as second line. At most one query.
    """
    person = viewer.made_by if isinstance(viewer, ApiKey) else viewer
    return person is not None and person.is_agent and person.agent_level == AgentLevel.FIRST


def may_somewhere(viewer: Viewer, right: Right) -> bool:
    """Whether the viewer has the right at any host."""
    match viewer:
        case ApiKey():
            return right in rights_of(viewer)
        case User() if viewer.is_active:
            return _agents(viewer, right) or _memberships(viewer, right).exists()
        case _:
            return False


def hosts_with(viewer: Viewer, right: Right) -> QuerySet[Host]:
    """Returns the hosts where the viewer has the right."""
    match viewer:
        case ApiKey():
            return hosts(viewer) if right in rights_of(viewer) else Host.objects.none()
        case User() if viewer.is_active:
            host_ids = _memberships(viewer, right).values("host_id")
            return Host.objects.all() if _agents(viewer, right) else Host.objects.filter(pk__in=host_ids)
        case _:
            return Host.objects.none()


def sees_parts(viewer: Viewer, right: Right) -> bool:
    """Whether a grant may give the viewer this right beyond the hosts of `hosts_with`. At most one query."""
    if not isinstance(viewer, User) or not viewer.is_active or viewer.is_agent:
        return False
    return _live_grants(viewer, right).exists()


def managed_hosts(user: User) -> list[Host]:
    """Returns the hosts that this user may manage, by name; for an agent all hosts. One query."""
    return list(hosts_with(user, Right.MANAGE).order_by("name"))


def managed_properties(viewer: Viewer) -> QuerySet[Property]:
    """Returns the properties in use that the viewer may manage."""
    return Property.objects.filter(host__in=hosts_with(viewer, Right.MANAGE), closed_at=None)


def filter_permitted(
    rows: QuerySet[M],
    viewer: Viewer,
    *,
    host: str,
    property_: str | None,
    charger: str | None,
    right: Right = Right.SEE,
) -> QuerySet[M]:
    """Limits rows to what the viewer may see, for models of all apps. Each path leads to that key, or is None."""
    match viewer:
        case ApiKey() if right not in rights_of(viewer):
            return rows.none()
        case ApiKey():
            return rows if viewer.is_agent else rows.filter(**{host: viewer.host_id})
        case User() if viewer.is_active:
            if _agents(viewer, right):
                return rows
            return rows.filter(_build_reach_condition(viewer, right, host=host, property_=property_, charger=charger))
        case _:
            return rows.none()


def _build_reach_condition(user: User, right: Right, *, host: str, property_: str | None, charger: str | None) -> Q:
    """Returns the condition for rows of the user's hosts and of live grants."""
    grants = _live_grants(user, right)
    host_grants = grants.filter(property=None, charger=None)
    reach = Q(**{f"{host}__in": _memberships(user, right).values("host_id")})
    reach |= Q(**{f"{host}__in": host_grants.values("host_id")})
    if property_:
        reach |= Q(**{f"{property_}__in": grants.exclude(property=None).values("property_id")})
    if charger:
        reach |= Q(**{f"{charger}__in": grants.exclude(charger=None).values("charger_id")})
    return reach


def members_with(host: Host, right: Right) -> QuerySet[Membership]:
    """Returns the host's members with this right, each with its user; closed accounts are left out."""
    memberships = Membership.objects.filter(host=host, role__in=roles.holding(right), user__is_active=True)
    return memberships.select_related("user")


def _agents(user: User, right: Right) -> bool:
    """Whether the user has the right at every host, as an agent of that level."""
    return user.is_agent and right in roles.AGENT_RIGHTS[AgentLevel(user.agent_level)]


def _memberships(user: User, right: Right) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user, role__in=roles.holding(right))


def _live_grants(user: User, right: Right) -> QuerySet[AccessGrant]:
    now = datetime.now(tz=UTC)
    allowed = roles.holding_as_outsider(right)
    live = AccessGrant.objects.filter(user=user, role__in=allowed, granted_at__lte=now, ends_at__gt=now)
    if user.email_confirmed_at is not None:
        return live
    # A grant goes to an address. Until the user has proved that it is theirs, only grants of hosts whose link they
    # opened count.
    used_invitations = Invitation.objects.filter(email=user.email, used_at__isnull=False)
    return live.filter(host__in=used_invitations.values("host_id"))
