"""Hardware replaced behind its station: what keeps from it, what it clears and keeps, and former ids."""

import uuid
from datetime import timedelta

import pytest

from authorization.models import TokenGroup
from billing.sessions.lifecycle import lifecycle, outlets
from chargers.acts import hardware_swaps as acts
from chargers.fleet import hardware_swaps, presence, registration
from chargers.fleet.hardware_swaps import Hardware, ReplacedMeanwhileError
from chargers.fleet.lifecycle import BusyError
from chargers.fleet.registration import TakenError
from chargers.models import (
    CardMemory,
    Certificate,
    Charger,
    Command,
    Connector,
    HardwareSwap,
    JobItem,
    LocalList,
    PasswordChange,
    PowerOutlet,
    Recovery,
    SentProfile,
    StatusReport,
    Variable,
)
from chargers.security import keys, passwords
from tests.kit.at_once import at_once
from tests.kit.certificates import certificate, now
from tests.kit.hardware import NOW, OLD_PASSWORD, charge, install_old_box, nobody_paid, order, replace
from tests.kit.lifecycle_pages import priced
from tests.kit.world import World, make_charger

__all__ = ["priced"]

pytestmark = pytest.mark.django_db


def obstacle(charger, *, is_paid=nobody_paid, now=NOW):
    return hardware_swaps.obstacle(Charger.objects.get(pk=charger.pk), is_paid=is_paid, now=now)


def test_it_clears_what_the_old_box_reported_held_and_proved(world: World):
    install_old_box(world.charger)
    certificate(world.charger)

    swapped = replace(world)

    charger = Charger.objects.get(pk=world.charger.pk)
    assert (charger.charger_id, charger.first_id, charger.lasting_id()) == ("CP9", "CP1", "CP1")
    reported = (charger.vendor, charger.model, charger.serial_number, charger.firmware_version, charger.ocpp_version)
    assert reported == ("", "", "", "", "")
    assert (charger.last_boot_at, charger.connected_at, charger.connection_id, charger.gateway_id) == (None,) * 4
    assert (charger.disconnected_at, charger.connected_from, charger.clock_offset_s) == (NOW, "", 0)
    assert (charger.status, charger.status_at) == ("", None)
    assert keys.matches(charger, swapped.password)
    assert not keys.matches(charger, OLD_PASSWORD)
    plug = Connector.objects.get(evse__charger=charger)
    assert (plug.status, plug.error_code, plug.vendor_error_code, plug.status_info, plug.status_at) == (
        "", "", "", "", None,
    )  # fmt: skip
    assert not Variable.objects.exists()
    assert not LocalList.objects.exists()
    assert not SentProfile.objects.exists()
    assert Certificate.objects.get().revoked_by == "user:owner@example.com"


def test_it_keeps_what_belongs_to_the_place(world: World):
    install_old_box(world.charger)
    before = Charger.objects.get()
    TokenGroup.objects.get().chargers.add(before)
    session_transaction = charge(before, started_at=NOW - timedelta(days=2), stopped_at=NOW - timedelta(days=1))

    replace(world)

    charger = Charger.objects.get()
    kept = ("pk", "station_id", "property_id", "unit_id", "name", "configured", "registration", "retired_at")
    assert [getattr(charger, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (charger.licence.state, charger.evses.count()) == ("active", 1)
    assert TokenGroup.objects.get().chargers.get() == charger
    assert charger.transactions.get() == session_transaction
    memory, outlet = CardMemory.objects.get(), PowerOutlet.objects.get()
    assert (memory.choice, memory.cards, outlet.priority) == ("on", 1, 1)
    assert (memory.state, memory.version, memory.synced_at, memory.is_due, outlet.unit) == ("off", None, None, True, "")


def test_it_ends_what_is_under_way_with_the_old_box(world: World):
    queued, sent = install_old_box(world.charger)
    passwords.begin(Charger.objects.get(), origin="system", now=NOW)

    replace(world)

    states = {row.pk: (row.state, row.outcome) for row in Command.objects.all()}
    sentence = "The hardware was replaced before it was carried out: order it again."
    assert (states[queued.pk], states[sent.pk]) == (("timed_out", sentence), ("unknown", sentence))
    assert not Command.objects.filter(state__in=("queued", "sent")).exists()
    assert not Command.objects.exclude(secret_encrypted="").exists()
    assert not PasswordChange.objects.filter(ended_at=None).exists()
    assert Recovery.objects.get().state == "replaced"
    items = dict(JobItem.objects.values_list("job__kind", "state"))
    assert items == {"firmware": "skipped", "rate": "queued"}  # a rate is our own data


def test_a_box_that_was_offline_stays_offline_since_then(world: World):
    Charger.objects.update(disconnected_at=NOW - timedelta(hours=3))

    replace(world)

    assert Charger.objects.get().disconnected_at == NOW - timedelta(hours=3)


def test_security_profile_3_becomes_2_because_the_new_box_has_no_certificate(world: World):
    Charger.objects.update(security_profile=3, passwordless_until=NOW)
    assert any("Security profile 3 becomes 2" in line for line in hardware_swaps.preview(Charger.objects.get()).changes)

    replace(world)

    charger = Charger.objects.get()
    assert (charger.security_profile, charger.passwordless_until) == (2, None)


def test_it_says_what_stays_and_what_changes(world: World):
    install_old_box(world.charger)

    preview = hardware_swaps.preview(Charger.objects.select_related("property", "unit").get())

    assert preview.stays[0] == "Station ID SUN001 and its QR code: the label on the wall stays right."
    assert preview.changes == (
        "The new hardware connects with its own id and a new password. The old hardware (CP1) is refused.",
        "The connection that is live now ends.",
        (
            "What the old hardware reported is cleared until the new one reports: ABB Terra with serial number S-1, "
            "firmware, 1 setting."
        ),
        "1 connector stays, with an unknown status until the new hardware reports one.",
        "The local list is sent to the new hardware from the beginning.",
        "The limits of the shared power are sent to the new hardware from the beginning.",
        "2 commands under way are dropped.",
        "1 job leaves this charger out.",
    )


def test_nothing_is_replaced_while_somebody_charges(world: World):
    row = charge(world.charger)

    Charger.objects.update(last_message_at=NOW)
    silent = "it counts as over 4 hours after the last message of the charger, which is offline."
    assert obstacle(world.charger) == f"04A1B2C3D4 is charging on connector 1: {silent}"
    assert obstacle(world.charger, now=NOW + timedelta(hours=4)) == ""
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW)
    with pytest.raises(BusyError, match="stop it under Controls first"):
        replace(world)
    assert not HardwareSwap.objects.exists()

    StatusReport.objects.create(
        charger=world.charger, evse_number=1, connector_number=1, status="Available", at=NOW, received_at=NOW
    )
    assert obstacle(world.charger).startswith("04A1B2C3D4")  # reported at the same moment, not since
    StatusReport.objects.update(at=NOW + timedelta(minutes=1))
    assert obstacle(world.charger) == ""
    StatusReport.objects.all().delete()

    row.case = "never_stopped"
    row.save()
    assert obstacle(world.charger) == ""


def test_nothing_is_replaced_while_a_guest_pays_or_a_start_is_ordered(world: World, priced: World):
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=priced.charger, evse_number=1), now=now())
    assert obstacle(world.charger, is_paid=outlets.is_paid).startswith("A guest pays here")
    with pytest.raises(BusyError):
        replace(world, is_paid=outlets.is_paid)
    session.delete()

    start = order(world.charger, state="accepted", action="RemoteStartTransaction", id_token="04A1")
    assert obstacle(world.charger, now=NOW + timedelta(minutes=2)).startswith("A session is being started here")
    assert obstacle(world.charger, now=NOW + timedelta(minutes=4)) == ""
    start.delete()
    assert obstacle(world.charger, is_paid=outlets.is_paid) == ""


def test_a_retired_charger_is_returned_to_service_first(world: World):
    Charger.objects.update(retired_at=NOW)

    assert obstacle(world.charger) == "The charger is retired: return it to service first."


@pytest.mark.parametrize("taken", ["CP2", "cp2", "add", "with blank", "-x", "a" * 49])
def test_an_id_that_another_charger_has_or_that_cannot_be_one_is_refused(world: World, taken: str):
    make_charger(
        world.stranger.memberships.get().host.properties.create(slug="lake", name="Lake"), "CP2", station_id="LAK1"
    )

    with pytest.raises(TakenError):
        replace(world, taken)

    assert Charger.objects.filter(charger_id="CP1").exists()


def test_the_new_box_may_have_the_id_of_the_old_one(world: World):
    install_old_box(world.charger)

    swapped = replace(world, "CP1")

    charger = Charger.objects.get()
    assert (charger.charger_id, charger.first_id, charger.serial_number) == ("CP1", "CP1", "")
    assert keys.matches(charger, swapped.password)
    assert not keys.matches(charger, OLD_PASSWORD)
    assert hardware_swaps.of_former_id("CP1") is None


def test_former_ids_stay_the_station_s_and_are_nobody_else_s(world: World):
    replace(world, "CP9")
    replace(world, "CP10", now=NOW + timedelta(hours=1))
    other = make_charger(world.site, "CP2", station_id="SUN002")

    for former in ("CP1", "cp9"):
        assert registration.id_fault(former).startswith(f"The id {former} is taken")
        assert hardware_swaps.id_fault(other, former).startswith(f"The id {former} is taken")
        assert hardware_swaps.id_fault(Charger.objects.get(pk=world.charger.pk), former) == ""
    assert hardware_swaps.former_ids_among({"cp1", "cp9", "cp10", "cp2"}) == {"cp1", "cp9"}
    swap = hardware_swaps.of_former_id("CP1")
    assert swap is not None
    assert (swap.charger, swap.new_id) == (world.charger, "CP9")


def test_the_former_box_can_come_back(world: World):
    replace(world, "CP9")

    replace(world, "CP1", now=NOW + timedelta(hours=1))

    charger = Charger.objects.get()
    assert (charger.charger_id, charger.lasting_id()) == ("CP1", "CP1")
    assert hardware_swaps.of_former_id("CP1") is None
    swap = hardware_swaps.of_former_id("CP9")
    assert swap is not None
    assert swap.new_id == "CP1"
    assert hardware_swaps.find_by_former_id(Charger.objects.all(), "CP9") == charger


def test_it_shows_both_boxes_of_each_replacement_once_they_have_booted(world: World):
    install_old_box(world.charger)
    replace(world, "CP9")
    charger = Charger.objects.get()
    assert hardware_swaps.list_of(charger)[0].newer == Hardware("CP9", "", "")
    presence.boot(charger, presence.BootFacts(vendor="KEBA", model="P30", serial_number="S-2"), now=NOW)
    replace(world, "CP10", now=NOW + timedelta(hours=1))

    newest, oldest = hardware_swaps.list_of(Charger.objects.get())

    assert (newest.former, newest.newer) == (Hardware("CP9", "KEBA P30", "S-2"), Hardware("CP10", "", ""))
    assert (oldest.former, oldest.newer) == (Hardware("CP1", "ABB Terra", "S-1"), Hardware("CP9", "KEBA P30", "S-2"))


def test_its_settings_are_read_after_the_first_boot_of_the_new_box(world: World):
    install_old_box(world.charger)
    replace(world)

    facts = presence.BootFacts(vendor="ABB", model="Terra", serial_number="S-2", firmware_version="1.0")

    assert presence.boot(Charger.objects.get(), facts, now=NOW) is True


def test_who_saw_the_station_before_is_told_that_somebody_was_faster(world: World):
    seen = Charger.objects.select_related("property__host").get()
    replace(world, "CP9")

    with pytest.raises(ReplacedMeanwhileError, match="its id is CP9 now"):
        replace(world, "CP10", charger=seen)

    assert HardwareSwap.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_replaces_it(world: World):
    seen = Charger.objects.select_related("property__host").get()
    install_old_box(world.charger)
    new_ids, refused = iter(["CP9", "CP10", "CP9", "CP10"]), []

    def work():
        try:
            replace(world, next(new_ids), charger=seen)
        except ReplacedMeanwhileError as exc:
            refused.append(exc)

    at_once(4, work)

    assert (HardwareSwap.objects.count(), len(refused)) == (1, 3)
    assert Charger.objects.get().charger_id == HardwareSwap.objects.get().new_id


@pytest.mark.django_db(transaction=True)
def test_of_two_stations_at_once_one_gets_the_box(world: World):
    make_charger(world.site, "CP2", station_id="SUN002")
    chargers, refused = iter(list(Charger.objects.select_related("property__host"))), []

    def work():
        try:
            replace(world, "CP9", charger=next(chargers))
        except TakenError as exc:
            refused.append(str(exc))

    at_once(2, work)

    assert refused == ["The id CP9 is taken (capitals do not make a difference here): choose another."]
    assert Charger.objects.filter(charger_id="CP9").count() == 1


def test_what_the_old_box_began_meanwhile_ends_with_the_first_boot_of_the_new_one(world: World):
    replace(world)
    late = charge(world.charger, started_at=NOW + timedelta(seconds=2), register_wh=900)
    presence.connect(Charger.objects.get(), connection_id=uuid.uuid4(), version="1.6", now=NOW + timedelta(hours=1))
    own = charge(world.charger, started_at=NOW + timedelta(hours=2))

    assert hardware_swaps.end_charging_of_former(Charger.objects.get()) == 1

    late.refresh_from_db()
    own.refresh_from_db()
    assert (late.case, late.meter_stop_wh, own.stopped_at) == ("never_stopped", 900, None)
    assert late.case_sentences[0].code == "case.hardware_replaced"
    presence.boot(Charger.objects.get(), presence.BootFacts(vendor="KEBA", model="P30"), now=NOW)
    presence.connect(Charger.objects.get(), connection_id=uuid.uuid4(), version="1.6", now=NOW + timedelta(hours=3))
    assert hardware_swaps.end_charging_of_former(Charger.objects.get()) == 0


def test_a_refusal_leaves_everything_as_it_was(world: World):
    install_old_box(world.charger)
    charge(world.charger)

    with pytest.raises(BusyError):
        replace(world)

    assert (LocalList.objects.count(), SentProfile.objects.count(), Variable.objects.count()) == (1, 1, 1)
    assert CardMemory.objects.get().state == "in_step"
    assert Recovery.objects.get().state == "open"
    assert keys.matches(Charger.objects.get(), OLD_PASSWORD)
    assert acts.VERB == "charger.hardware_replaced"
