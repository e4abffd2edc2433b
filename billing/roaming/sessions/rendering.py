"""Writes a stored Session for a partner, in its version. Pure."""

from collections.abc import Mapping
from typing import Any

from billing.roaming.publication import bodies
from billing.roaming.versions.entry import KnownVersion

Body = dict[str, Any]


def session(body: Body, *, version: KnownVersion, location: Mapping[str, Any] | None = None) -> Body:
    """Returns the session.

    `location` is the published one, for a version that embeds it with the one EVSE and connector.
    """
    return dict(bodies.public(version.session(body, location)))
