"""The modules that we offer in each version, with our role in them."""

from typing import Any, Final

from django.conf import settings

from billing.roaming.versions import catalogue
from billing.roaming.versions.entry import KnownVersion

_MODULES: Final = {
    "credentials": "RECEIVER",
    "locations": "SENDER",
    "tariffs": "SENDER",
    "sessions": "SENDER",
    "cdrs": "SENDER",
    "tokens": "RECEIVER",
    "commands": "RECEIVER",
}


def base_url(version: KnownVersion) -> str:
    return f"{settings.PUBLIC_BASE_URL}/ocpi/{version}"


def versions() -> list[dict[str, str]]:
    """Returns our versions, oldest first."""
    return [{"version": name, "url": base_url(version)} for name, version in reversed(list(catalogue.ALL.items()))]


def details(version: KnownVersion) -> dict[str, Any]:
    """Returns our modules, with our role in each if the version has roles."""
    return {
        "version": version.name,
        "endpoints": [
            {"identifier": module, **({"role": role} if version.has_roles else {}), "url": url(version, module)}
            for module, role in _MODULES.items()
        ],
    }


def url(version: KnownVersion, module: str) -> str:
    return f"{base_url(version)}/{module}"
