"""Personal data of guests in the agents' admin: masked unless the host granted access or the guest's ticket is live."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from django.contrib import admin
from django.db.models import Field, Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

from authorization.models import DataGrant, User
from authorization.people import data_grants
from billing.formatting import contacts
from support.models import Ticket

_KNOWN = "_support_data_grants"


class Masks(Protocol):
    """An admin page with personal data."""

    @property
    def sensitive(self) -> Mapping[str, DataGrant.Scope]: ...
    @property
    def host_path(self) -> str: ...


class NamedRow:
    """A row under another name, because templates use a row's name in titles and paths."""

    def __init__(self, row: Model, title: str) -> None:
        self._row, self._title = row, title

    def __str__(self) -> str:
        return self._title

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def column(field: "Field[Any, Any]") -> Any:
    """Returns a method that shows the column masked."""
    name = field.name

    @admin.display(description=str(field.verbose_name).capitalize(), ordering=name)
    def method(row: Any) -> str:
        return mask_value(getattr(row, name))

    return method


def mask_value(value: object) -> str:
    """Masks a value: k…@example.com for an address, K… for a name."""
    text = str(value or "")
    if not text:
        return "–"
    return contacts.mask_address(text) or f"{text[:1]}…"


def make_list_column(page: Masks, request: HttpRequest, field: "Field[Any, Any]") -> Any:
    """Returns a list column, masked except in rows of hosts that have granted this agent its scope."""
    name = field.name

    @admin.display(description=str(field.verbose_name).capitalize(), ordering=name)
    def method(row: Any) -> str:
        value = getattr(row, name)
        return str(value or "–") if name in list_granted_columns(page, request, row) else mask_value(value)

    method.__name__ = f"{name}_masked"
    return method


def list_granted_columns(page: Masks, request: HttpRequest, row: Model) -> frozenset[str]:
    """Returns the columns that a grant of the row's host shows."""
    scopes = {grant.scope for grant in grants(page, request, row)}
    return frozenset(name for name, scope in page.sensitive.items() if scope in scopes)


def relations(page: Masks, request: HttpRequest) -> list[str]:
    """Returns the relations from rows to their hosts, for lists with grants; empty without a grant."""
    scopes = set(page.sensitive.values())
    if not any(grant.scope in scopes for grant in _load_grants(request)):
        return []
    steps = (path.split(".")[:-1] for path in page.host_path.split("|"))
    return [LOOKUP_SEP.join(step) for step in steps if step]


def note_list(page: Masks, request: HttpRequest, rows: Iterable[Model], *, columns: Collection[str]) -> list[DataGrant]:
    """Records in the host's journal each row of a list whose columns were shown. Returns the grants that allowed it."""
    used: dict[int, DataGrant] = {}
    for row in rows:
        for grant in grants(page, request, row):
            names = [name for name, scope in page.sensitive.items() if scope == grant.scope and name in columns]
            if any(getattr(row, name) for name in names):
                note(grant, row)
                used[grant.pk] = grant
    return list(used.values())


def grants(page: Masks, request: HttpRequest, row: Model) -> list[DataGrant]:
    """Returns this agent's grants in force at the row's host, for scopes of this page. One query per request."""
    scopes = set(page.sensitive.values())
    page_grants = [data_grant for data_grant in _load_grants(request) if data_grant.scope in scopes]
    host = _host_of(row, page.host_path) if page_grants else None
    return [grant for grant in page_grants if grant.host_id == host]


def visible(page: Masks, request: HttpRequest, row: Model) -> frozenset[str]:
    """Returns the columns that this agent may read: granted ones, and the address of a person with a live ticket."""
    asking = {name for name in page.sensitive if _has_live_ticket(str(getattr(row, name) or ""))}
    return list_granted_columns(page, request, row) | asking


def note(grant: DataGrant, row: Model) -> None:
    """Records the row in the host's journal, without its personal data."""
    data_grants.note_opening(grant, f"{row._meta.verbose_name} {row.pk}", now=datetime.now(tz=UTC))


def banner(grant: DataGrant) -> str:
    """Returns the notice shown on each page with granted data."""
    return (
        f"{grant.host} lets you see this until {grant.ends_at:%-d %b, %H:%M} UTC: {grant.get_scope_display().lower()}. "
        "It sees what you open."
    )


def _load_grants(request: HttpRequest) -> list[DataGrant]:
    grants: list[DataGrant] | None = getattr(request, _KNOWN, None)
    if grants is None:
        user = request.user
        grants = list(data_grants.list_for_agent(user, now=datetime.now(tz=UTC))) if isinstance(user, User) else []
        setattr(request, _KNOWN, grants)
    return grants


def _has_live_ticket(address: str) -> bool:
    return "@" in address and Ticket.objects.filter(email=address.lower(), state__in=Ticket.LIVE).exists()


def _host_of(row: Any, paths: str) -> object:
    """Returns the host by the first path that leads to one."""
    for path in paths.split("|"):
        related = row
        for name in path.split("."):
            related = getattr(related, name, None)
        if related is not None:
            return related
    return None
