"""What the tests of replaced hardware share: hardware that has reported much, and its replacement."""

import uuid
from datetime import UTC, datetime, timedelta

from chargers.acts import hardware_swaps as acts
from chargers.models import (
    CardMemory,
    Charger,
    Command,
    Connector,
    Job,
    JobItem,
    LocalList,
    PowerOutlet,
    Recovery,
    SentProfile,
    Transaction,
    Variable,
)
from chargers.security import keys

NOW = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)
OLD_PASSWORD = "0" * 32


def nobody_paid(_charger_pk):
    return False


def replace(world, new_id="CP9", *, by=None, now=NOW, is_paid=nobody_paid, reason="Burnt", charger=None):
    charger = charger or Charger.objects.select_related("property__host").get(pk=world.charger.pk)
    return acts.replace(charger, new_id, reason=reason, is_paid=is_paid, by=by or world.owner, now=now)


def install_old_box(charger):
    """Gives the charger connected hardware that has reported everything that a replacement clears."""
    keys.set_generated(charger, OLD_PASSWORD)
    charger.save()
    Charger.objects.filter(pk=charger.pk).update(
        vendor="ABB", model="Terra", serial_number="S-1", firmware_version="1.0", last_boot_at=NOW - timedelta(days=1),
        ocpp_version="1.6", connection_id=uuid.uuid4(), gateway_id=uuid.uuid4(), connected_at=NOW - timedelta(days=1),
        connected_from="192.0.2.7", connected_by="password", connected_with_tls=False, clock_offset_s=7,
        clock_measured_at=NOW, status="Available", status_at=NOW,
    )  # fmt: skip
    Connector.objects.filter(evse__charger=charger).update(
        status="Faulted", error_code="GroundFailure", vendor_error_code="E1", status_info="hot", status_at=NOW
    )
    Variable.objects.create(charger=charger, name="HeartbeatInterval", value="60", reported_at=NOW)
    LocalList.objects.create(charger=charger, version=3, entries={"04A1": {}}, accepted_at=NOW)
    CardMemory.objects.create(
        charger=charger, choice="on", state="in_step", version=3, sent_version=3, synced_at=NOW, digest="d" * 32,
        cards=1, is_due=False, looked_at=NOW,
    )  # fmt: skip
    outlet = PowerOutlet.objects.create(evse=charger.evses.get(), unit="W", priority=1)
    SentProfile.objects.create(outlet=outlet, purpose="TxDefaultProfile", in_force_a=16, confirmed_at=NOW)
    queued, sent = order(charger, state="queued"), order(charger, state="sent")
    Recovery.objects.create(charger=charger, kind="faulted", since=NOW, began_at=NOW, next_look_at=NOW)
    for kind, command in (("firmware", sent), ("rate", None)):
        make_job(charger, kind=kind).commands.set([command] if command else [])
    Charger.objects.get(pk=charger.pk)
    return queued, sent


def order(charger, *, state, action="Reset", created_at=NOW, **fields):
    return Command.objects.create(
        id=uuid.uuid4(), charger=charger, action=action, payload={}, origin="user:owner@example.com", state=state,
        created_at=created_at, expires_at=created_at + timedelta(minutes=1), **fields,
    )  # fmt: skip


def make_job(charger, *, kind, state="queued"):
    job = Job.objects.create(
        id=uuid.uuid4(), kind=kind, plan={}, origin="user:owner@example.com", created_at=NOW,
        gives_up_at=NOW + timedelta(days=1),
    )  # fmt: skip
    return JobItem.objects.create(job=job, charger=charger, state=state)


def charge(charger, *, started_at=NOW, **fields):
    return Transaction.objects.create(
        charger=charger, transaction_id=str(uuid.uuid4()), ocpp_version="1.6", evse_number=1, id_token="04A1B2C3D4",
        meter_start_wh=0, started_at=started_at, start_received_at=started_at, **fields,
    )  # fmt: skip
