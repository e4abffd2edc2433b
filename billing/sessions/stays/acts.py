"""The payment terms for guests of bookings at a property: what they pay, how, and what is included."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import StayTerms
from billing.sessions.stays import terms
from chargers.models import Property


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTerms:
    """The terms that a host chose.

    `payment` is of StayTerms.Payment, `included_per` of StayTerms.Per, `folio_lines` of StayTerms.Lines.
    """

    payment: str
    included_wh: int
    included_per: str
    discount_pct: Decimal
    folio_lines: str = StayTerms.Lines.SESSION


def set_terms(site: Property, agreed: AgreedTerms, *, by: User | ApiKey, now: datetime) -> None:
    """Sets the terms for sessions that begin from now; running sessions keep theirs. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, site.host)
    before = terms.get_or_default(site)
    values = {
        "payment": agreed.payment,
        "included_wh": agreed.included_wh,
        "included_per": agreed.included_per,
        "discount_pct": agreed.discount_pct,
        "folio_lines": agreed.folio_lines,
    }
    with transaction.atomic():
        StayTerms.objects.update_or_create(property=site, defaults=values)
        subject = audit.Subject("property", site.slug, site.name, site.host)
        audit.write(
            "property.stay_terms",
            subject,
            user=by,
            now=now,
            before=_audit_values(before),
            after=_format_discount(values),
        )


def _audit_values(row: StayTerms) -> dict[str, object]:
    names = ("payment", "included_wh", "included_per", "discount_pct", "folio_lines")
    return _format_discount({name: getattr(row, name) for name in names})


def _format_discount(values: dict[str, object]) -> dict[str, object]:
    return values | {"discount_pct": str(values["discount_pct"])}
