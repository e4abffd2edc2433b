"""The hardware behind a station replaced by a person: who may, what is written down, and what support holds."""

import pytest

from authorization.models import AccessGrant, ApiKey, AuditEntry
from authorization.people.access import NotAllowedError
from chargers.acts import registration
from chargers.acts.registration import HeldBySupportError
from chargers.models import Charger, HardwareSwap
from tests.kit.hardware import NOW, install_old_box, replace
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["owner", "manager", "installer"])
def test_those_who_connect_chargers_replace_their_hardware(world: World, role: str):
    by = make_user(f"{role}2@example.com", world.host, role)

    replace(world, by=by)

    assert Charger.objects.get().charger_id == "CP9"


@pytest.mark.parametrize("role", ["operator", "finance", "read_only"])
def test_others_do_not(world: World, role: str):
    by = make_user(f"{role}2@example.com", world.host, role)
    for person in (by, world.stranger, world.teammate):
        with pytest.raises(NotAllowedError):
            replace(world, by=person)

    assert not HardwareSwap.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_installer_from_outside_replaces_it_while_the_grant_lasts(world: World):
    AccessGrant.objects.create(
        user=world.stranger, host=world.host, charger=world.charger, role="installer", reason="Repairs",
        granted_by=world.owner, granted_at=NOW, ends_at=NOW.replace(year=2999),
    )  # fmt: skip

    replace(world, by=world.stranger)

    assert Charger.objects.get().charger_id == "CP9"


def test_the_second_line_of_support_may_and_the_first_may_not(world: World):
    world.agent.agent_level = "first"
    world.agent.save()
    with pytest.raises(NotAllowedError):
        replace(world, by=world.agent)
    world.agent.agent_level = "second"
    world.agent.save()

    replace(world, by=world.agent)

    assert HardwareSwap.objects.get().by == "user:agent@example.com"


def test_it_is_written_down_with_both_ids_under_the_id_that_stays(world: World):
    install_old_box(world.charger)

    password = replace(world, reason="Contactor burnt").password
    replace(world, "CP10")

    first, second = AuditEntry.objects.filter(verb="charger.hardware_replaced").order_by("id")
    assert (first.before, first.after) == ({"charger_id": "CP1", "serial_number": "S-1"}, {"charger_id": "CP9"})
    assert (first.reason, first.actor, first.subject_id) == ("Contactor burnt", "user:owner@example.com", "CP1")
    assert (second.before["charger_id"], second.after["charger_id"], second.subject_id) == ("CP9", "CP10", "CP1")
    written = [*AuditEntry.objects.values(), *HardwareSwap.objects.values(), *Charger.objects.values()]
    assert password not in str(written)


def test_a_key_replaces_it_and_is_named(world: World):
    key, _ = ApiKey.objects.create_key(name="test", host=world.host)

    replace(world, by=key)

    assert HardwareSwap.objects.get().by == f"api:{key.prefix}"


def test_a_charger_that_support_holds_is_held_with_other_hardware_too(world: World):
    registration.change(world.charger, after=Charger.Registration.REJECTED, by=world.agent, reason="Unsafe", now=NOW)
    replace(world)

    charger = Charger.objects.select_related("property__host").get()

    assert registration.is_held_by_support(charger)
    with pytest.raises(HeldBySupportError):
        registration.change(charger, after=Charger.Registration.ACCEPTED, by=world.owner, reason="", now=NOW)
