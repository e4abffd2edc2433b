"""Writes a stored CDR for a partner, in its version and with its form of credits. Pure."""

from collections.abc import Mapping
from typing import Any

from billing.roaming.cdrs import stored_form
from billing.roaming.publication import bodies
from billing.roaming.versions.entry import KnownVersion

Body = dict[str, Any]


def cdr(
    body: Body,
    *,
    version: KnownVersion,
    location: Mapping[str, Any] | None = None,
    negates_all: bool = False,
    names_end: bool = False,
) -> Body:
    """Returns the CDR.

    `location` is the published one, for a version that embeds it; `negates_all`: every amount of a credit is negative;
    `names_end`: end_date_time is included in any version.
    """
    whole = stored_form.negating_all(body) if negates_all and body.get("credit") else body
    tariffs = [version.tariff(each) for each in whole.get("tariffs", [])]
    with_tariffs = whole | ({"tariffs": tariffs} if tariffs else {})
    made: Body = bodies.public(version.cdr(with_tariffs, location))
    return made | ({"end_date_time": body["end_date_time"]} if names_end else {})
