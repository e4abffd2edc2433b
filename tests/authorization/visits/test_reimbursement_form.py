"""The form of a reimbursement contract: the card, the chargers, who pays, and what."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ReimbursementContract
from chargers.models import Property
from tests.kit.reimbursement_pages import home, said
from tests.kit.world import World, make_charger

__all__ = ["home"]
PAGE = "/authorization/reimbursement/"
ADD = f"{PAGE}add/"
TODAY = datetime.now(tz=UTC).date()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": "О4A1B2C3D4"}, "uid"),
        ({"per_kwh": ""}, "per_kwh"),
        ({"per_kwh": "-1"}, "per_kwh"),
        ({"cap": "0"}, "cap"),
        ({"cap": "1.005"}, "cap"),
        ({"ends_on": TODAY - timedelta(days=9)}, "ends_on"),
        ({"employer": ""}, "employer"),
        ({"chargers": ["9999"]}, "chargers"),
    ],
)
def test_it_saves_nothing_that_is_wrong(world: World, home, client_of, changes, field):
    response = client_of(world.owner).post(ADD, said(home, **changes))

    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {field}
    assert not ReimbursementContract.objects.exists()


def test_it_takes_no_charger_of_another_host(world: World, client_of):
    other = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="loft", name="Loft", time_zone="UTC"
    )
    theirs = make_charger(other, "LOFT1", station_id="LOF001")

    assert client_of(world.owner).post(ADD, said(theirs)).context["form"].errors.keys() == {"chargers"}
