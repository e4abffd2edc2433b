"""/ocpi/<version>/locations (OCPI 2.2.1 8.2.1): the list, one location, one EVSE, one connector."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework.request import Request

from authorization.roaming.transport.envelope import Reply
from billing.models import RoamingObject
from billing.roaming.locations import publishing, rendering
from billing.roaming.publication import objects
from billing.roaming.publication.lists import Body
from billing.roaming.publication.published_list import PublishedList
from billing.roaming.serving.base import AbsentError


class LocationList(PublishedList):
    module = "locations"
    kind = RoamingObject.Kind.LOCATION

    def catch_up(self, *, now: datetime) -> int:
        return publishing.catch_up(now=now)

    def rendered(self, rows: Sequence[RoamingObject]) -> list[Body]:
        providers = objects.provider_keys(self.connection)
        return [rendering.location(row.body, version=self.version, providers=providers) for row in rows]


class LocationObject(LocationList):
    def get(self, request: Request, **parts: Any) -> Reply:
        """Returns the object. Ids are case-insensitive."""
        row = self.rows().filter(key__iexact=parts["location_id"]).first()
        if row is None:
            raise AbsentError("There is no such location.", status=2003)
        (body,) = self.rendered([row])
        for name, key, of_parent in (("evse_uid", "uid", "evses"), ("connector_id", "id", "connectors")):
            if parts.get(name):
                body = _member(body[of_parent], key, parts[name])
        return Reply(data=body)


def _member(members: list[Body], key: str, value: str) -> Body:
    member = next((candidate for candidate in members if str(candidate[key]).casefold() == value.casefold()), None)
    if member is None:
        raise AbsentError(f"There is no such {'EVSE' if key == 'uid' else 'connector'}.", status=2003)
    return member
