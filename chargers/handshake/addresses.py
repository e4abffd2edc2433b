"""The addresses to enter in a charger's set-up."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from chargers.models import Charger

_TLS_FROM = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """How the page with the address was reached: the default if no address is configured."""

    host: str
    is_secure: bool


def base_of(charger: Charger, origin: Origin) -> str:
    """Returns the address without the id, for chargers that append it: CHARGER_TLS_URL from profile 2."""
    if charger.security_profile >= _TLS_FROM:
        configured = settings.CHARGER_TLS_URL or (
            settings.CHARGER_URL if settings.CHARGER_URL.startswith("wss://") else ""
        )
        return configured or f"wss://{origin.host}/ocpp"
    return settings.CHARGER_URL or f"{'wss' if origin.is_secure else 'ws'}://{origin.host}/ocpp"


def of_charger(charger: Charger, origin: Origin) -> str:
    return f"{base_of(charger, origin)}/{quote(charger.charger_id, safe='*=+@')}"
