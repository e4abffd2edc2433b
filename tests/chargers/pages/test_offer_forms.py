"""The small form of a command: its inputs as fields of this charger."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import RequestFactory

from chargers.commands.forms.form import CommandForm, Input, Kind
from chargers.models import Charger, Connector, Evse
from chargers.pages import frame as frames
from chargers.pages.frame import Frame
from chargers.pages.offer_forms import OfferForm
from tests.kit import charging
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_outlets(world: World) -> None:
    """Online; both are free."""
    second = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=second, number=1, standard="IEC_62196_T2")
    Charger.objects.update(connection_id=uuid4(), connected_at=NOW, ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=NOW)


def frame(world: World) -> Frame:
    request = RequestFactory().get("/")
    request.user = world.owner
    return frames.frame_of(request, "CP1")


def form(world: World, kind: Kind, data: dict[str, str] | None = None, **facts) -> OfferForm:
    asked = Input(name="x", label="X", kind=kind, **facts)
    offer = CommandForm(key="k", label="K", says="", inputs=lambda _: (asked,), build=lambda *_: ("Reset", {}))
    return OfferForm(offer, frame(world), data)


def use(number: int) -> None:
    Connector.objects.filter(evse__number=number).update(status="Charging")


@pytest.mark.parametrize(
    ("kind", "value", "is_valid"),
    [
        (Kind.NUMBER, "0", True),
        (Kind.NUMBER, "-1", False),
        (Kind.NUMBER, str(2**31), False),
        (Kind.DECIMAL, "3.20", True),
        (Kind.DECIMAL, "3.20001", False),
        (Kind.TIME, "2026-03-10T12:00", True),
        (Kind.TIME, "soon", False),
        (Kind.TEXT, "", False),
        (Kind.LONG, "a\nb", True),
        (Kind.EVSE, "2", True),
        (Kind.EVSE, "3", False),
        (Kind.CARD, "04A1B2C3D4", True),
    ],
)
def test_a_value_is_of_its_kind(world: World, kind: Kind, value: str, is_valid: bool):
    assert form(world, kind, {"x": value}).is_valid() is is_valid


def test_an_outlet_that_somebody_uses_is_not_offered(world: World):
    use(1)
    asked = form(world, Kind.FREE_EVSE)

    assert asked.fields["x"].initial == "2"
    assert "(in use)" in str(asked["x"])
    assert form(world, Kind.FREE_EVSE, {"x": "2"}).is_valid()
    assert "This connector is in use" in str(form(world, Kind.FREE_EVSE, {"x": "1"}).errors)


def test_where_every_outlet_is_used_none_is_chosen(world: World):
    use(1)
    use(2)
    asked = form(world, Kind.FREE_EVSE)

    assert asked.fields["x"].initial is None
    assert "Every connector is in use" in str(asked["x"])


def test_what_may_be_left_out_is_for_the_whole_charger(world: World):
    asked = form(world, Kind.EVSE, {"x": ""}, required=False)

    assert asked.is_valid()
    assert asked.cleaned_data["x"] is None
    assert "The whole charger" in str(asked["x"])


def test_running_sessions_can_be_chosen_and_ended_ones_where_none_is_needed(world: World):
    assert "Nobody charges now" in str(form(world, Kind.TRANSACTION)["x"])
    row = charging.start(world.charger, uid="04A1B2C3D4", at=NOW - timedelta(hours=1))

    assert form(world, Kind.TRANSACTION, {"x": row.transaction_id}).is_valid()
    row.stopped_at = NOW
    row.save()

    assert not form(world, Kind.TRANSACTION, {"x": row.transaction_id}).is_valid()
    assert form(world, Kind.TRANSACTION, {"x": row.transaction_id}, required=False).is_valid()


def test_cards_that_charged_here_are_proposed_and_numbers_of_guests_are_not(world: World):
    charging.start(world.charger, uid="04A1B2C3D4", at=NOW - timedelta(hours=1))
    row = charging.start(world.charger, uid="04A1B2C3D4", at=NOW - timedelta(hours=2))
    row.id_token = "G123456789"
    row.save()

    widget = str(form(world, Kind.CARD)["x"])

    assert widget.count("<option") == 1
    assert '<option value="04A1B2C3D4">' in widget
