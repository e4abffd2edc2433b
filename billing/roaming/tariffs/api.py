"""/ocpi/<version>/tariffs (OCPI 2.2.1 11.2.1)."""

from collections.abc import Sequence
from datetime import datetime

from billing.models import RoamingObject
from billing.roaming.publication.lists import Body
from billing.roaming.publication.published_list import PublishedList
from billing.roaming.tariffs import publishing, rendering


class TariffList(PublishedList):
    module = "tariffs"
    kind = RoamingObject.Kind.TARIFF

    def catch_up(self, *, now: datetime) -> int:
        return publishing.catch_up(now=now)

    def rendered(self, rows: Sequence[RoamingObject]) -> list[Body]:
        return [rendering.tariff(row.body, version=self.version) for row in rows]
