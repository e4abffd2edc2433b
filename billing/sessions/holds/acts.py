"""Sets how much is held on a guest's card at a property."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.forms.models import model_to_dict

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import HoldPolicy
from chargers.models import Property

_HOLD_FIELDS: Final = ("energy_kwh", "least_minor", "most_minor", "at_limit")


def set_holds(property_: Property, terms: dict[str, Any] | None, *, by: User | ApiKey, now: datetime) -> None:
    """Sets how much is held on a guest's card there; None: the defaults. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, property_.host)
    policy = HoldPolicy.objects.filter(host=property_.host, property=property_).first()
    before = model_to_dict(policy, _HOLD_FIELDS) if policy else None
    with transaction.atomic():
        if terms is None:
            HoldPolicy.objects.filter(host=property_.host, property=property_).delete()
        else:
            HoldPolicy.objects.update_or_create(host=property_.host, property=property_, defaults=terms)
        subject = audit.Subject("property", property_.slug, property_.name, property_.host)
        audit.write("property.holds_set", subject, user=by, now=now, before=before, after=terms)
