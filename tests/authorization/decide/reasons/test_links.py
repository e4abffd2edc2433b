"""Where a sentence leads: the portal's addresses, built from slugs and ids in one place (see docs of interfaces)."""

import pytest

from authorization.decide import reasons
from authorization.decide.reasons import links

ENTRIES = list(reasons.CATALOGUE.values())
PLACES = {"charger_id": "CP 1/a", "station_id": "SUN001", "property": "sunset-1", "uid": "04A1"}


@pytest.mark.parametrize("reason", ENTRIES, ids=lambda reason: reason.code)
def test_it_has_links_that_can_be_filled(reason):
    for audience in reasons.Audience:
        for step in reason.advice(audience).next_steps:
            if step.link:
                filled = links.fill(step.link, PLACES)
                assert filled.startswith("/")
                assert "{" not in filled
                assert " " not in filled
