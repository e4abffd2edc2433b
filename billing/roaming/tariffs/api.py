"""/ocpi/<version>/tariffs (OCPI 2.2.1 11.2.1)."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from authorization.roaming.transport import paging
from billing.models import RoamingObject
from billing.roaming.publication import lists, objects
from billing.roaming.serving.base import FaultError, OcpiView
from billing.roaming.tariffs import publishing, rendering
from billing.roaming.versions import endpoints


class TariffList(OcpiView):
    module = "tariffs"

    def get(self, request: Request, **_: Any) -> Any:
        try:
            page = paging.read(request.query_params)
        except paging.PageError as exc:
            raise FaultError(str(exc)) from exc
        publishing.catch_up(now=datetime.now(tz=UTC))
        rows = objects.pulled(self.connection, objects.Kind.TARIFF, hosts=self.addressed_hosts())
        address = endpoints.url(self.version, self.module)
        reply, headers = lists.answer(rows, page, address=address, render=self._rendered)
        return self.respond(reply, **headers)

    def _rendered(self, row: RoamingObject) -> dict[str, Any]:
        return rendering.tariff(row.body, version=self.version)
