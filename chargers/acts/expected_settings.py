"""What a setting should be at every charger of a property."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import ExpectedSetting, Property


def expect(place: Property, *, key: str, value: str, by: User | ApiKey, now: datetime) -> None:
    """Sets the expected value; chargers are not changed. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, place.host)
    with transaction.atomic():
        before = ExpectedSetting.objects.filter(property=place, key=key).values_list("value", flat=True).first()
        if before == value:
            return
        ExpectedSetting.objects.update_or_create(property=place, key=key, defaults={"value": value})
        _write(place, key, before, value, by=by, now=now)


def forget(place: Property, *, key: str, by: User | ApiKey, now: datetime) -> None:
    """Any value is right from now on, except where a template says otherwise. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, place.host)
    with transaction.atomic():
        row = ExpectedSetting.objects.select_for_update().filter(property=place, key=key).first()
        if row is not None:
            row.delete()
            _write(place, key, row.value, None, by=by, now=now)


def _write(
    place: Property, key: str, before: str | None, after: str | None, *, by: User | ApiKey, now: datetime
) -> None:
    subject = audit.Subject("property", place.slug, place.name, place.host)
    audit.write(
        "property.setting_expected",
        subject,
        user=by,
        now=now,
        before={"key": key, "value": before},
        after={"key": key, "value": after},
    )
