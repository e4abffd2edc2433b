"""`/metrics`: open to Prometheus on this machine, and from elsewhere with METRICS_TOKEN."""

import ipaddress
import os
from hmac import compare_digest
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backoffice.metrics.state import State

_REFUSED: Final = (
    "Set METRICS_TOKEN, and send it as `Authorization: Bearer TOKEN`. Without it only this machine may ask,"
    " and reads no amounts of money.\n"
)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Returns Prometheus' text format with 200, or 403 with a sentence."""
    has_token = _has_token(request)
    if not has_token and not _is_local(request):
        return HttpResponse(_REFUSED, status=403, content_type="text/plain; charset=utf-8")
    state = CollectorRegistry()
    state.register(State(with_money=has_token))
    return HttpResponse(generate_latest(_processes()) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


def _processes() -> CollectorRegistry:
    """Returns the metrics of all processes that share a folder, or of this one."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    _forget_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _forget_dead(folder: Path) -> None:
    """Removes figures of dead processes: a killed gateway cannot report that it no longer serves chargers."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    return bool(expected) and scheme.lower() == "bearer" and compare_digest(token.strip().encode(), expected.encode())


def _is_local(request: HttpRequest) -> bool:
    """Whether the request comes from this machine, by the client's address and the requested host name.

    Behind a proxy that is not in TRUSTED_PROXIES, all clients come from this machine, but they request its public name.
    """
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and _is_loopback(_host(request))


def _host(request: HttpRequest) -> str:
    name: str = request.META.get("HTTP_HOST", "")
    if name.startswith("["):
        return name[1:].partition("]")[0]
    name = name.partition(":")[0]
    return "127.0.0.1" if name == "localhost" else name


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
