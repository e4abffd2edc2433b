"""/ocpi/<version>/sessions (OCPI 2.2.1 9.2.1)."""

from collections.abc import Sequence
from datetime import datetime

from authorization.roaming.transport.paging import Page
from billing.models import RoamingObject
from billing.roaming.publication import objects
from billing.roaming.publication.lists import Body
from billing.roaming.publication.published_list import PublishedList
from billing.roaming.serving.base import FaultError
from billing.roaming.sessions import publishing, rendering


class SessionList(PublishedList):
    module = "sessions"
    kind = RoamingObject.Kind.SESSION

    def check(self, page: Page) -> None:
        if page.date_from is None:
            raise FaultError("date_from: is required here (9.2.1.1).")

    def catch_up(self, *, now: datetime) -> int:
        return publishing.catch_up(now=now)

    def rendered(self, rows: Sequence[RoamingObject]) -> list[Body]:
        embedded = objects.embedded_locations(rows, version=self.version)
        return [rendering.session(row.body, version=self.version, location=embedded.get(row.pk)) for row in rows]
