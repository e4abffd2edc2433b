"""Discovers a partner's versions, and the endpoints of the best common one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from authorization.roaming.transport.envelope import Status
from billing.models import RoamingConnection
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call
from billing.roaming.partners import connections
from billing.roaming.versions import catalogue
from billing.roaming.versions.entry import KnownVersion

_ADDRESS_BEGINS = ("http://", "https://")


class DiscoveryError(Exception):
    """The answer could not be used; the message continues a sentence after the partner's name, the status is OCPI's."""

    def __init__(self, message: str, *, status: int, step: str) -> None:
        super().__init__(message)
        self.status = status
        self.step = step


@dataclass(frozen=True, slots=True)
class Offer:
    """A common version, with the URL of its details."""

    version: KnownVersion
    url: str


def offer(
    connection: RoamingConnection, url: str, *, token: str, version: KnownVersion | None = None, speaks: str = ""
) -> Offer:
    """Returns the best common version, or the requested one. Raises DiscoveryError (3001, 3002)."""
    call = Call(method="GET", url=url, module="versions", token=token, version=speaks)
    outcome = calls.send(connection, call)
    if not outcome.is_success and outcome.http is not None:
        # Some partners take tokens in one form at this URL and in the other at all others.
        is_encoded = connections.encodes_token(connection, version=speaks)
        second = calls.send(connection, replace(call, encodes_token=not is_encoded))
        outcome = second if second.is_success else outcome
    if not outcome.is_success:
        raise DiscoveryError(outcome.failure, status=Status.NOT_REACHABLE, step="versions")
    urls = _urls(outcome.data)
    common_version = catalogue.newest([name for name in urls if version is None or name == version.name])
    if common_version is None:
        offered_versions = ", ".join(sorted(urls)) or "none that can be read"
        wanted_versions = version.name if version else ", ".join(catalogue.ALL)
        raise DiscoveryError(
            f"offers the versions {offered_versions}; we need {wanted_versions}",
            status=Status.NO_COMMON_VERSION,
            step="versions",
        )
    return Offer(common_version, urls[common_version.name])


def endpoints(connection: RoamingConnection, partner_offer: Offer, *, token: str) -> list[dict[str, str]]:
    """Returns its modules.

    Raises DiscoveryError (3001; 3003 if credentials, or every module that we use, are missing).
    """
    outcome = calls.send(
        connection,
        Call(method="GET", url=partner_offer.url, module="versions", token=token, version=partner_offer.version.name),
    )
    if not outcome.is_success:
        raise DiscoveryError(outcome.failure, status=Status.NOT_REACHABLE, step="version_details")
    listed_endpoints = outcome.data.get("endpoints") if isinstance(outcome.data, Mapping) else None
    found_endpoints = [
        entry for entry in map(_endpoint, listed_endpoints if isinstance(listed_endpoints, list) else []) if entry
    ]
    modules = {entry["identifier"] for entry in found_endpoints}
    if "credentials" not in modules or not modules & {"tokens", "locations", "sessions", "cdrs", "tariffs"}:
        raise DiscoveryError(
            f"has no endpoint for {'credentials' if 'credentials' not in modules else 'any module that we use'}",
            status=Status.NO_ENDPOINT,
            step="version_details",
        )
    return found_endpoints


def _urls(data: object) -> dict[str, str]:
    """Returns the URLs by version. A list of one may arrive as the bare object."""
    entries = data if isinstance(data, list) else [data]
    return {
        str(entry["version"]): str(entry["url"])
        for entry in entries
        if isinstance(entry, Mapping) and _is_address(entry.get("url")) and isinstance(entry.get("version"), str)
    }


def _endpoint(entry: Any) -> dict[str, str] | None:
    if not isinstance(entry, Mapping) or not _is_address(entry.get("url")):
        return None
    identifier = str(entry.get("identifier", "")).lower()
    role = {"role": str(entry["role"]).upper()} if entry.get("role") else {}
    return {"identifier": identifier[:50], "url": str(entry["url"])[:500], **role}


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_ADDRESS_BEGINS)
