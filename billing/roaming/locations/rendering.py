"""A stored Location as one partner is shown it: in its version, and with its own rates where it has some. Pure."""

from collections.abc import Collection
from typing import Any

from billing.roaming.publication import bodies
from billing.roaming.versions.entry import KnownVersion

Body = dict[str, Any]


def location(body: Body, *, version: KnownVersion, providers: Collection[str]) -> Body:
    """`providers` are the keys of the partner's parties, such as NL-EMS."""
    made = body | {"evses": [evse(each, providers=providers) for each in body.get("evses", [])]}
    return dict(bodies.public(version.location(made)))


def evse(body: Body, *, providers: Collection[str]) -> Body:
    return body | {"connectors": [_connector(each, providers=providers) for each in body["connectors"]]}


def _connector(body: Body, *, providers: Collection[str]) -> Body:
    """Rates of the partner before those of everybody."""
    own = body.get("_tariffs_of", {})
    tariff_ids = next((own[key] for key in sorted(providers) if key in own), body.get("tariff_ids"))
    rest = {name: value for name, value in body.items() if name != "tariff_ids"}
    return rest | ({"tariff_ids": tariff_ids} if tariff_ids else {})
