"""Parts of pages that ask for themselves again: what did not change is answered by one query and no text.

A part brings the version that it shows (`Live-Version`, sent by portal.js); while that is current the answer is 204.
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
"""What no version covers, such as the time that a state has lasted, is never older than this."""
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
    """A view whose part is rendered again only when its version, or the half minute, is another one."""

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
    """The same for a list, whose version is that of the rows that it shows: the view names them by `shows`.

    The page brings their keys back with the version, so that which ones they are needs not be found again.
    """

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.htmx:  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            setattr(request, _VERSION, lambda keys: f"{version(request, keys)}-{_half_minute(request)}.{_text(keys)}")
            brought = request.headers.get(HEADER, "")
            keys = _keys(brought.partition(".")[2])
            if keys is not None and brought == getattr(request, _VERSION)(keys):
                return HttpResponse(status=204)
            response = view(request, *args, **kwargs)
            if current := getattr(request, _SHOWN, ""):
                response.headers[HEADER] = current
            return response

        return answer

    return decorate


def shows(request: HttpRequest, keys: Sequence[int]) -> None:
    """Which rows (primary keys) a view is about to read for its page: call it before they are read."""
    if version := getattr(request, _VERSION, None):
        setattr(request, _SHOWN, version(keys))


def _half_minute(request: HttpRequest) -> int:
    """Begins at another second for each person and page, so that not all of them are rendered at once."""
    offset = zlib.crc32(f"{viewer(request).pk} {request.get_full_path()}".encode()) % _RENEWED_EVERY_S
    return (int(now().timestamp()) + offset) // _RENEWED_EVERY_S


def _text(keys: Sequence[int]) -> str:
    return "+".join(f"{key:x}" for key in keys)


def _keys(text: str) -> list[int] | None:
    """None where it cannot be from `_text`."""
    if len(text) > _LONGEST or not _KEYS.fullmatch(text):
        return None
    return [int(key, 16) for key in text.split("+")] if text else []


def row_version(table: str) -> RawSQL:
    """The transaction that wrote a row last (PostgreSQL's xmin): another one after every update."""
    return RawSQL(f'"{table}"."xmin"::text::bigint', [], output_field=BigIntegerField())  # noqa: S611 - a table of ours


def of_fleet(request: HttpRequest, listed: Sequence[int]) -> str:
    """Of these chargers, and of all that are not well: the state of the others moves nothing on the page.

    Messages are left out: of a busy fleet each would render every open page again. One query by index.
    """
    troubled = Connector.objects.filter(status__in=TROUBLED).values("evse__charger")
    not_well = Q(connection_id=None) | ~Q(registration=Charger.Registration.ACCEPTED) | Q(status="Faulted")
    followed = Q(pk__in=listed) | not_well | Q(pk__in=troubled)
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
    """Of one charger: its state, its connectors, its newest transaction and decision. One query by index.

    Messages that change none of these are left out; that there was one is shown within half a minute.
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
