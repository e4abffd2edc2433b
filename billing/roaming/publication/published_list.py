"""The view of a list that partners pull: modules differ in what is published and how a page is rendered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request

from authorization.roaming.transport import paging
from authorization.roaming.transport.paging import Page
from billing.models import RoamingObject
from billing.roaming.endpoints import addresses
from billing.roaming.publication import lists, objects
from billing.roaming.publication.lists import Body
from billing.roaming.serving.base import FaultError, OcpiView


class PublishedList(OcpiView):
    """GET of a list (OCPI 2.2.1 4.1.4). Subclasses define the kind of object, publish changes and render a page."""

    kind: ClassVar[RoamingObject.Kind]

    def catch_up(self, *, now: datetime) -> int:
        """Publishes what has changed, so that the list is current."""
        raise NotImplementedError

    def rendered(self, rows: Sequence[RoamingObject]) -> list[Body]:
        raise NotImplementedError

    def check(self, page: Page) -> None:
        """Raises FaultError for the stricter requirements of a module."""

    def rows(self) -> QuerySet[RoamingObject]:
        self.catch_up(now=datetime.now(tz=UTC))
        return objects.list_pullable(self.connection, self.kind, hosts=self.addressed_hosts())

    def get(self, request: Request, **_: Any) -> Any:
        try:
            page = paging.read(request.query_params)
        except paging.PageError as exc:
            raise FaultError(str(exc)) from exc
        self.check(page)
        address = addresses.url(self.version, self.module)
        reply, headers = lists.answer(self.rows(), page, address=address, render=self.rendered)
        return self.respond(reply, **headers)
