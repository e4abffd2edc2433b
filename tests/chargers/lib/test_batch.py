"""Work for many rows: one that fails ends nothing, and those that fail for ever take turns with all others."""

import logging

import pytest

from chargers.lib import batch
from chargers.models import Host


@pytest.fixture
def hosts(db) -> list[int]:
    rows = [Host.objects.create(slug=f"h{number}", name="x", currency="USD", country="US") for number in range(5)]
    return [row.pk for row in rows]


def test_it_counts_what_succeeded_and_goes_on_after_a_fault(caplog):
    seen = []

    def work(item: int) -> bool | None:
        seen.append(item)
        if item == 2:
            raise ValueError("bad row")
        return False if item == 3 else None

    with caplog.at_level(logging.ERROR):
        done = batch.each_of([1, 2, 3, 4], work, noun="Row", failure="could not be moved")

    assert (done, seen) == (2, [1, 2, 3, 4])
    assert "Row 2 could not be moved" in caplog.text


def test_it_works_on_every_row_by_its_key(hosts):
    seen: list[int] = []

    assert batch.run_for_rows(Host.objects.all(), seen.append, limit=None) == 5
    assert seen == hosts


def test_a_full_round_is_continued_behind_where_it_stopped(hosts):
    rounds: list[list[int]] = []

    def work(pk: int) -> None:
        rounds[-1].append(pk)

    for _ in range(3):
        rounds.append([])
        batch.run_for_rows(Host.objects.all(), work, failure="could not take turns", limit=2)

    assert rounds == [hosts[0:2], hosts[2:4], [hosts[4], hosts[0]]]


@pytest.mark.parametrize(
    ("items", "size", "lists"), [([], 2, []), ([1, 2], 2, [[1, 2]]), ([1, 2, 3], 2, [[1, 2], [3]]), ([1], 5, [[1]])]
)
def test_it_cuts_items_into_lists(items, size, lists):
    assert list(batch.slices(iter(items), size)) == lists
