"""What a guest of a booking pays at a property, how, and what is included."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from authorization.models import Stay
from billing.engine.values import units
from billing.models import RateAssignment, StayTerms
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer, ResolvedRate
from chargers.lib.i18n import mark
from chargers.models import Charger, Property

Audience = RateAssignment.Audience
Payment = StayTerms.Payment
PLAN: Final = mark("Your stay")
"""The name of a booking's allowance, in place of a driver's plan name."""


def get_or_default(site: Property) -> StayTerms:
    """Returns the host's choice, or the default terms, which are not stored. One query."""
    return StayTerms.objects.filter(property=site).first() or StayTerms(property=site)


def rate(charger: Charger, *, evse_number: int | None, at: datetime) -> tuple[ResolvedRate, str]:
    """Returns what guests of bookings pay, and as whom: the members' price, as with a card of the stay, else the
    guests'.

    Two queries at most. Without a version they pay nothing.
    """
    resolved = _rate(charger, Audience.MEMBER, evse_number=evse_number, at=at)
    if resolved.version is not None:
        return resolved, Audience.MEMBER
    as_guest = _rate(charger, Audience.GUEST, evse_number=evse_number, at=at)
    return (as_guest, Audience.GUEST) if as_guest.version is not None else (resolved, Audience.MEMBER)


def allowance(stay: Stay, terms: StayTerms, *, at: datetime) -> dict[str, Any] | None:
    """Returns the stay's allowance as it is frozen on a session; a daily one is for a day in the property's time zone.
    None: nothing is included.

    Cards and phones of one booking share it: its period is named by the stay.
    """
    if not terms.included_wh and not terms.discount_pct:
        return None
    day = f":{at.astimezone(ZoneInfo(stay.property.time_zone)):%Y-%m-%d}" if terms.included_per == "day" else ""
    return {
        "period": f"stay:{stay.pk}{day}",
        "stay": stay.pk,
        "plan": PLAN,
        "included_wh": terms.included_wh,
        "discount_pct": units.decimal_text(terms.discount_pct),
        "waives": [],
    }


def _rate(charger: Charger, audience: str, *, evse_number: int | None, at: datetime) -> ResolvedRate:
    return resolver.resolve(charger, driver=Payer(audience=audience, evse_number=evse_number), at=at)
