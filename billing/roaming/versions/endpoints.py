"""The modules that we offer in each version, with our role in them."""

from typing import Any, Final

from django.conf import settings

from billing.roaming.partners.versions import Version

_MODULES: Final = {
    "credentials": "RECEIVER",
    "locations": "SENDER",
    "tariffs": "SENDER",
    "sessions": "SENDER",
    "cdrs": "SENDER",
    "tokens": "RECEIVER",
    "commands": "RECEIVER",
}


def base_url(version: Version) -> str:
    return f"{settings.PUBLIC_BASE_URL}/ocpi/{version}"


def versions() -> list[dict[str, str]]:
    return [{"version": version.value, "url": base_url(version)} for version in reversed(Version)]


def details(version: Version) -> dict[str, Any]:
    """2.1.1 has no roles. Credentials stand with both: each side may be the sender."""
    return {
        "version": version.value,
        "endpoints": [
            {"identifier": module, **({"role": role} if version.has_roles else {}), "url": url(version, module)}
            for module, role in _MODULES.items()
        ],
    }


def url(version: Version, module: str) -> str:
    return f"{base_url(version)}/{module}"
