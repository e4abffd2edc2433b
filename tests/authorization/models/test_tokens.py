"""Cards and cars as lists name them."""

import pytest

from authorization.models import Token, Vehicle


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Token(uid="04A1B2C3D4", visual_number="SUN-1"), "SUN-1"),
        (Token(uid="04A1B2C3D4"), "04A1B2C3D4"),
        (Vehicle(uid="VID:001122334455", name="The blue van"), "The blue van"),
        (Vehicle(uid="VID:001122334455"), "VID:001122334455"),
    ],
)
def test_what_is_printed_or_given_comes_before_the_uid(row: Token | Vehicle, words: str):
    assert str(row) == words
