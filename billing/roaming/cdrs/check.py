"""Prices a CDR again by its own tariff, as its receiver would. Pure."""

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from billing.engine.ocpi import cdr as pricing
from billing.engine.rate import json_input
from billing.roaming.publication import bodies

Body = dict[str, Any]
_TOLERANCE = Fraction(1, 200)
"""Half a cent: prices without tax have four decimals in OCPI, and each amount of a receipt is rounded."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A CDR's total, and the total by its own tariff, in major units without tax; exact."""

    stated: Fraction
    reckoned: Fraction

    @property
    def is_none(self) -> bool:
        return abs(self.stated - self.reckoned) <= _TOLERANCE * 2


def difference(body: Body, *, time_zone: str, version: str = "2.2.1") -> Difference | None:
    """Returns the difference; None if the CDR has no readable tariff."""
    tariffs = body.get("tariffs")
    if not tariffs:
        return None
    request = bodies.public({"tariff": tariffs[0], "cdr": body, "timezone": time_zone, "ocpi_version": version})
    try:
        parsed = pricing.parse_cdr_request(json_input.parse(json.dumps(request).encode()))
    except pricing.CdrError:
        return None
    report = pricing.price_cdr(tariff=parsed.tariff, cdr=parsed.cdr, zone=parsed.zone, version=parsed.version)
    if report.total_excl_vat is None:
        return None
    cost = body["total_cost"]
    excl = cost["excl_vat"] if isinstance(cost, dict) else cost
    return Difference(Fraction(str(excl)), report.total_excl_vat)
