"""/ocpi/<version>/locations (OCPI 2.2.1 8.2.1): the list, one location, one EVSE, one connector."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from authorization.roaming.transport import paging
from authorization.roaming.transport.envelope import Reply
from billing.models import RoamingObject
from billing.roaming.locations import publishing, rendering
from billing.roaming.publication import lists, objects
from billing.roaming.serving.base import AbsentError, FaultError, OcpiView
from billing.roaming.versions import endpoints

Body = dict[str, Any]


class _Locations(OcpiView):
    module = "locations"

    def rows(self) -> Any:
        publishing.catch_up(now=datetime.now(tz=UTC))
        return objects.pulled(self.connection, objects.Kind.LOCATION, hosts=self.addressed_hosts())

    def rendered(self, row: RoamingObject) -> Body:
        providers = objects.provider_keys(self.connection)
        return rendering.location(row.body, version=self.version, providers=providers)


class LocationList(_Locations):
    def get(self, request: Request, **_: Any) -> Any:
        try:
            page = paging.read(request.query_params)
        except paging.PageError as exc:
            raise FaultError(str(exc)) from exc
        address = endpoints.url(self.version, self.module)
        reply, headers = lists.answer(self.rows(), page, address=address, render=self.rendered)
        return self.respond(reply, **headers)


class LocationObject(_Locations):
    def get(self, request: Request, location_id: str, **parts: Any) -> Reply:
        """Ids compare without case."""
        row = self.rows().filter(key__iexact=location_id).first()
        if row is None:
            raise AbsentError("There is no such location.", status=2003)
        body = self.rendered(row)
        for name, key, of_parent in (("evse_uid", "uid", "evses"), ("connector_id", "id", "connectors")):
            if parts.get(name):
                body = _member(body[of_parent], key, parts[name])
        return Reply(data=body)


def _member(members: list[Body], key: str, value: str) -> Body:
    member = next((each for each in members if str(each[key]).casefold() == value.casefold()), None)
    if member is None:
        raise AbsentError(f"There is no such {'EVSE' if key == 'uid' else 'connector'}.", status=2003)
    return member
