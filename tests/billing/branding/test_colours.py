"""A host's colour can be read in both themes, or is refused with the reason."""

import pytest

from billing.branding import colours
from billing.branding.colours import ColourError


@pytest.mark.parametrize(("typed", "colour"), [("#0B5CAD", "#0b5cad"), ("0b5cad", "#0b5cad"), (" #063 ", "#006633")])
def test_it_reads_a_colour_in_any_spelling(typed, colour):
    assert colours.read(typed) == colour


@pytest.mark.parametrize("typed", ["", "blue", "#12345", "#gggggg", "#0b5cad;}", "rgb(1,2,3)"])
def test_what_is_no_colour_is_refused(typed):
    with pytest.raises(ColourError, match="such as #0b5cad"):
        colours.read(typed)


@pytest.mark.parametrize(("typed", "contrast"), [("#ffd400", "1.3"), ("#ffffff", "1.0"), ("#7a7a7a", "4.0")])
def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast(typed, contrast):
    with pytest.raises(ColourError, match=f"contrast of {contrast}, and at least 4.5 is needed"):
        colours.read(typed)


def test_contrast_is_that_of_wcag():
    assert round(colours.contrast("#000000", "#ffffff"), 2) == 21
    assert round(colours.contrast("#777777", "#ffffff"), 2) == 4.48
    assert colours.contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("colour", ["#000000", "#0b5cad", "#7a0012", "#123456", "#006633", "#4b0082"])
def test_its_tint_can_be_read_in_the_dark(colour):
    tint = colours.on_dark(colour)

    assert min(colours.contrast(tint, dark) for dark in ("#1a2126", "#12171b")) >= 4.5
    assert colours.contrast("#000000", tint) >= 4.5
    assert f"--accent:{colour}" in colours.style_sheet(colour)
