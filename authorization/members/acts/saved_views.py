"""Saved views of lists: saved, shared with a host, renamed, deleted, opened by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from authorization import audit
from authorization.models import ListPreference, SavedView, User
from authorization.people import access, list_views
from authorization.people.roles import Right
from chargers.models import Host

LIMIT: Final = 50
_MAX_CHARACTERS: Final = 60


class ViewError(ValueError):
    """The view cannot be saved; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSettings:
    """A view as entered. `host`: shared with everybody who sees that host; None: private."""

    page: str
    name: str
    query: str
    columns: Sequence[str]
    host: Host | None = None


def save(view: ViewSettings, *, by: User, now: datetime) -> SavedView:
    """Creates a view, or changes the user's own view of that name. Raises NotAllowedError and ViewError."""
    name = _name(view.name)
    if view.host is not None:
        access.require(by, Right.SEE, view.host)
    with transaction.atomic():
        own_views = SavedView.objects.select_for_update().filter(user=by, page=view.page)
        row = own_views.filter(name__iexact=name).first()
        if row is None and own_views.count() >= LIMIT:
            raise ViewError(f"You have {LIMIT} views already: delete one first.")
        row = row or SavedView(user=by, page=view.page, created_at=now)
        row.name, row.query, row.host = name, view.query[:1000], view.host
        row.columns = list(view.columns)
        row.save()
        _write("list_view.saved", row, by=by, now=now, after={"query": row.query, "shared": row.host is not None})
    return row


def rename(view: SavedView, name: str, *, by: User, now: datetime) -> None:
    """Renames the view. Raises NotAllowedError and ViewError."""
    _require_own(view, by)
    before = view.name
    try:
        with transaction.atomic():
            view.name = _name(name)
            view.save(update_fields=["name"])
            _write("list_view.renamed", view, by=by, now=now, before={"name": before}, after={"name": view.name})
    except IntegrityError as exc:
        raise ViewError(f"You have a view “{name}” already.") from exc


def delete(view: SavedView, *, by: User, now: datetime) -> None:
    """Deletes the view. Its owner may, and for a shared one whoever manages the host. Raises NotAllowedError."""
    if view.user_id != by.pk and not (view.host and access.has_right(by, Right.MANAGE, view.host)):
        raise access.NotAllowedError
    with transaction.atomic():
        _write("list_view.deleted", view, by=by, now=now, before={"query": view.query})
        view.delete()


def open_with(view: SavedView | None, *, page: str, by: User) -> None:
    """Sets the view with which the list opens for this user; None opens it unfiltered. Raises NotAllowedError."""
    if view is not None and not list_views.visible_saved_views(by, page=page).filter(pk=view.pk).exists():
        raise access.NotAllowedError
    ListPreference.objects.update_or_create(user=by, page=page, defaults={"default_view": view})


def choose_columns(columns: Sequence[str], *, page: str, by: User) -> None:
    """Sets the columns that this user sees unless a view says otherwise."""
    ListPreference.objects.update_or_create(user=by, page=page, defaults={"columns": list(columns)})


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name:
        raise ViewError("Give the view a name.")
    if len(name) > _MAX_CHARACTERS:
        raise ViewError(f"A name has at most {_MAX_CHARACTERS} characters.")
    return name


def _require_own(view: SavedView, by: User) -> None:
    if view.user_id != by.pk:
        raise access.NotAllowedError


def _write(verb: str, view: SavedView, *, by: User, now: datetime, before: object = None, after: object = None) -> None:
    subject = audit.Subject("list_view", view.pk, view.name, view.host)
    audit.write(verb, subject, user=by, now=now, before=before, after=after)
