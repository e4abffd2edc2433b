"""What a host's own domain serves: its guest pages, and nothing of another host's or of the portal."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from django.urls import ResolverMatch

from authorization.models import AccessRequest, Stay
from billing.models import Session, WaitingGuest
from billing.sessions.companions import links as companion_links
from chargers.models import Charger, Host, PropertyPicture


class ServedAt(Enum):
    """Where a request at a host's own domain is answered."""

    HERE = "here"
    AT_OURS = "at ours"
    """A page for guests that is not one host's alone: help, drivers' accounts, lost sessions."""
    NOWHERE = "nowhere"


OF_EVERY_HOST: Final = frozenset(
    {
        "guest:enter", "guest:language", "guest:app", "guest:worker", "guest:offline", "guest:manifest",
        "processors:simulated-confirmation",
    }
)  # fmt: skip
_OF_STATION: Final = "c/<str:station_id>"
_OF_SESSION: Final = "s/<str:secret>/"
_ANSWERED_AT_OURS: Final = frozenset({"guest", "help", "drive"})
BY_NAME: Final[Mapping[str, Callable[[dict[str, Any], int], bool]]] = {
    "guest:stay": lambda named, host: Stay.objects.filter(link_key=named["secret"], property__host=host).exists(),
    **dict.fromkeys(
        ("guest:asked", "guest:ask-start"),
        lambda named, host: AccessRequest.objects.filter(secret=named["secret"], charger__property__host=host).exists(),
    ),
    **dict.fromkeys(
        ("guest:waiting", "guest:waiting-withdraw", "guest:waiting-push"),
        lambda named, host: WaitingGuest.objects.filter(key=named["key"], charger__property__host=host).exists(),
    ),
    **dict.fromkeys(
        ("guest:brand-colours", "guest:brand-logo", "guest:manifest-of-host"),
        lambda named, host: Host.objects.filter(pk=host, slug=named["host"]).exists(),
    ),
    "guest:companion": lambda named, host: companion_links.is_of_host(named["secret"], host_id=host),
    "chargers:picture": lambda named, host: PropertyPicture.objects.filter(
        hash=named["name"], property__host=host
    ).exists(),
}


def resolve(match: ResolverMatch, *, host_id: int) -> ServedAt:
    """Decides by the address alone. At most one query."""
    if match.view_name in OF_EVERY_HOST:
        return ServedAt.HERE
    if (belongs := BY_NAME.get(match.view_name)) is not None:
        return _serve_if_own(belongs(match.kwargs, host_id))
    if match.app_name == "guest" and match.route.startswith(_OF_STATION):
        stations = Charger.objects.filter(station_id=match.kwargs["station_id"], property__host=host_id)
        return _serve_if_own(stations.exists())
    if match.app_name == "guest" and match.route.startswith(_OF_SESSION):
        return _serve_if_own(Session.objects.filter(secret=match.kwargs["secret"], host=host_id).exists())
    return ServedAt.AT_OURS if match.app_name in _ANSWERED_AT_OURS else ServedAt.NOWHERE


def _serve_if_own(is_of_host: bool) -> ServedAt:
    return ServedAt.HERE if is_of_host else ServedAt.NOWHERE
