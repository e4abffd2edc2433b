"""What a host states for its receipts and its guests' cards: the company, and how much is held."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.forms.models import model_to_dict

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import HoldPolicy
from billing.statements import seller_facts
from chargers.models import Host, Property

COMPANY_FIELDS: Final = ("legal_name", "legal_address", "tax_number")
_HOLD_FIELDS: Final = ("energy_kwh", "least_minor", "most_minor", "at_limit")


def change_company(host: Host, *, by: User, now: datetime) -> bool:
    """Stores the company of the instance; False if nothing differs. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        before = dict(Host.objects.filter(pk=host.pk).values(*COMPANY_FIELDS).get())
        host.save(update_fields=COMPANY_FIELDS)
        after: dict[str, Any] = {name: getattr(host, name) for name in COMPANY_FIELDS}
        if after == before:
            return False
        subject = audit.Subject("host", host.pk, host.name, host)
        audit.write("host.company_changed", subject, user=by, now=now, before=before, after=after)
    return True


def change_seller(host: Host, facts: dict[str, Any], *, by: User, now: datetime) -> bool:
    """Stores the host's data for the seller report; False if unchanged. Raises NotAllowedError.

    The audit entry names the changed fields without their values, since taxpayer numbers are confidential.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        changed = seller_facts.store(host, **facts)
        if changed:
            subject = audit.Subject("host", host.pk, host.name, host)
            audit.write("host.seller_changed", subject, user=by, now=now, after={"changed": list(changed)})
    return bool(changed)


def set_holds(place: Property, wanted: dict[str, Any] | None, *, by: User, now: datetime) -> None:
    """Sets how much is held on a guest's card there; None: the defaults. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, place.host)
    known = HoldPolicy.objects.filter(host=place.host, property=place).first()
    before = model_to_dict(known, _HOLD_FIELDS) if known else None
    with transaction.atomic():
        if wanted is None:
            HoldPolicy.objects.filter(host=place.host, property=place).delete()
        else:
            HoldPolicy.objects.update_or_create(host=place.host, property=place, defaults=wanted)
        subject = audit.Subject("property", place.slug, place.name, place.host)
        audit.write("property.holds_set", subject, user=by, now=now, before=before, after=wanted)
