"""Who may charge at a property."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access as permissions
from authorization.people.roles import Right
from chargers.models import Property


def admit(place: Property, *, access: str, by: User | ApiKey, now: datetime) -> None:
    """Sets who may charge at the property from now on. Raises NotAllowedError."""
    permissions.require(by, Right.MANAGE, place.host)
    with transaction.atomic():
        before = Property.objects.select_for_update().values_list("access", flat=True).get(pk=place.pk)
        place.access = access
        place.save(update_fields=["access"])
        audit.write(
            "property.access_changed",
            audit.Subject("property", place.slug, place.name, place.host),
            user=by,
            now=now,
            before={"access": before},
            after={"access": access},
        )
