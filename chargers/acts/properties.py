"""User actions on properties: opened, changed, closed, their units and pictures, and who may charge there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access as permissions
from authorization.people.roles import Right
from chargers.models import Host, Property, PropertyPicture, Unit
from chargers.properties import details, pictures
from chargers.properties.details import PropertyDetails, PropertyError
from chargers.properties.pictures import Picture


def add(host: Host, particulars: PropertyDetails, *, by: User | ApiKey, now: datetime) -> Property:
    """Opens a property, at which only the host's own groups may charge at first.

    Raises NotAllowedError and PropertyError.
    """
    permissions.require(by, Right.MANAGE, host)
    with transaction.atomic():
        Host.objects.select_for_update().get(pk=host.pk)
        property_ = details.open_at(host, particulars)
        after = {name: _convert_for_json(value) for name, value in particulars.as_dict().items() if value}
        audit.write("property.added", _subject(property_), user=by, now=now, after=after)
    return property_


def edit(property_: Property, particulars: PropertyDetails, *, by: User | ApiKey, now: datetime) -> bool:
    """Changes the property's details; False if nothing differs. Raises NotAllowedError and PropertyError."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        row = _lock_property(property_)
        changed = details.change(row, particulars)
        if changed:
            before = {name: _convert_for_json(was) for name, (was, _) in changed.items()}
            after = {name: _convert_for_json(value) for name, (_, value) in changed.items()}
            audit.write("property.edited", _subject(row), user=by, now=now, before=before, after=after)
    return bool(changed)


def edit_and_admit(
    property_: Property, particulars: PropertyDetails | None, *, access: str | None, by: User | ApiKey, now: datetime
) -> None:
    """Changes details and access together or not at all; None leaves a part unchanged.

    Raises NotAllowedError and PropertyError.
    """
    with transaction.atomic():
        if particulars is not None:
            edit(property_, particulars, by=by, now=now)
        if access is not None:
            admit(property_, access=access, by=by, now=now)


def close(property_: Property, *, reason: str, by: User | ApiKey, now: datetime) -> bool:
    """Closes the property; False if it was closed. Raises NotAllowedError, and PropertyError while it has chargers."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        is_closed = details.close(_lock_property(property_), now=now)
        if is_closed:
            audit.write("property.closed", _subject(property_), user=by, now=now, reason=reason)
    return is_closed


def reopen(property_: Property, *, by: User | ApiKey, now: datetime) -> bool:
    """Reopens the property; False if it was open. Raises NotAllowedError."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        is_open = details.reopen(property_)
        if is_open:
            audit.write("property.reopened", _subject(property_), user=by, now=now)
    return is_open


def add_unit(property_: Property, *, name: str, by: User | ApiKey, now: datetime) -> Unit:
    """Adds a unit. Raises NotAllowedError and PropertyError."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        unit = details.add_unit(_lock_property(property_), name)
        audit.write("unit.added", _unit_subject(unit), user=by, now=now)
    return unit


def rename_unit(unit: Unit, *, name: str, by: User | ApiKey, now: datetime) -> bool:
    """Renames a unit; False if the name is the same. Raises NotAllowedError and PropertyError."""
    permissions.require(by, Right.MANAGE, unit.property.host)
    with transaction.atomic():
        _lock_property(unit.property)
        before = details.rename_unit(unit, name)
        if before != unit.name:
            was, after = {"name": before}, {"name": unit.name}
            audit.write("unit.renamed", _unit_subject(unit), user=by, now=now, before=was, after=after)
    return before != unit.name


def remove_unit(unit: Unit, *, by: User | ApiKey, now: datetime) -> None:
    """Removes a unit.

    Raises NotAllowedError, and PropertyError while something refers to it, which would silently lose its unit.
    """
    permissions.require(by, Right.MANAGE, unit.property.host)
    with transaction.atomic():
        _lock_property(unit.property)
        if tied := _tied_to(unit):
            raise PropertyError({"": f"{unit.name} is in use by {tied}: untie it there first."})
        audit.write("unit.removed", _unit_subject(unit), user=by, now=now)
        unit.delete()


def add_picture(
    property_: Property, picture: Picture, *, caption: str, by: User | ApiKey, now: datetime
) -> PropertyPicture:
    """Adds a picture. Raises NotAllowedError, and ImageError if there are too many."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        added_picture = pictures.add(_lock_property(property_), picture, caption=caption, now=now)
        audit.write(
            "property.picture_added", _subject(property_), user=by, now=now, after={"picture": added_picture.hash}
        )
    return added_picture


def remove_picture(picture: PropertyPicture, *, by: User | ApiKey, now: datetime) -> None:
    """Removes a picture, so that guests no longer see it. Raises NotAllowedError."""
    property_ = picture.property
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        audit.write("property.picture_removed", _subject(property_), user=by, now=now, before={"picture": picture.hash})
        picture.delete()


def describe_picture(picture: PropertyPicture, *, caption: str, by: User | ApiKey, now: datetime) -> None:
    """Sets the description for people who cannot see the picture. Raises NotAllowedError."""
    property_ = picture.property
    permissions.require(by, Right.MANAGE, property_.host)
    before, picture.caption = picture.caption, caption
    with transaction.atomic():
        picture.save(update_fields=["caption"])
        was, after = {"picture": picture.hash, "caption": before}, {"picture": picture.hash, "caption": caption}
        audit.write("property.picture_described", _subject(property_), user=by, now=now, before=was, after=after)


def arrange_pictures(property_: Property, ids: Sequence[str], *, by: User | ApiKey, now: datetime) -> None:
    """Sets the order in which guests see the pictures. Raises NotAllowedError and ImageError."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        before = pictures.arrange(_lock_property(property_), ids)
        if before != list(ids):
            was, after = {"pictures": before}, {"pictures": list(ids)}
            audit.write("property.pictures_arranged", _subject(property_), user=by, now=now, before=was, after=after)


def admit(property_: Property, *, access: str, by: User | ApiKey, now: datetime) -> Property.Access:
    """Sets who may charge at the property; returns who might before. Raises NotAllowedError."""
    permissions.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        before = Property.objects.select_for_update().values_list("access", flat=True).get(pk=property_.pk)
        property_.access = access
        property_.save(update_fields=["access"])
        was, after = {"access": before}, {"access": access}
        audit.write("property.access_changed", _subject(property_), user=by, now=now, before=was, after=after)
    return Property.Access(before)


def _lock_property(property_: Property) -> Property:
    return Property.objects.select_for_update(of=("self",)).select_related("host").get(pk=property_.pk)


def _tied_to(unit: Unit) -> str:
    counts = (
        ("charger", unit.chargers.count()),
        ("stay", unit.stays.count()),
        ("token group", unit.token_groups.count()),
        ("access rule", unit.access_rules.count()),
        ("listing of a property system", unit.listings.count()),
    )
    return " and ".join(f"{count} {label if count == 1 else _plural(label)}" for label, count in counts if count)


def _plural(label: str) -> str:
    first, *rest = label.split(" of ")
    return " of ".join([f"{first}s", *rest])


def _subject(property_: Property) -> audit.Subject:
    return audit.Subject("property", property_.slug, property_.name, property_.host)


def _unit_subject(unit: Unit) -> audit.Subject:
    return audit.Subject("unit", f"{unit.property.slug}/{unit.slug}", unit.name, unit.property.host)


def _convert_for_json(value: Any) -> Any:
    """Converts a value for JSON."""
    return value if value is None or isinstance(value, str | dict) else str(value)
