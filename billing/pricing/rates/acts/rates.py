"""Acts on a rate: adding it, saving it in the editor, publishing by the API, withdrawing a planned version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Rate, RateVersion
from billing.pricing.rates import catalogue
from chargers.models import Host


class UnchangedError(Exception):
    """The rate has this definition already; the message tells since or from when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the editor saves, and what the person had read: the newest version's number and the name."""

    name: str
    definition: dict[str, Any]
    valid_from: datetime | None
    as_read: tuple[int, str]


def add(
    host: Host, *, name: str, currency: str, definition: dict[str, Any], by: User | ApiKey, now: datetime
) -> RateVersion:
    """Adds a rate with its first version. Raises NotAllowedError and NameTakenError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        rate_version = catalogue.create(host, name=name, currency=currency, definition=definition, now=now)
        subject = audit.Subject("rate", rate_version.rate_id, name, host)
        after = {"name": name, "version": rate_version.number, "definition": rate_version.definition}
        audit.write("rate.added", subject, user=by, now=rate_version.created_at, after=after)
    return rate_version


def save(rate: Rate, newest: RateVersion | None, draft: Draft, *, by: User | ApiKey, now: datetime) -> RateVersion:
    """Renames the rate and publishes a version. An unchanged draft raises UnchangedError.

    Raises NotAllowedError, ChangedMeanwhileError and NameTakenError.
    """
    access.require(by, Right.MANAGE, rate.host)
    with transaction.atomic():
        catalogue.lock(rate, as_read=draft.as_read)
        is_renamed = rate.name != draft.name
        if not is_renamed and _is_planned_already(newest, draft, now=now):
            raise UnchangedError("a planned version says the same. Withdraw it to have it now.")
        Rate.objects.filter(pk=rate.pk).update(name=draft.name)
        published = catalogue.publish(rate, definition=draft.definition, now=now, valid_from=draft.valid_from)
        if published is None and not is_renamed:
            raise UnchangedError("this version is in force already.")
        rate_version = published or newest or RateVersion(rate=rate)
        before = {"name": rate.name, "version": newest.number, "definition": newest.definition} if newest else None
        after = {"name": draft.name, "version": rate_version.number, "definition": rate_version.definition}
        subject = audit.Subject("rate", rate_version.rate_id, draft.name, rate.host)
        at = published.created_at if published else now
        audit.write("rate.changed", subject, user=by, now=at, before=before, after=after)
    return rate_version


def rename(rate: Rate, *, name: str, by: User | ApiKey, now: datetime) -> bool:
    """Renames the rate. False if it has this name already. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, rate.host)
    with transaction.atomic():
        locked = Rate.objects.select_for_update().get(pk=rate.pk)
        if locked.name == name:
            return False
        Rate.objects.filter(pk=rate.pk).update(name=name)
        subject = audit.Subject("rate", rate.pk, name, rate.host)
        audit.write("rate.changed", subject, user=by, now=now, before={"name": locked.name}, after={"name": name})
    return True


def publish(
    rate: Rate, *, definition: dict[str, Any], valid_from: datetime | None, by: User | ApiKey, now: datetime
) -> tuple[RateVersion, bool]:
    """Returns the version with this definition, and whether it is new. Raises NotAllowedError and RateError."""
    access.require(by, Right.MANAGE, rate.host)
    with transaction.atomic():
        before = catalogue.in_force(rate, at=valid_from or now) or catalogue.newest(rate)
        rate_version = catalogue.publish(rate, definition=definition, now=now, valid_from=valid_from)
        if rate_version is None:
            assert before is not None
            return before, False
        subject = audit.Subject("rate", rate.pk, rate.name, rate.host)
        old = before.definition if before else None
        after = definition | ({"valid_from": valid_from.isoformat()} if valid_from else {})
        audit.write("rate.published", subject, user=by, now=now, before=old, after=after)
    return rate_version, True


def withdraw(version: RateVersion, *, by: User | ApiKey, now: datetime) -> bool:
    """Withdraws a planned version. False if it has begun. Raises NotAllowedError."""
    rate = version.rate
    access.require(by, Right.MANAGE, rate.host)
    before = {"version": version.number, "valid_from": version.begins_at.isoformat()}
    with transaction.atomic():
        is_withdrawn = catalogue.withdraw(version, now=now)
        if is_withdrawn:
            subject = audit.Subject("rate", rate.pk, rate.name, rate.host)
            audit.write("rate.withdrawn", subject, user=by, now=now, before=before)
    return is_withdrawn


def _is_planned_already(newest: RateVersion | None, draft: Draft, *, now: datetime) -> bool:
    """Whether the draft is the newest, planned version, which the editor shows: saving it unchanged must not apply it
    today.
    """
    if newest is None or newest.withdrawn_at or newest.begins_at <= now or draft.valid_from:
        return False
    return catalogue.prices_alike(newest.rate, newest.definition, draft.definition)
