"""Personal data of guests in the agents' admin: masked, unless its host granted it, or the person has a live ticket."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest

from authorization.models import DataGrant, User
from authorization.people import data_grants
from billing.formatting import contacts
from support.models import Ticket

_KNOWN = "_support_data_grants"


class Masks(Protocol):
    """A page of the admin with personal data."""

    @property
    def sensitive(self) -> Mapping[str, DataGrant.Scope]: ...
    @property
    def host_path(self) -> str: ...


class Named:
    """A row under another name: templates write what a row is called into titles and paths."""

    def __init__(self, row: Model, title: str) -> None:
        self._row, self._title = row, title

    def __str__(self) -> str:
        return self._title

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def column(field: "Field[Any, Any]") -> Any:
    """A method that shows the column masked."""
    name = field.name

    @admin.display(description=str(field.verbose_name).capitalize(), ordering=name)
    def method(row: Any) -> str:
        return masked(getattr(row, name))

    return method


def masked(value: object) -> str:
    """k…@example.com of an address, K… of a name."""
    text = str(value or "")
    if not text:
        return "–"
    return contacts.masked(text) or f"{text[:1]}…"


def grants(page: Masks, request: HttpRequest, row: Model) -> list[DataGrant]:
    """Those that hold for this agent at the row's host, of a scope that the page has. One query a request."""
    scopes = set(page.sensitive.values())
    host = _host_of(row, page.host_path)
    return [one for one in _held(request) if one.host_id == host and one.scope in scopes]


def visible(page: Masks, request: HttpRequest, row: Model) -> frozenset[str]:
    """The columns that this agent may read: granted ones, and the address of a person with a live ticket."""
    granted = {one.scope for one in grants(page, request, row)}
    return frozenset(
        name for name, scope in page.sensitive.items() if scope in granted or _asks(str(getattr(row, name) or ""))
    )


def note(grant: DataGrant, row: Model) -> None:
    """For the host's journal: which row, without its personal data."""
    data_grants.note_opening(grant, f"{row._meta.verbose_name} {row.pk}", now=datetime.now(tz=UTC))


def banner(grant: DataGrant) -> str:
    """What stands on each page that shows granted data."""
    return (
        f"{grant.host} lets you see this until {grant.ends_at:%-d %b, %H:%M} UTC: {grant.get_scope_display().lower()}. "
        "It sees what you open."
    )


def _held(request: HttpRequest) -> list[DataGrant]:
    known: list[DataGrant] | None = getattr(request, _KNOWN, None)
    if known is None:
        user = request.user
        known = list(data_grants.held(user, now=datetime.now(tz=UTC))) if isinstance(user, User) else []
        setattr(request, _KNOWN, known)
    return known


def _asks(address: str) -> bool:
    return "@" in address and Ticket.objects.filter(email=address.lower(), state__in=Ticket.LIVE).exists()


def _host_of(row: Any, paths: str) -> object:
    """The first of several paths that leads to one."""
    for path in paths.split("|"):
        found = row
        for name in path.split("."):
            found = getattr(found, name, None)
        if found is not None:
            return found
    return None
