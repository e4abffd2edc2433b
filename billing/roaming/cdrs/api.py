"""/ocpi/<version>/cdrs (OCPI 2.2.1 10.2.1): only read; a CDR is never changed."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from authorization.roaming.transport import paging
from billing.models import RoamingObject
from billing.roaming.cdrs import publishing, rendering
from billing.roaming.partners.versions import Version
from billing.roaming.publication import lists, objects
from billing.roaming.serving.base import FaultError, OcpiView
from billing.roaming.versions import endpoints


class CdrList(OcpiView):
    module = "cdrs"

    def get(self, request: Request, **_: Any) -> Any:
        try:
            page = paging.read(request.query_params)
        except paging.PageError as exc:
            raise FaultError(str(exc)) from exc
        publishing.catch_up(now=datetime.now(tz=UTC))
        rows = objects.pulled(self.connection, objects.Kind.CDR, hosts=self.addressed_hosts())
        address = endpoints.url(self.version, self.module)
        reply, headers = lists.answer(rows, page, address=address, render=self._rendered)
        return self.respond(reply, **headers)

    def _rendered(self, row: RoamingObject) -> dict[str, Any]:
        location = objects.location_body(row) if self.version == Version.V211 else None
        return rendering.cdr(
            row.body,
            version=self.version,
            location=location,
            negates_all=self.connection.negates_all,
            names_end=self.connection.wants_end_date_time,
        )
