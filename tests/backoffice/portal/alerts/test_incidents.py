"""Incidents: opened when a problem is seen, cleared when it stayed away for a while."""

from datetime import timedelta

import pytest

from backoffice.portal.alerts import incidents
from billing.models import AlertKind, AlertRule, Incident
from chargers.fleet import presence
from chargers.models import Licence
from tests.kit.alerts_pages import MINUTE, NOON, find, look, lose, rule, subjects
from tests.kit.hardware import replace
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_only_hosts_with_rules_are_watched(world: World):
    lose(world, at=NOON)
    assert incidents.watch(now=NOON) == 0

    rule(world)
    assert incidents.watch(now=NOON) == 1
    assert incidents.watch(now=NOON) == 0

    AlertRule.objects.update(ended_at=NOON)
    assert incidents.watch(now=NOON + MINUTE) == 0
    assert Incident.objects.get().gone_at == NOON + MINUTE


def test_what_does_not_flap_is_over_at_once(world: World):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(expires_on=NOON.date() + timedelta(days=10))
    incidents.watch(now=NOON)
    Licence.objects.update(expires_on=None)

    incidents.watch(now=NOON + MINUTE)

    assert Incident.objects.get().cleared_at == NOON + MINUTE


def test_an_outage_is_over_since_the_charger_came_back_and_not_since_that_was_believed(world: World):
    rule(world)
    lose(world, at=NOON)
    incidents.watch(now=NOON)
    find(world, at=NOON + MINUTE)
    incidents.watch(now=NOON + MINUTE)
    incidents.watch(now=NOON + 5 * MINUTE)
    assert Incident.objects.get().cleared_at is None

    incidents.watch(now=NOON + 6 * MINUTE)

    assert Incident.objects.get().cleared_at == NOON + MINUTE


def test_a_short_outage_is_not_reported_at_all(world):
    rule(world, minutes=10)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    find(world, at=NOON + 5 * MINUTE)
    look(at=NOON + 6 * MINUTE)
    look(at=NOON + 20 * MINUTE)

    assert subjects() == []
    assert Incident.objects.get().cleared_at is not None


def test_a_charger_that_flaps_is_one_incident(world):
    rule(world, minutes=10)
    lose(world, at=NOON)
    look(at=NOON + 10 * MINUTE)
    for minute in (12, 16, 20):
        find(world, at=NOON + minute * MINUTE)
        look(at=NOON + minute * MINUTE)
        presence.disconnect_all(now=NOON + (minute + 2) * MINUTE)
        look(at=NOON + (minute + 2) * MINUTE)

    assert subjects() == ["SUN001 offline since 14:02 – Sunset 1"]
    assert Incident.objects.get().times == 4


def test_a_station_whose_hardware_is_replaced_is_the_same_incident_until_the_new_box_connects(world: World):
    rule(world)
    lose(world, at=NOON)
    look(at=NOON + 10 * MINUTE)
    replace(world, "CP9", now=NOON + 20 * MINUTE)
    look(at=NOON + 30 * MINUTE)
    assert Incident.objects.get().cleared_at is None
    world.charger.refresh_from_db()

    find(world, at=NOON + 40 * MINUTE)
    look(at=NOON + 41 * MINUTE)
    look(at=NOON + 47 * MINUTE)

    assert Incident.objects.get().cleared_at == NOON + 41 * MINUTE
    assert len(subjects()) == 2
