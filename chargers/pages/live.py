"""Self-refreshing parts of pages: an unchanged part is answered with one query and no content.

A part sends the version that it shows (`Live-Version`, sent by portal.js); while that is current the answer is 204.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.db.models import BigIntegerField, Count, OuterRef, Q, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse

from authorization.models import Decision
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.models import Charger, Connector, Transaction
from chargers.models.hardware import TROUBLED

HEADER: Final = "Live-Version"
_RENEWED_EVERY_S: Final = 30
"""The most that anything outside the version may be outdated, such as how long a state has lasted."""
_VERSION, _SHOWN = "_live_version", "_live_shown"
_KEYS: Final = re.compile(r"(?:[0-9a-f]{1,15}(?:\+[0-9a-f]{1,15})*)?")
_LONGEST: Final = 2000
_OF_CHARGER: Final = (
    "connection_id", "disconnected_at", "registration", "status", "error_code", "name", "property_id", "unit_id",
    "configured", "firmware_version",
)  # fmt: skip
_OF_TRANSACTION: Final = {
    name: name for name in ("id", "stopped_at", "register_wh", "power_w", "soc_pct", "charging_state", "meter_stop_wh")
}
_View = Callable[..., HttpResponse]


def follows(version: Callable[..., str]) -> Callable[[_View], _View]:
    """Decorates a view whose part is rendered again only when its version, or the half minute, changes."""

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.htmx:  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            current = f"{version(request, *args, **kwargs)}-{_half_minute(request)}"
            if request.headers.get(HEADER) == current:
                return HttpResponse(status=204)
            response = view(request, *args, **kwargs)
            response.headers[HEADER] = current
            return response

        return answer

    return decorate


def follows_rows(version: Callable[[HttpRequest, Sequence[int]], str]) -> Callable[[_View], _View]:
    """Like `follows`, for a list whose version is that of its rows, which the view sets with `shows`.

    The page sends their keys with the version, so that the rows need not be searched again.
    """

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.htmx:  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            setattr(request, _VERSION, lambda keys: f"{version(request, keys)}-{_half_minute(request)}.{_text(keys)}")
            client_version = request.headers.get(HEADER, "")
            keys = _keys(client_version.partition(".")[2])
            if keys is not None and client_version == getattr(request, _VERSION)(keys):
                return HttpResponse(status=204)
            response = view(request, *args, **kwargs)
            if current := getattr(request, _SHOWN, ""):
                response.headers[HEADER] = current
            return response

        return answer

    return decorate


def set_shown_rows(request: HttpRequest, keys: Sequence[int]) -> None:
    """Sets the rows (primary keys) of the page. Call it before they are read."""
    if version := getattr(request, _VERSION, None):
        setattr(request, _SHOWN, version(keys))


def _half_minute(request: HttpRequest) -> int:
    """Returns the half minute, which begins at a different second for each user and page to spread the load."""
    offset = zlib.crc32(f"{viewer(request).pk} {request.get_full_path()}".encode()) % _RENEWED_EVERY_S
    return (int(now().timestamp()) + offset) // _RENEWED_EVERY_S


def _text(keys: Sequence[int]) -> str:
    return "+".join(f"{key:x}" for key in keys)


def _keys(text: str) -> list[int] | None:
    """Parses the keys; None if they cannot be from `_text`."""
    if len(text) > _LONGEST or not _KEYS.fullmatch(text):
        return None
    return [int(key, 16) for key in text.split("+")] if text else []


def row_version(table: str) -> RawSQL:
    """Returns the transaction that last wrote a row (PostgreSQL's xmin), which changes with every update."""
    return RawSQL(f'"{table}"."xmin"::text::bigint', [], output_field=BigIntegerField())  # noqa: S611 - a table of ours


def of_fleet(request: HttpRequest, charger_pks: Sequence[int]) -> str:
    """Returns the version of these chargers and of all with a problem; the page does not depend on the others.

    Messages are left out, because those of a busy fleet would render every open page again. One index query.
    """
    troubled = Connector.objects.filter(status__in=TROUBLED).values("evse__charger")
    not_well = Q(connection_id=None) | ~Q(registration=Charger.Registration.ACCEPTED) | Q(status="Faulted")
    followed = Q(pk__in=charger_pks) | not_well | Q(pk__in=troubled)
    running = Transaction.objects.filter(charger=OuterRef("pk"), stopped_at=None).order_by("-id").values("id")[:1]
    rows = (
        access.chargers(viewer(request))
        .filter(followed, retired_at=None)
        .order_by("pk")
        .annotate(
            rows=Count("evses__connectors"), written=Sum(row_version("chargers_connector")), running=Subquery(running)
        )
    )
    return digest(list(rows.values_list("pk", "rows", "written", "running", *_OF_CHARGER)))


def of_charger(request: HttpRequest, charger_id: str) -> str:
    """Returns the version of a charger: its state, its connectors, its newest transaction and decision. One index
    query.

    Messages that change none of these are left out; the page shows them within half a minute.
    """
    newest = Transaction.objects.filter(charger=OuterRef("pk")).order_by("-started_at")
    decided = Decision.objects.filter(charger=OuterRef("pk")).order_by("-id").values("id")[:1]
    rows = access.chargers(viewer(request)).filter(charger_id=charger_id)
    rows = rows.annotate(
        rows=Count("evses__connectors"),
        written=Sum(row_version("chargers_connector")),
        running=Subquery(newest.annotate(facts=JSONObject(**_OF_TRANSACTION)).values("facts")[:1]),
        decided=Subquery(decided),
    )
    return digest(list(rows.values_list("rows", "written", "running", "decided", *_OF_CHARGER)))


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
