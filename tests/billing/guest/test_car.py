""" "Remember this car": the driver's consent to autocharge, by the session's unguessable link."""

import pytest

from authorization.models import Vehicle
from tests.kit.autocharge_pages import car, session, text_of

__all__ = ["car", "session"]
pytestmark = pytest.mark.django_db
CAR = "VID:AABBCC112233"


def test_nobody_agrees_for_a_car_that_is_not_of_the_session(client, world, car, session):
    Vehicle.objects.update(paired_by=None)

    assert client.post(f"/s/{session.secret}/car", {"agreed": "yes"}).status_code == 404
    assert client.post("/s/nobody-has-this/car", {"agreed": "yes"}).status_code == 404
    assert "Remember this car" not in text_of(client.get(f"/s/{session.secret}/"))
