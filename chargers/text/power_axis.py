"""The scale of a power chart."""

from typing import Final

_TOPS_W: Final = (1_000, 2_000, 4_000, 8_000, 12_000, 24_000, 50_000, 100_000, 200_000, 400_000, 1_000_000)


def top_w(most_w: int) -> int:
    """Returns a round power in W for the top of an axis that must reach `most_w`."""
    return next((top for top in _TOPS_W if top >= most_w), most_w)
