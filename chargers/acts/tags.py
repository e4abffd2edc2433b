"""User actions on tags: put on chargers, taken off, renamed, removed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.listing import tags
from chargers.listing.tags import TagError
from chargers.models import Charger, Host, Tag


def put_on(chargers: Collection[Charger], names: Sequence[str], *, by: User | ApiKey, now: datetime) -> None:
    """Puts tags on chargers.

    Raises TagError, and NotAllowedError without the right to operate at one of the chargers.
    """
    words = tags.clean(names)
    for host, rows in _group_by_host(chargers, by).items():
        with transaction.atomic():
            tags.put_on(rows, words, host=host)
            _write("tag.put_on", words, rows, host=host, by=by, now=now)


def take_off(chargers: Collection[Charger], names: Sequence[str], *, by: User | ApiKey, now: datetime) -> None:
    """Takes tags off chargers.

    Raises TagError, and NotAllowedError without the right to operate at one of the chargers.
    """
    words = tags.clean(names)
    for host, rows in _group_by_host(chargers, by).items():
        with transaction.atomic():
            tags.take_off(rows, words, host=host)
            _write("tag.taken_off", words, rows, host=host, by=by, now=now)


def set_on(charger: Charger, names: Sequence[str], *, by: User | ApiKey, now: datetime) -> None:
    """Sets exactly these tags on the charger. Raises NotAllowedError and TagError."""
    requested = {name.casefold(): name for name in tags.clean(names)}
    has = {tag.name.casefold(): tag.name for tag in charger.tags.all()}
    with transaction.atomic():
        if added := [name for word, name in requested.items() if word not in has]:
            put_on([charger], added, by=by, now=now)
        if removed_names := [name for word, name in has.items() if word not in requested]:
            take_off([charger], removed_names, by=by, now=now)
        if not added and not removed_names:
            access.require_at(by, Right.OPERATE, charger)


def rename(tag: Tag, name: str, *, by: User | ApiKey, now: datetime) -> None:
    """Renames a tag on all its chargers. Raises NotAllowedError and TagError."""
    access.require(by, Right.MANAGE, tag.host)
    words = tags.clean([name])
    if not words:
        raise TagError("Give the tag a name.")
    before, tag.name = tag.name, words[0]
    try:
        with transaction.atomic():
            tag.save(update_fields=["name"])
            subject = audit.Subject("tag", tag.pk, tag.name, tag.host)
            audit.write("tag.renamed", subject, user=by, now=now, before={"name": before}, after={"name": tag.name})
    except IntegrityError as exc:
        raise TagError(f"There is a tag “{words[0]}” already.") from exc


def remove(tag: Tag, *, by: User | ApiKey, now: datetime) -> None:
    """Removes a tag from all its chargers. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, tag.host)
    with transaction.atomic():
        before = {"chargers": sorted(tag.chargers.values_list("charger_id", flat=True))}
        subject = audit.Subject("tag", tag.pk, tag.name, tag.host)
        audit.write("tag.removed", subject, user=by, now=now, before=before)
        tag.delete()


def _group_by_host(chargers: Collection[Charger], by: User | ApiKey) -> dict[Host, list[Charger]]:
    """Groups the chargers by host. Raises NotAllowedError. Two queries for any number of chargers."""
    keys = [charger.pk for charger in chargers]
    allowed = access.filter_permitted(
        Charger.objects.filter(pk__in=keys).select_related("property__host"),
        by,
        host="property__host_id",
        property_="property_id",
        charger="pk",
        right=Right.OPERATE,
    )
    by_host: dict[Host, list[Charger]] = defaultdict(list)
    for charger in allowed:
        by_host[charger.property.host].append(charger)
    if sum(map(len, by_host.values())) < len(set(keys)):
        raise access.NotAllowedError
    return by_host


def _write(
    verb: str, names: Sequence[str], rows: Sequence[Charger], *, host: Host, by: User | ApiKey, now: datetime
) -> None:
    charger_ids = sorted(charger.charger_id for charger in rows)
    for name in names:
        audit.write(verb, audit.Subject("tag", name, name, host), user=by, now=now, after={"chargers": charger_ids})
