"""The two-person rule of refunds: the requester cannot approve, neither by login nor with an API key.

A key acts for its creator. A key without one acts for everybody who could have created it: the owners of its host, or
the agents.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from authorization.models import ApiKey, Membership, User
from billing.models import Refund

_USER: Final = "user:"
_KEY: Final = "api:"


def requested_by(person: str, refunds: Iterable[Refund]) -> set[UUID]:
    """The refunds that this actor (`user:` and an address) asked for, or may have. Three queries at most."""
    rows = list(refunds)
    prefixes = {one.asked_by.removeprefix(_KEY) for one in rows if one.asked_by.startswith(_KEY)}
    keys = {key.prefix: key for key in ApiKey.objects.filter(prefix__in=prefixes).select_related("made_by")}
    email = person.removeprefix(_USER)
    user = User.objects.filter(email=email).first() if prefixes else None
    owned = set(
        Membership.objects.filter(user=user, role=Membership.Role.OWNER).values_list("host_id", flat=True)
        if user
        else ()
    )
    return {
        one.pk
        for one in rows
        if one.asked_by == person or (user is not None and _is_behind(user, one, keys=keys, owned=owned))
    }


def _is_behind(user: User, refund: Refund, *, keys: dict[str, ApiKey], owned: set[int]) -> bool:
    if not refund.asked_by.startswith(_KEY):
        return False
    key = keys.get(refund.asked_by.removeprefix(_KEY))
    if key is None:
        return user.is_agent or refund.host_id in owned
    if key.made_by is not None:
        return key.made_by == user
    return user.is_agent if key.is_agent else refund.host_id in owned
