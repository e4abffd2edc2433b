"""What is known of one session, as the charger reported it: the only input of a price beside the rate."""

import pytest

from billing.engine.values.facts import SessionError
from tests.kit.rating_sessions import meter, session, start, status, stop

CHARGED = (start("10:00"), status("10:00", "Charging"), meter("11:00", 7000))
WAITED = (*CHARGED, status("11:00", "SuspendedEV"), stop("12:30", 7000), status("12:30", "Available"))


@pytest.mark.parametrize(
    ("spans", "path"),
    [
        ("yes", "withheld"),
        ([["2026-03-10T11:00:00Z"]], "withheld[0]"),
        ([["2026-03-10T11:00:00Z", "2026-03-10T10:00:00Z"]], "withheld[0]"),
        ([["2026-03-10T11:00:00Z", "soon"]], "withheld[0][1]"),
    ],
)
def test_it_names_the_place_of_a_span_that_makes_no_sense(spans: object, path: str) -> None:
    with pytest.raises(SessionError) as caught:
        session(*WAITED, withheld=spans)
    assert caught.value.path == path
