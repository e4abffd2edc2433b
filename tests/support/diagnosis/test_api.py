"""The API about why a car does not charge, or stopped: as the host's page has it, and of nobody else's session."""

from datetime import datetime, timedelta

import pytest

from billing.models import Session
from chargers.models import Property, StatusReport
from tests.kit import charging
from tests.kit.callers import Callers
from tests.kit.charging import YESTERDAY
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def faulted(world: World) -> Session:
    """It ended by a ground fault after half an hour."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    row = charging.start(world.charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.read(row, 6000, at=YESTERDAY + timedelta(minutes=29))
    charging.report(world.charger, "Faulted", at=YESTERDAY + timedelta(minutes=30))
    StatusReport.objects.filter(status="Faulted").update(error_code="GroundFailure")
    return charging.finish(row, wh=5000, at=YESTERDAY + timedelta(minutes=30), reason="GroundFault")


def test_it_has_causes_with_evidence_steps_and_the_curve(faulted: Session, callers: Callers):
    found = callers.owner.get(f"sessions/{faulted.pk}/diagnosis/").json()

    assert [(one["code"], one["certainty"]) for one in found["causes"]] == [("charger_fault", "certain")]
    assert any("GroundFailure" in sentence for sentence in found["causes"][0]["evidence"])
    assert "call an installer" in found["causes"][0]["steps"][0]
    curve = [(datetime.fromisoformat(at), power_w) for at, power_w in found["curve"]]
    assert curve == sorted(curve)
    assert dict(curve)[YESTERDAY + timedelta(minutes=29)] > 8000


def test_a_stranger_s_key_finds_nothing(faulted: Session, callers: Callers):
    assert callers.stranger.get(f"sessions/{faulted.pk}/diagnosis/").status_code == 404
