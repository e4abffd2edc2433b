"""Those who use a code: they ask, are let in at once or by the host, and are taken out again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import Token
from billing.models import DriverToken, Join, JoinCode
from chargers.models import Charger, Command, Connector
from tests.kit.drivers import text_of
from tests.kit.joining import _forgotten, at_kims, join, kim, make
from tests.kit.world import tap

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_who_joins_with_a_phone_starts_on_it_and_can_leave(world, kim, at_kims):
    code = make(world, needs_approval=False)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=NOW, ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=NOW)

    joined = join(at_kims, code)
    station = text_of(at_kims.get("/c/SUN001"))
    assert "start on your phone" in joined
    assert "The host has let you in here" in station
    assert "The host has let you in here" not in text_of(Client().get("/c/SUN001"))
    for _ in range(2):
        at_kims.post("/drive/resident/SUN001/1")
    command, owned = Command.objects.get(), DriverToken.objects.get()
    assert command.payload["idTag"] == owned.token.uid
    assert len(owned.token.uid) <= 20, "OCPP 1.6 takes no longer one"

    at_kims.post(f"/drive/tokens/{owned.pk}/give-up")
    assert Join.objects.get().state == "removed"
    assert at_kims.post("/drive/resident/SUN001/1").status_code == 404
    assert tap(world.charger, owned.token.uid).verdict == "Invalid"


def test_a_number_alone_makes_nobody_the_owner_of_a_card(world, kim, at_kims):
    """What is typed can be anybody's: a known card waits for the host, a new one gets in and is on no account."""
    code = make(world, needs_approval=False)

    assert "has not answered yet" in join(at_kims, code, uid=world.member.uid)
    assert "You may charge here" in join(at_kims, code, uid="04FFEE0042")

    assert not DriverToken.objects.exists()
    assert set(Join.objects.values_list("uid", "state")) == {("04A1B2C3D4", "open"), ("04FFEE0042", "joined")}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"stopped_at": NOW}, "The host has stopped this code"),
        ({"made_at": NOW - timedelta(days=9), "ends_at": NOW - timedelta(days=1)}, "This code has ended"),
        ({"most": 1}, "all its places are taken"),
    ],
)
def test_every_refusal_says_why_and_admits_nobody(world, kim, at_kims, change, why):
    code = make(world, needs_approval=False)
    Join.objects.create(code=code, email="other@example.com", asked_at=NOW)
    JoinCode.objects.filter(pk=code.pk).update(**change)

    assert why in text_of(Client().get(f"/join/{code.formatted()}/"))
    assert why in join(at_kims, code, uid="04FFEE0042")
    assert not Token.objects.filter(canonical_uid="04FFEE0042").exists()
