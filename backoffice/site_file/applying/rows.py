"""Stores rows by their natural keys, in bulk: creates new ones, updates those that differ, leaves equal ones alone."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model

K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Model)
T = TypeVar("T")

Values = Mapping[str, Any]
"""Values by column name; foreign keys by their column (`host_id`)."""

_BATCH = 2_000
_LOOK_UP = 10_000


@dataclass(frozen=True, slots=True)
class StoredRows(Generic[K, M]):
    """The rows of a file's entries as they are now, and which of them are new or were changed."""

    rows: dict[K, M]
    created: frozenset[K]
    updated: frozenset[K]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries of one kind were created, updated and left unchanged."""

    created: int
    updated: int
    unchanged: int


def store(
    model: type[M], values_by_key: Mapping[K, Values], existing: Mapping[K, M], *, stamped: Sequence[str] = ()
) -> StoredRows[K, M]:
    """Makes the rows equal to the values, 2,000 per statement. `stamped` columns note the time of a change."""
    new = {key: model(**values) for key, values in values_by_key.items() if key not in existing}
    changed = {}
    for key, values in values_by_key.items():
        row = existing.get(key)
        if row is not None and any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed[key] = row
    model._default_manager.bulk_create(new.values(), batch_size=_BATCH)
    if changed:
        _update(model, list(changed.values()), columns=[*next(iter(values_by_key.values())), *stamped])
    return StoredRows(
        rows={key: new.get(key) or existing[key] for key in values_by_key},
        created=frozenset(new),
        updated=frozenset(changed),
    )


def _update(model: type[M], rows: Sequence[M], *, columns: Sequence[str]) -> None:
    """Updates by an INSERT that always conflicts with its own row: ten times as fast as `bulk_update` and its CASE."""
    model._default_manager.bulk_create(
        rows, batch_size=_BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=columns
    )


def replace_children(
    model: type[M], values_by_key: Mapping[tuple[int, T], Values], existing: Mapping[tuple[int, T], M]
) -> tuple[StoredRows[tuple[int, T], M], frozenset[int]]:
    """Like `store`, and deletes other rows. Keys begin with the parent's; also returns the parents that changed."""
    removed_pks = {key: row.pk for key, row in existing.items() if key not in values_by_key}
    for batch in batches(list(removed_pks.values())):
        model._default_manager.filter(pk__in=batch).delete()
    result = store(model, values_by_key, existing)
    return result, frozenset(key[0] for key in (*removed_pks, *result.created, *result.updated))


def replace_links(
    through: type[Model], columns: tuple[str, str], linked: Mapping[int, Collection[int]]
) -> frozenset[int]:
    """Makes each owner's links in a many-to-many table equal to `linked`; returns the owners that changed."""
    owner, other = columns
    present: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for batch in batches(list(linked)):
        rows = through._default_manager.filter(**{f"{owner}__in": batch}).values_list(owner, other, "pk")
        for owner_id, other_id, link in rows:
            present[owner_id][other_id] = link
    missing = [
        (key, other_id) for key, other_ids in linked.items() for other_id in other_ids if other_id not in present[key]
    ]
    removed_links = {
        link: key for key, links in present.items() for other_id, link in links.items() if other_id not in linked[key]
    }
    for batch in batches(list(removed_links)):
        through._default_manager.filter(pk__in=batch).delete()
    through._default_manager.bulk_create(
        [through(**{owner: key, other: other_id}) for key, other_id in missing], batch_size=_BATCH
    )
    return frozenset(removed_links.values()) | {key for key, _ in missing}


def count(result: StoredRows[K, M], *, touched: Collection[K] = ()) -> Counts:
    """Counts the entries. `touched`: keys of entries of which a list changed though the row itself did not."""
    updated = (result.updated | frozenset(touched)) - result.created
    unchanged = len(result.rows) - len(result.created) - len(updated)
    return Counts(created=len(result.created), updated=len(updated), unchanged=unchanged)


def owners(result: StoredRows[K, M], changed: Collection[int]) -> frozenset[K]:
    """Returns the natural keys of the rows with these primary keys."""
    return frozenset(key for key, row in result.rows.items() if row.pk in changed)


def batches(items: Sequence[T], size: int = _LOOK_UP) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
