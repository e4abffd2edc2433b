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
    source_body = stored_form.negating_all(body) if negates_all and body.get("credit") else body
    tariffs = [version.tariff(tariff_body) for tariff_body in source_body.get("tariffs", [])]
    with_tariffs = source_body | ({"tariffs": tariffs} if tariffs else {})
    rendered: Body = bodies.public(version.cdr(with_tariffs, location))
    return rendered | ({"end_date_time": body["end_date_time"]} if names_end else {})
