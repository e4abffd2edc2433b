"""Lists that partners pull: a page of published objects, with the headers of OCPI (4.1.4)."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from authorization.roaming.transport import envelope, paging
from authorization.roaming.transport.envelope import Reply
from authorization.roaming.transport.paging import Page
from billing.models import RoamingObject

Body = dict[str, Any]


def page_of(rows: QuerySet[RoamingObject], page: Page) -> QuerySet[RoamingObject]:
    """Returns objects whose last_updated lies from date_from and before date_to."""
    if page.date_from is not None:
        rows = rows.filter(last_updated__gte=page.date_from)
    if page.date_to is not None:
        rows = rows.filter(last_updated__lt=page.date_to)
    return rows


def answer(
    rows: QuerySet[RoamingObject], page: Page, *, address: str, render: Callable[[Sequence[RoamingObject]], list[Body]]
) -> tuple[Reply, dict[str, str]]:
    """Returns the page and its headers. Two queries, plus those of rendering."""
    page_rows = page_of(rows, page)
    total = page_rows.count()
    some = render(list(page_rows[page.offset : page.offset + page.limit]))
    headers = {"X-Total-Count": str(total), "X-Limit": str(paging.LIMIT)}
    if link := paging.link(address, page, total=total):
        headers["Link"] = link
    return Reply(data=some, status=envelope.Status.SUCCESS), headers
