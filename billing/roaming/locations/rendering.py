"""Writes a stored Location for one partner: in its version, and with its own rates if it has any. Pure."""

from collections.abc import Collection
from typing import Any

from billing.roaming.publication import bodies
from billing.roaming.versions.entry import KnownVersion

Body = dict[str, Any]


def location(body: Body, *, version: KnownVersion, providers: Collection[str]) -> Body:
    """Returns the location. `providers` are the keys of the partner's parties, such as NL-EMS."""
    location_body = body | {"evses": [evse(evse_body, providers=providers) for evse_body in body.get("evses", [])]}
    return dict(bodies.public(version.location(location_body)))


def evse(body: Body, *, providers: Collection[str]) -> Body:
    return body | {"connectors": [_connector(connector, providers=providers) for connector in body["connectors"]]}


def _connector(body: Body, *, providers: Collection[str]) -> Body:
    """Returns a connector with the partner's own rates, or else those for everyone."""
    own = body.get("_tariffs_of", {})
    tariff_ids = next((own[key] for key in sorted(providers) if key in own), body.get("tariff_ids"))
    other_fields = {name: value for name, value in body.items() if name != "tariff_ids"}
    return other_fields | ({"tariff_ids": tariff_ids} if tariff_ids else {})
