"""/ocpi/<version>/cdrs (OCPI 2.2.1 10.2.1): read-only, because a CDR is never changed."""

from collections.abc import Sequence
from datetime import datetime

from billing.models import RoamingObject
from billing.roaming.cdrs import publishing
from billing.roaming.publication import objects
from billing.roaming.publication.lists import Body
from billing.roaming.publication.published_list import PublishedList


class CdrList(PublishedList):
    module = "cdrs"
    kind = RoamingObject.Kind.CDR

    def catch_up(self, *, now: datetime) -> int:
        return publishing.catch_up(now=now)

    def rendered(self, rows: Sequence[RoamingObject]) -> list[Body]:
        embedded = objects.embedded_locations(rows, version=self.version)
        return [
            publishing.render_cdr(row, self.connection, version=self.version, location=embedded.get(row.pk))
            for row in rows
        ]
