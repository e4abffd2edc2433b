"""Bulk import of a host's cards: a file is stored, compared with the present cards, and then applied as a whole."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef

from authorization.models import ApiKey, Token, TokenGroup, TokenImport, User
from authorization.tokens import csv_file
from authorization.tokens.csv_file import TokenRow, Wrong
from chargers.lib import batch
from chargers.models import Host
from chargers.properties import time_zones
from chargers.text import spreadsheets

KEPT_FOR: Final = timedelta(hours=1)
MAX_BYTES: Final = 32 * 1024 * 1024
AT_ONCE: Final = 5000
"""The largest number of rows written while the user waits; longer files are left to a worker."""
_SHOWN: Final = 200
_BATCH: Final = 5000
_FIELDS: Final = ("visual_number", "owner", "valid", "blocked", "blocked_reason", "expires_at")
_Values = tuple[str, str, bool, bool, str, datetime | None]
_Change = tuple[TokenRow, _Values]
_NEW: Final[_Values] = ("", "", True, False, "", None)


class GoneError(Exception):
    """The import was applied, discarded or has expired."""


@dataclass(slots=True)
class Comparison:
    """What the file would change. `wrong` has the first 200 errors; `wrong_rows` counts all rows with one."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong_rows: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def right(self) -> int:
        return self.new + self.changed + self.unchanged

    @property
    def counts(self) -> dict[str, int]:
        return {"new": self.new, "changed": self.changed, "unchanged": self.unchanged, "wrong": self.wrong_rows}


def keep(host: Host, *, name: str, content: bytes, by: str, now: datetime) -> TokenImport:
    """Stores an uploaded file for an hour; deletes all expired ones. Raises FileError."""
    forget(now=now)
    text = spreadsheets.decode_file(content)
    rows = sum(1 for _ in _read(host, text))
    packed = zlib.compress(text.encode(), level=6)
    return TokenImport.objects.create(
        host=host, name=name[:200], content=packed, rows=rows, by=by, created_at=now, expires_at=now + KEPT_FOR
    )


def forget(*, now: datetime) -> int:
    """Deletes expired files."""
    return TokenImport.objects.filter(expires_at__lte=now).delete()[0]


def compare(token_import: TokenImport) -> Comparison:
    """Returns what applying would change now. Two queries and one pass over the file. Raises FileError."""
    comparison = Comparison()
    for _ in _changes(token_import, comparison):
        pass
    return comparison


def apply(pk: int, *, host: Host, now: datetime) -> Comparison:
    """Writes every valid row in one transaction, and deletes the file. Raises GoneError the second time.

    A card's group is added to its others; a card is never removed from a group. The row of a file applied by a worker
    stays for another hour, with the outcome.
    """
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(
            pk=host.pk
        )  # one import at a time, because they write many cards
        waiting = TokenImport.objects.filter(pk=pk, host=host, expires_at__gt=now, done_at=None)
        token_import = waiting.select_for_update(of=("self",)).first()
        if token_import is None:
            raise GoneError
        comparison = Comparison()
        for some in batch.slices(_changes(token_import, comparison), _BATCH):
            _write(some, host=host)
        if token_import.asked_at is None:
            token_import.delete()
        else:
            _end(token_import, now=now, outcome=comparison.counts)
    return comparison


def request(token_import: TokenImport, *, by: User | ApiKey, now: datetime) -> bool:
    """Leaves the file to a worker. Returns False if it is queued already, or gone."""
    waiting = TokenImport.objects.filter(pk=token_import.pk, asked_at=None, expires_at__gt=now)
    by_key = isinstance(by, ApiKey)
    updated_count = waiting.update(
        asked_at=now, asked_by=None if by_key else by, asked_by_key=by if by_key else None, expires_at=now + KEPT_FOR
    )
    return bool(updated_count)


def due(*, now: datetime) -> list[int]:
    """Returns the keys of the files that a worker must apply, oldest first."""
    waiting = TokenImport.objects.filter(asked_at__isnull=False, done_at=None, expires_at__gt=now)
    return list(waiting.order_by("asked_at", "pk").values_list("pk", flat=True))


def gave_up(pk: int, *, now: datetime) -> None:
    """Records that the file could not be applied, and nothing was written."""
    for token_import in TokenImport.objects.filter(pk=pk, done_at=None):
        _end(token_import, now=now, outcome=None)


def _end(token_import: TokenImport, *, now: datetime, outcome: dict[str, int] | None) -> None:
    token_import.content, token_import.done_at, token_import.outcome, token_import.expires_at = (
        b"",
        now,
        outcome,
        now + KEPT_FOR,
    )
    token_import.save(update_fields=["content", "done_at", "outcome", "expires_at"])


def export_rows(tokens: Iterable[Token]) -> Iterator[dict[str, str]]:
    """Yields the rows of a file that would change nothing. Tokens come from `for_export`."""
    for token in tokens:
        yield {
            "uid": token.uid,
            "visual_number": token.visual_number,
            "owner": token.owner,
            "group": "|".join(token.slugs),  # type: ignore[attr-defined]
            "valid": str(token.valid).lower(),
            "blocked": str(token.blocked).lower(),
            "blocked_reason": token.blocked_reason,
            "expires_at": token.expires_at.isoformat() if token.expires_at else "",
        }


def for_export(host: Host) -> Iterator[Token]:
    """Yields the host's cards by UID, with their groups' slugs. One query."""
    slugs = TokenGroup.objects.filter(tokens=OuterRef("pk")).order_by("slug").values("slug")
    rows = Token.objects.filter(host=host).annotate(slugs=ArraySubquery(slugs)).order_by("canonical_uid")
    return rows.iterator(chunk_size=_BATCH)


def _read(host: Host, text: str) -> Iterator[TokenRow | Wrong]:
    groups = TokenGroup.objects.filter(host=host).values_list("pk", "slug", "name")
    by_name = {name.lower(): pk for pk, _, name in groups} | {slug.lower(): pk for pk, slug, _ in groups}
    return csv_file.read(text, groups=by_name, zone=time_zones.of_host(host))


def _changes(token_import: TokenImport, comparison: Comparison) -> Iterator[_Change]:
    """Yields the cards to write with their new values, and counts them by kind."""
    in_groups = TokenGroup.objects.filter(tokens=OuterRef("pk")).values("pk")
    rows = Token.objects.filter(host=token_import.host_id).values_list(
        "canonical_uid", ArraySubquery(in_groups), *_FIELDS
    )
    by_uid = {uid: (set(groups), tuple(values)) for uid, groups, *values in rows.iterator()}
    last_wrong = 0
    for row in _read(token_import.host, zlib.decompress(token_import.content).decode()):
        if isinstance(row, Wrong):
            comparison.wrong_rows += row.row != last_wrong
            last_wrong = row.row
            if len(comparison.wrong) < _SHOWN:
                comparison.wrong.append(row)
            continue
        groups, values = by_uid.get(row.canonical_uid, (None, _NEW))
        imported = _merge_row(row, values)
        if groups is None:
            comparison.new += 1
        elif imported == values and groups.issuperset(row.groups):
            comparison.unchanged += 1
            continue
        else:
            comparison.changed += 1
        yield row, imported


def _merge_row(row: TokenRow, stored_values: _Values) -> _Values:
    """Returns the card's values with the file's applied; in the order of _FIELDS."""
    visual_number, owner, valid, blocked, reason, expires_at = stored_values
    is_blocked = blocked if row.blocked is None else row.blocked
    return (
        visual_number if row.visual_number is None else row.visual_number,
        owner if row.owner is None else row.owner,
        valid if row.valid is None else row.valid,
        is_blocked,
        (reason if row.blocked_reason is None else row.blocked_reason) if is_blocked else "",
        row.expires_at if row.says_expiry else expires_at,
    )


def _write(some: list[_Change], *, host: Host) -> None:
    """Writes new and changed cards in one statement, and their groups in another."""
    tokens = Token.objects.bulk_create(
        [
            Token(host=host, uid=row.uid, canonical_uid=row.canonical_uid, **dict(zip(_FIELDS, values, strict=True)))
            for row, values in some
        ],
        update_conflicts=True,
        unique_fields=["host", "canonical_uid"],
        update_fields=[*_FIELDS, "updated_at"],
    )
    link = Token.groups.through
    links = [
        link(token_id=token.pk, tokengroup_id=group)
        for token, (row, _) in zip(tokens, some, strict=True)
        for group in row.groups
    ]
    link._default_manager.bulk_create(links, ignore_conflicts=True)
