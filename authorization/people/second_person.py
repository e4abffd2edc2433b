"""The two-person rule: who may approve what another user requested.

Users are compared by account, never by address, because an address can be changed by a mailed link. A key counts as its
creator; a key without one counts as everybody who could have created it. The second user must have had the role since
before the first one acted, and must not have just changed their address: whoever takes over an account does both first.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from authorization import audit
from authorization.models import ApiKey, Membership, User
from chargers.models import Host
from chargers.properties import time_zones

QUIET: Final = timedelta(days=7)
"""How long an account may approve nothing after a change of address, and a new owner may not remove an earlier one."""
_KEY: Final = "api:"
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class First:
    """What the first user did.

    `actor` is written as in the audit trail. The account behind it is None if there is none or it is unknown. Also the
    host, and when the wait for a second user began.
    """

    actor: str
    person_id: int | None
    host_id: int
    at: datetime


def find_responsible_user(by: User | ApiKey) -> User | None:
    """Returns the account that answers for an act; None for a key made on the command line."""
    return by.made_by if isinstance(by, ApiKey) else by


def find_own_acts(user: User, firsts: Mapping[K, First]) -> set[K]:
    """Returns the acts that this user did or may have done, by login or with a key. Two queries at most."""
    prefixes = [first.actor.removeprefix(_KEY) for first in firsts.values() if _is_unsigned_key(first)]
    keys = {key.prefix: key for key in ApiKey.objects.filter(prefix__in=prefixes)} if prefixes else {}
    owners = Membership.objects.filter(user=user, role=Membership.Role.OWNER).values_list("host_id", flat=True)
    owned = set(owners) if prefixes else set()
    return {name for name, first in firsts.items() if _is_of(user, first, keys=keys, owned=owned)}


def why_not(user: User, first: First, *, did: str, now: datetime, settled: timedelta = timedelta()) -> str:
    """Returns why this user may not be the second one, as a sentence; empty if they may. Five queries at most.

    `did` follows "You", such as "entered this account". `settled` is how long the role must have been held before.
    """
    if find_own_acts(user, {"": first}):
        subject = "An API key that acts for you" if first.actor.startswith(_KEY) else "You"
        return f"{subject} {did}: a second person has to agree."
    zone = _zone(first)
    if why := email_change_refusal(user, now=now, zone=zone):
        return why
    if user.is_agent:
        return ""
    role_since = _role_since(user, first.host_id)
    if role_since is not None and role_since > first.at - settled:
        before, since = f" for {settled.days} days" if settled else "", time_zones.format_with_zone(role_since, zone)
        return f"You have had your role since {since}: somebody who had it{before} before has to agree."
    return ""


def email_change_refusal(user: User, *, now: datetime, zone: str) -> str:
    """Returns why a user whose address has just changed may not approve yet, as a sentence; empty if it has not."""
    if user.email_changed_at is None or now >= (until := user.email_changed_at + QUIET):
        return ""
    from_then = time_zones.format_with_zone(until, zone)
    return f"Your e-mail address has changed: you can agree from {from_then}, or another person can."


def new_until(user: User, *, host: Host, before: datetime, now: datetime) -> datetime | None:
    """Returns until when this member is too new to act against a user with a role since `before`; None if not."""
    if user.is_agent:
        return None
    role_since = _role_since(user, host.pk)
    return role_since + QUIET if role_since is not None and before < role_since and now < role_since + QUIET else None


def _role_since(user: User, host_id: int) -> datetime | None:
    return Membership.objects.filter(user=user, host=host_id).values_list("role_since", flat=True).first()


def _zone(first: First) -> str:
    host = Host.objects.filter(pk=first.host_id).first()
    return time_zones.of_host(host) if host else "UTC"


def _is_unsigned_key(first: First) -> bool:
    return first.person_id is None and first.actor.startswith(_KEY)


def _is_of(user: User, first: First, *, keys: Mapping[str, ApiKey], owned: set[int]) -> bool:
    if first.person_id is not None:
        return first.person_id == user.pk
    if not _is_unsigned_key(first):
        return first.actor == audit.actor(user)
    key = keys.get(first.actor.removeprefix(_KEY))
    if key is None:
        return user.is_agent or first.host_id in owned
    return user.is_agent if key.is_agent else first.host_id in owned
