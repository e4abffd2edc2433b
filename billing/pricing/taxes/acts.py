"""Sets the tax of a property."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import PropertyTax
from billing.pricing.taxes import property_tax
from chargers.models import Property


class TaxError(Exception):
    """The tax cannot be set; the message gives the reason."""


def state(
    property_: Property, percentage: Decimal, *, valid_from: datetime | None, by: User | ApiKey, now: datetime
) -> PropertyTax | None:
    """Sets the tax for sessions that start from that time, or from now; None if it is set already.

    Raises NotAllowedError, and TaxError for a past time, because the tax of sessions that have begun is not changed.
    """
    access.require(by, Right.MANAGE, property_.host)
    if valid_from is not None and valid_from <= now:
        raise TaxError("A tax cannot begin in the past: choose a day to come, or leave it empty for now.")
    with transaction.atomic():
        Property.objects.select_for_update(no_key=True, of=("self",)).get(pk=property_.pk)
        before = property_tax.find_percentage(property_.pk, valid_from or now)
        new_tax = property_tax.state(property_, percentage, valid_from=valid_from or now, now=now)
        if new_tax is not None:
            subject = audit.Subject("property", property_.slug, property_.name, property_.host)
            after = {"percentage": f"{new_tax.percentage:f}", "valid_from": new_tax.valid_from.isoformat()}
            was = {"percentage": f"{before:f}"} if before is not None else None
            audit.write("property.tax_stated", subject, user=by, now=now, before=was, after=after)
    return new_tax
