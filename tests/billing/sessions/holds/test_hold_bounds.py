"""How much may be held: not more than banks bear, not less than is used up at once, and in order."""

import pytest

from billing.sessions.holds import hold_bounds


def faults(least: int | None = None, most: int | None = None, currency: str = "USD") -> dict[str, str]:
    return hold_bounds.faults(least=least, most=most, currency=currency)


@pytest.mark.parametrize(
    ("least", "most"), [(None, None), (50_000, None), (None, 100_000), (None, 500), (500, 500), (0, 500)]
)
def test_bounds_at_their_edges_are_taken(least: int | None, most: int | None):
    assert faults(least, most) == {}


@pytest.mark.parametrize(
    ("least", "most", "name", "words"),
    [
        (50_001, None, "least", "write at most"),
        (None, 100_001, "most", "write at most"),
        (None, 499, "most", "write at least"),
        (600, 599, "most", "This is less than what is held at least."),
    ],
)
def test_one_beyond_its_edge_is_refused_at_its_field(least: int | None, most: int | None, name: str, words: str):
    said = faults(least, most)

    assert set(said) == {name}
    assert words in said[name]


def test_of_two_faults_of_one_field_the_first_is_told():
    assert "used up as soon as" in faults(600, 100)["most"]
    assert set(faults(50_001, 100_001)) == {"least", "most"}


def test_they_are_counted_in_the_everyday_unit_of_the_currency():
    assert faults(most=100_000, currency="JPY") == {}
    assert faults(most=499, currency="JPY") != {}
