"""Parts of pages that ask for themselves again: what did not change is answered by one query and no text.

A part brings the version that it shows (`Live-Version`, sent by portal.js); while that is current the answer is 204.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.db.models import BigIntegerField, Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse

from authorization.people import access
from authorization.people.request import now, viewer
from chargers.models import Charger, Message

HEADER: Final = "Live-Version"
_RENEWED_EVERY_S: Final = 30
"""What no version covers, such as the time that a state has lasted, is never older than this."""
_View = Callable[..., HttpResponse]


def follows(version: Callable[..., str]) -> Callable[[_View], _View]:
    """A view whose part is rendered again only when its version, or the half minute, is another one."""

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.htmx:  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            current = f"{version(request, *args, **kwargs)}-{int(now().timestamp()) // _RENEWED_EVERY_S}"
            if request.headers.get(HEADER) == current:
                return HttpResponse(status=204)
            response = view(request, *args, **kwargs)
            response.headers[HEADER] = current
            return response

        return answer

    return decorate


def row_version(table: str) -> RawSQL:
    """The transaction that wrote a row last (PostgreSQL's xmin): another one after every update."""
    return RawSQL(f'"{table}"."xmin"::text::bigint', [], output_field=BigIntegerField())  # noqa: S611 - a table of ours


def of_chargers(request: HttpRequest) -> str:
    """Of all chargers that the viewer may see, with their connectors. One query by index."""
    return _version(access.chargers(viewer(request)).filter(retired_at=None))


def of_charger(request: HttpRequest, charger_id: str) -> str:
    """Of one charger, its connectors and its newest message. One query by index."""
    return _version(access.chargers(viewer(request)).filter(charger_id=charger_id))


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _version(chargers: QuerySet[Charger]) -> str:
    newest = Message.objects.filter(charger=OuterRef("pk")).order_by("-id").values("id")[:1]
    found = chargers.order_by("pk").annotate(
        rows=Count("evses__connectors"),
        written=row_version("chargers_charger"),
        heard=Subquery(newest),
        connectors=Sum(row_version("chargers_connector")),
    )
    return digest(list(found.values_list("pk", "rows", "written", "heard", "connectors")))
