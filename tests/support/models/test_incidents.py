"""An incident is named by what its chargers have in common."""

import pytest

from chargers.models import Property
from support.models import CommonFault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (CommonFault(kind="site", property=Property(name="Sunset 1")), "Several chargers at Sunset 1 are down"),
        (CommonFault(kind="site"), "Several chargers at a property are down"),
        (
            CommonFault(kind="firmware", code="GroundFailure", hardware="Acme X 1.2"),
            "GroundFailure at several chargers with Acme X 1.2",
        ),
        (CommonFault(kind="fault", code="GroundFailure"), "GroundFailure at several chargers"),
    ],
)
def test_it_says_what_they_share(fault: CommonFault, words: str):
    assert str(fault) == words
