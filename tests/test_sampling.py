"""A run of the whole suite takes a part of the long tests; a run of a named module takes all of them."""

from pathlib import Path

import pytest

from tests.kit import sampling

pytestmark = pytest.mark.usefixtures("_first_process")


class Item:
    """What is read of a test."""

    def __init__(self, path: str, number: int, marker: str = "") -> None:
        self.path = sampling.TESTS / path
        self.nodeid = f"{path}::test_it[{number}]"
        self.marker = marker

    def get_closest_marker(self, name: str) -> str | None:
        return name if name == self.marker else None


@pytest.fixture
def _first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SAMPLE_STORIES", "SAMPLE_SEED", "WHOLE"):
        monkeypatch.delenv(name, raising=False)


def stories() -> list[Item]:
    return [Item("journeys/test_guest_journey.py", 1)] + [Item("test_roles.py", number) for number in range(9)]


def test_a_run_of_the_whole_suite_takes_a_part_of_the_stories_and_all_else():
    sampling.draw_stories(True)
    others = [Item("billing/engine/test_taxes.py", number) for number in range(9)]

    left = sampling.left_out([*stories(), *others])

    assert {str(item.path.name) for item in left} == {"test_roles.py"}
    assert len(left) == 9 - 2, "of nine two: one in eight, and the one that is begun"


def test_of_stories_that_stand_alone_in_their_modules_a_part_is_taken_too():
    sampling.draw_stories(True)
    alone = [Item(f"journeys/test_{number}_journey.py", 1) for number in range(20)]

    assert len(sampling.left_out(alone)) == 20 - 3


def test_a_fifth_of_a_matrix_and_of_what_takes_long_is_taken():
    sampling.draw_stories(True)
    rows = [Item("billing/engine/test_taxes.py", number, "matrix") for number in range(9)]
    long = [Item(f"billing/engine/test_{number}.py", 1, "long") for number in range(9)]

    left = sampling.left_out([*rows, *long])

    assert len(left.intersection(rows)) == 9 - 2
    assert len(left.intersection(long)) == 9 - 2


def test_each_process_of_a_run_leaves_out_the_same_in_whatever_order_it_collects():
    sampling.draw_stories(True)
    items = stories()

    assert {item.nodeid for item in sampling.left_out(items)} == {
        item.nodeid for item in sampling.left_out(items[::-1])
    }


def test_a_run_of_a_named_module_takes_all_of_it_in_every_process():
    sampling.draw_stories(False)
    sampling.draw_stories(True)  # a worker, which inherits what the first process decided

    assert sampling.left_out(stories()) == ()


def test_at_night_nothing_is_left_out(monkeypatch):
    monkeypatch.setenv("WHOLE", "1")
    sampling.draw_stories(True)

    assert set(sampling.left_out(stories())) == set()


@pytest.mark.parametrize("story", sampling.STORIES)
def test_a_story_is_a_module(story):
    assert Path(sampling.TESTS, story).is_file()
