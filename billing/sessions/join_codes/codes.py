"""Join codes: making them, finding them in any spelling, stopping them, and why one cannot be used."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from authorization.models import TokenGroup
from authorization.people import access
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing.models import Join, JoinCode
from chargers.lib.i18n import mark
from chargers.models import Charger, Host, Property

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 8
LIMIT: Final = 10_000
_MAX_LOOKED_AT: Final = 500
_MAX_NAMED: Final = 3
_STOPPED: Final = mark("The host has stopped this code: ask for a new one.")
_ENDED: Final = mark("This code has ended: ask the host for a new one.")
_CLOSED: Final = mark("This place is closed.")
_FULL: Final = mark("Nobody else can join by this code, because all its places are taken: ask the host for another.")
_OPENS_NOTHING: Final = mark("This code opens no charger at present: ask the host.")
WORDS: Final = {
    "": "Works",
    _STOPPED: "Stopped",
    _ENDED: "Ended",
    _CLOSED: "The property is closed",
    _FULL: "All places are taken",
    _OPENS_NOTHING: "Its groups are disabled",
}
"""The obstacles as hosts read them."""
COUNTED: Final = (Join.State.OPEN, Join.State.JOINED)
"""States of joins that take one of the code's places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCode:
    """The properties of a new code; see the model."""

    name: str
    role: str = ""
    property: Property | None = None
    groups: Sequence[TokenGroup] = ()
    needs_approval: bool = True
    most: int | None = None
    ends_at: datetime | None = None


class CodeError(Exception):
    """The code cannot be made; the message is a sentence, `field` the field it is about."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def make(host: Host, code_spec: WantedCode, *, now: datetime) -> JoinCode:
    """Makes a code. Raises CodeError for values that do not fit together. Call it in a transaction."""
    _check(host, code_spec, now=now)
    new_code = JoinCode.objects.create(
        host=host,
        code=_free(),
        name=code_spec.name,
        role=code_spec.role,
        property=code_spec.property,
        needs_approval=code_spec.needs_approval or bool(code_spec.role),
        most=code_spec.most,
        ends_at=code_spec.ends_at,
        made_at=now,
    )
    new_code.groups.set(code_spec.groups)
    return new_code


def stop(code: JoinCode, *, now: datetime) -> bool:
    """Stops the code: nobody can join by it, and people who joined stay. False if it was stopped before."""
    return bool(JoinCode.objects.filter(pk=code.pk, stopped_at=None).update(stopped_at=now))


def find(entered_code: str) -> JoinCode | None:
    """Returns the code for what was typed, in any case, with spaces or dashes, or None."""
    plain = _normalize_code(entered_code)
    return JoinCode.objects.select_related("host", "property").filter(code=plain).first() if plain else None


def format_typed(entered_code: str) -> str:
    """Returns the text as a code is printed, whether or not the code exists; empty if it cannot be one."""
    return JoinCode(code=_normalize_code(entered_code)).formatted()


def obstacle(code: JoinCode, *, now: datetime) -> str:
    """Returns why nobody can join by the code now, an English pattern of the catalogue; empty if people can."""
    if code.stopped_at is not None:
        return _STOPPED
    if code.ends_at is not None and code.ends_at <= now:
        return _ENDED
    if code.property is not None and code.property.closed_at is not None:
        return _CLOSED
    if code.most is not None and code.joins.filter(state__in=COUNTED).count() >= code.most:
        return _FULL
    if not code.role and not code.groups.filter(enabled=True).exists():
        return _OPENS_NOTHING
    return ""


def opened_chargers(groups: Iterable[TokenGroup], *, property_: Property | None = None) -> QuerySet[Charger]:
    """Returns the chargers that the enabled groups open, of one property or of all."""
    enabled = [group.pk for group in groups if group.enabled]
    ways = Q(property__token_groups__in=enabled) | Q(unit__token_groups__in=enabled) | Q(token_groups__in=enabled)
    conditions = {} if property_ is None else {"property": property_}
    open_chargers = Charger.objects.filter(ways, retired_at=None, **conditions).exclude(station_id="")
    return open_chargers.select_related("property").distinct().order_by("station_id")


def describe_access(code: JoinCode) -> str:
    """Returns the place to charge with the code, for notices and mails: its property if it opens there, else what it
    does open.
    """
    if code.role or code.property is None:
        return (code.property or code.host).name
    groups = list(code.groups.all())
    if _has_group_at_property(groups, code.property):
        return code.property.name
    names = sorted({charger.property.name for charger in opened_chargers(groups)[:_MAX_LOOKED_AT]})
    return ", ".join(names[:_MAX_NAMED]) or code.host.name


def right_of(role: str) -> Right:
    """Returns the right needed to make a code, stop it, and answer the people who use it."""
    return Right.PEOPLE if role else Right.MANAGE


def visible(viewer: Viewer) -> QuerySet[JoinCode]:
    """Returns the codes that this user or key may manage, with the numbers of people who joined and who wait."""
    own = Q(role="", host__in=access.hosts_with(viewer, Right.MANAGE))
    codes = JoinCode.objects.filter(own | Q(host__in=access.hosts_with(viewer, Right.PEOPLE)) & ~Q(role=""))
    return codes.select_related("host", "property", "made_by").annotate(
        joined=Count("joins", filter=Q(joins__state=Join.State.JOINED)),
        waiting=Count("joins", filter=Q(joins__state=Join.State.OPEN)),
    )


def joins(viewer: Viewer) -> QuerySet[Join]:
    """Returns the joins of codes that this user or key may manage."""
    joins = Join.objects.filter(code__in=visible(viewer).values("pk"))
    return joins.select_related("code__host", "code__property", "token", "user")


def url(code: JoinCode) -> str:
    """Returns the page that the QR code opens."""
    return settings.PUBLIC_BASE_URL + reverse("guest:join", args=[code.formatted()])


def _normalize_code(entered_code: str) -> str:
    plain = "".join(letter for letter in entered_code.upper() if letter.isascii() and letter.isalnum())
    return plain if len(plain) == _LENGTH else ""


def _check(host: Host, code_spec: WantedCode, *, now: datetime) -> None:
    if code_spec.role == "owner":
        raise CodeError("A posted code makes nobody an owner: invite them by e-mail.", field="role")
    if code_spec.role and code_spec.groups:
        raise CodeError("A local group belongs to residents only: choose none for the portal.", field="groups")
    if not code_spec.role and not code_spec.groups:
        raise CodeError("A local group belongs to it, which says what opens: choose at least one.", field="groups")
    if any(group.host_id != host.pk for group in code_spec.groups):
        raise CodeError(f"Choose local groups of {host}.", field="groups")
    if code_spec.property is not None and code_spec.property.host_id != host.pk:
        raise CodeError(f"Choose a property of {host}.", field="property")
    if (
        code_spec.property is not None
        and code_spec.groups
        and not _has_group_at_property(code_spec.groups, code_spec.property)
    ):
        names = ", ".join(f"“{group.name}”" for group in code_spec.groups)
        raise CodeError(
            f"{names} opens no charger of {code_spec.property}: choose the property that it opens, or none, "
            f"or add {code_spec.property} to the local group first.",
            field="property",
        )
    if code_spec.ends_at is not None and code_spec.ends_at <= now:
        raise CodeError("This must be later than now.", field="ends_at")
    if code_spec.most is not None and not 0 < code_spec.most <= LIMIT:
        raise CodeError(f"Choose a number from 1 to {LIMIT}, or none.", field="most")


def _has_group_at_property(groups: Sequence[TokenGroup], property_: Property) -> bool:
    """Whether one of the groups is linked to the property, which may have no charger yet, or opens a charger in it."""
    linked = TokenGroup.objects.filter(pk__in=[group.pk for group in groups])
    return linked.filter(
        Q(properties=property_) | Q(units__property=property_) | Q(chargers__property=property_)
    ).exists()


def _free() -> str:
    """Returns an unused code."""
    while True:
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        if not JoinCode.objects.filter(code=code).exists():
            return code
