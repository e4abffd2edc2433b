"""Acts on a host's local groups: add, change, delete."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, TokenGroup, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import groups, revocation
from chargers.local_lists import list_state

_CHECKED: Final = 50
"""How many cards of a changed group are compared: one that lost access is enough to clear a charger's cache."""


def add(group: TokenGroup, *, save: Callable[[], object], by: User | ApiKey, now: datetime) -> None:
    """Stores a new group; `save` writes the row with its places. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, group.host)
    with transaction.atomic():
        group.slug = groups.free_slug(group.host, group.name)
        save()
        list_state.mark_host_due(group.host)
        audit.write("token_group.added", _subject(group), user=by, now=now, after=audit_values(group))


def change(
    group: TokenGroup, *, save: Callable[[], object], before: dict[str, object], by: User | ApiKey, now: datetime
) -> None:
    """Stores a changed group and revokes the access that its cards lost.

    `save` writes the row with its places; `before` is `noted` of the stored one. Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, group.host)
    members = list(group.tokens.all()[:_CHECKED])
    with transaction.atomic(), revocation.clear_revoked_caches(members, host=group.host, now=now):
        save()
        audit.write("token_group.changed", _subject(group), user=by, now=now, before=before, after=audit_values(group))


def delete(group: TokenGroup, *, by: User | ApiKey, now: datetime) -> None:
    """Deletes a group; its cards stay. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, group.host)
    members = list(group.tokens.all()[:_CHECKED])
    with transaction.atomic(), revocation.clear_revoked_caches(members, host=group.host, now=now):
        before = audit_values(group) | {"cards": group.tokens.count()}
        audit.write("token_group.deleted", _subject(group), user=by, now=now, before=before)
        group.delete()


def audit_values(group: TokenGroup) -> dict[str, object]:
    """Returns all of the group's values, for the audit trail."""
    return {
        "name": group.name,
        "enabled": group.enabled,
        "is_parent": group.is_parent,
        "active_from": group.active_from.isoformat() if group.active_from else None,
        "active_to": group.active_to.isoformat() if group.active_to else None,
        "schedule": group.schedule,
        "properties": sorted(group.properties.values_list("slug", flat=True)),
        "units": sorted(
            f"{property_slug}/{unit}" for property_slug, unit in group.units.values_list("property__slug", "slug")
        ),
        "chargers": sorted(group.chargers.values_list("charger_id", flat=True)),
    }


def _subject(group: TokenGroup) -> audit.Subject:
    return audit.Subject("token_group", group.pk, group.name, group.host)
