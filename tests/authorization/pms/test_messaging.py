"""Whose guests can be written to by their property system."""

from datetime import timedelta

import pytest

from authorization.models import PmsConnection, Stay
from authorization.pms import messaging
from authorization.pms.failures import Code, FailedError
from tests.kit.bookings import booking, connection, now
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def stay(world: World, kind: str) -> Stay:
    return booking(connection(world.host, kind=kind), world.site, None, code="HM1")


@pytest.mark.parametrize(("kind", "passes_on"), [("hospitable", True), ("ical", False)])
def test_some_systems_pass_messages_on(world: World, kind: str, passes_on: bool):
    assert messaging.can_write(stay(world, kind)) is passes_on


def test_a_paused_system_passes_nothing_on(world: World):
    row = stay(world, "hospitable")
    PmsConnection.objects.update(is_enabled=False)

    assert not messaging.can_write(Stay.objects.get(pk=row.pk))


def test_a_stay_by_hand_has_no_system(world: World):
    row = Stay.objects.create(property=world.site, arrives_at=now(), departs_at=now() + timedelta(days=1))

    assert not messaging.can_write(row)
    with pytest.raises(FailedError) as caught:
        messaging.send(row, "Welcome", now=now())
    assert caught.value.code == Code.UNEXPECTED


def test_a_system_without_messages_gets_none(world: World):
    with pytest.raises(FailedError):
        messaging.send(stay(world, "ical"), "Welcome", now=now())


def test_secrets_of_another_key_are_said_to_be_unreadable(world: World):
    row = stay(world, "hospitable")
    PmsConnection.objects.update(url_encrypted="of another key")

    with pytest.raises(FailedError) as caught:
        messaging.source_of(PmsConnection.objects.get(pk=row.connection_id), now=now())

    assert caught.value.code == Code.UNREADABLE_SECRET
