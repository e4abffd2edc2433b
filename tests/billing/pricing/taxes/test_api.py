"""The REST API about the tax of a property, stated once; rates refer to it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SOON = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(days=30)


def test_taxes_and_holds_of_a_property(callers: Callers, world: World):
    tax = callers.owner.put("properties/sunset-1/tax/", {"percentage": "6.5"}).json()
    assert (tax["in_force"]["percentage"], tax["planned"]) == ("6.500", [])
    planned = callers.owner.put("properties/sunset-1/tax/", {"percentage": "7", "valid_from": SOON.isoformat()}).json()
    assert [one["percentage"] for one in planned["planned"]] == ["7.000"]
    past = {"percentage": "1", "valid_from": "2020-01-01T00:00:00Z"}
    assert callers.owner.put("properties/sunset-1/tax/", past).status_code == 400
    assert callers.stranger.get("properties/sunset-1/tax/").status_code == 404

    kept = callers.owner.put("properties/sunset-1/holds/", {"most_minor": 6000, "at_limit": "end"}).json()
    assert (kept["most_minor"], kept["least_minor"], kept["currency"]) == (6000, None, "USD")
    crossed = {"least_minor": 5000, "most_minor": 4000, "at_limit": "end"}
    assert "less than what is held at least" in callers.owner.put("properties/sunset-1/holds/", crossed).text
    assert callers.owner.put("properties/sunset-1/holds/", {"most_minor": 1, "at_limit": "end"}).status_code == 400
    assert callers.owner.delete("properties/sunset-1/holds/").json()["most_minor"] is None
