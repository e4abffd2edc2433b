"""The REST API about the rate grid: who pays which rate at which property, read and saved as one table."""

import pytest

from billing.models import RateVersion
from tests.kit.callers import Callers, rate
from tests.kit.world import World

__all__ = ["rate"]
pytestmark = pytest.mark.django_db


def test_the_grid_is_saved_as_one_table_or_not_at_all(callers: Callers, world: World, rate: RateVersion):
    grid = callers.owner.get("rate-grid/").json()
    cells = {one["column"]: one["rate"] for one in grid["cells"]}
    assert (cells["guest"], cells["member"]) == (rate.rate_id, None)
    column = f"member-{world.group.pk}"
    change = {"property": "sunset-1", "column": column, "rate": rate.rate_id}

    saved = callers.owner.patch("rate-grid/", {"seen": grid["seen"], "cells": [change]}).json()
    assert saved["changes"] == ["Members of Residents at Sunset 1 pay “Plain”."]
    assert {"property": "sunset-1", "column": column, "rate": rate.rate_id, "active_to": None} in saved["cells"]
    assert callers.owner.patch("rate-grid/", {"seen": grid["seen"], "cells": [change]}).status_code == 409
    wrong = {"seen": saved["seen"], "cells": [{**change, "property": "nowhere"}]}
    assert callers.owner.patch("rate-grid/", wrong).status_code == 400
    foreign = {"seen": saved["seen"], "cells": [{**change, "rate": 99999}]}
    assert callers.owner.patch("rate-grid/", foreign).status_code == 400
    assert callers.stranger.get("rate-grid/", host="sunset").status_code == 400
