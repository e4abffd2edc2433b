"""Expected values of settings at all chargers of a property."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import ExpectedSetting, Property


def expect(property_: Property, *, key: str, value: str, by: User | ApiKey, now: datetime) -> None:
    """Sets the expected value; chargers are not changed. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        before = ExpectedSetting.objects.filter(property=property_, key=key).values_list("value", flat=True).first()
        if before == value:
            return
        ExpectedSetting.objects.update_or_create(property=property_, key=key, defaults={"value": value})
        _write(property_, key, before, value, by=by, now=now)


def forget(property_: Property, *, key: str, by: User | ApiKey, now: datetime) -> None:
    """Removes the expected value: any value is right, unless a template says otherwise. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        row = ExpectedSetting.objects.select_for_update().filter(property=property_, key=key).first()
        if row is not None:
            row.delete()
            _write(property_, key, row.value, None, by=by, now=now)


def _write(
    property_: Property, key: str, before: str | None, after: str | None, *, by: User | ApiKey, now: datetime
) -> None:
    subject = audit.Subject("property", property_.slug, property_.name, property_.host)
    audit.write(
        "property.setting_expected",
        subject,
        user=by,
        now=now,
        before={"key": key, "value": before},
        after={"key": key, "value": after},
    )
