"""Jobs over many chargers: each one's turn, waves, and what people may do meanwhile."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, Membership
from authorization.people.access import NotAllowedError
from billing.models import RateAssignment
from chargers.acts import job_runs, jobs
from chargers.acts.jobs import JobOrder
from chargers.commands import queue
from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from chargers.jobs.plans import CommandPlan, FirmwarePlan, RatePlan, SettingPlan, TemplatePlan
from chargers.models import (
    Charger,
    ChargerEvent,
    Command,
    Connector,
    Job,
    JobItem,
    SettingTemplate,
    Transaction,
)
from tests.kit import charging
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
RESTART = CommandPlan(command="reset_soft", values={})
FIRMWARE = FirmwarePlan(location="https://fw.example/2.bin", version="2.0")


@pytest.fixture
def fleet(world: World) -> list[Charger]:
    """Six chargers of the host that are online."""
    made = [world.charger, *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in range(2, 7))]
    for charger in made:
        presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=NOON)
    return list(Charger.objects.order_by("station_id"))


def started(world: World, fleet: list[Charger], plan, **asked) -> Job:
    return jobs.start(JobOrder(plan=plan, chargers=[one.pk for one in fleet], **asked), by=world.owner, now=NOON)


def answered(*, state: str = "accepted", now: datetime = NOON) -> None:
    """Every charger answers what was sent to it."""
    for command in Command.objects.filter(state="queued"):
        taken = queue.take_next(command.charger, connection_id=uuid.uuid4(), now=now)
        assert taken is not None
        queue.close(taken.pk, state=state, outcome=(), reply={"status": state}, now=now)


def states(job: Job) -> list[str]:
    return list(job.items.order_by("pk").values_list("state", flat=True))


def item_of(job: Job) -> JobItem:
    return job.items.order_by("pk").first()


def test_it_sends_each_charger_one_command_however_often_it_runs(world, fleet):
    job = started(world, fleet, RESTART)

    job_runs.run_due(now=NOON)
    job_runs.run_due(now=NOON)

    assert states(job) == ["sent"] * 6
    assert Command.objects.filter(action="Reset", origin="user:owner@example.com").count() == 6
    answered()
    job_runs.run_due(now=NOON)
    job_runs.run_due(now=NOON)
    job.refresh_from_db()
    assert (job.state, states(job)) == ("finished", ["done"] * 6)


def test_a_charger_that_refuses_fails_with_its_answer(world, fleet):
    job = started(world, fleet[:1], RESTART)
    job_runs.run_due(now=NOON)
    answered(state="rejected")

    job_runs.run_due(now=NOON)

    item = item_of(job)
    assert (item.state, item.reason) == ("failed", "Reset: Rejected by the charger")


def test_an_offline_charger_waits_until_the_job_gives_up(world, fleet):
    Charger.objects.filter(pk=fleet[0].pk).update(connection_id=None)
    job = started(world, fleet[:1], RESTART)

    job_runs.run_due(now=NOON)
    assert (item_of(job).state, item_of(job).reason) == ("queued", "Waits until the charger is online.")
    job_runs.run_due(now=NOON + timedelta(hours=1))

    assert (item_of(job).state, item_of(job).reason) == ("skipped", "Not sent: the job ran out of time.")
    job.refresh_from_db()
    assert job.state == "finished"
    assert not Command.objects.exists()


def test_it_asks_for_the_right_of_the_person_again_at_each_charger(world, fleet):
    job = started(world, fleet[:1], RESTART)
    Membership.objects.filter(user=world.owner).update(role="read_only")

    job_runs.run_due(now=NOON)

    assert (item_of(job).state, item_of(job).reason) == (
        "skipped",
        "owner@example.com may not do this at this charger any more.",
    )
    assert not Command.objects.exists()


def test_it_does_nothing_for_an_account_that_is_closed(world, fleet):
    job = started(world, fleet[:1], RESTART)
    type(world.owner).objects.filter(pk=world.owner.pk).update(is_active=False)

    job_runs.run_due(now=NOON)

    assert item_of(job).reason == "owner@example.com has no account or key any more."


def test_firmware_goes_in_waves_that_wait_for_each_other(world, fleet):
    job = started(world, fleet, FIRMWARE, wave_size=2, stops_at_pct=50)
    job_runs.run_due(now=NOON)
    assert states(job) == ["sent", "sent", "queued", "queued", "queued", "queued"]
    answered()
    job_runs.run_due(now=NOON)
    assert states(job)[:3] == ["sent", "sent", "queued"]

    Charger.objects.filter(pk__in=[one.pk for one in fleet[:2]]).update(firmware_version="2.0")
    job_runs.run_due(now=NOON)

    assert states(job) == ["done", "done", "sent", "sent", "queued", "queued"]


def test_firmware_stops_itself_and_a_person_resumes_or_retries(world, fleet):
    job = started(world, fleet, FIRMWARE, wave_size=2, stops_at_pct=20)
    job_runs.run_due(now=NOON)
    answered()
    ChargerEvent.objects.create(
        charger=fleet[0],
        kind="FirmwareStatusNotification",
        topic="firmware",
        state="InstallationFailed",
        summary="",
        at=NOON,
        received_at=NOON + timedelta(minutes=5),
    )
    job_runs.run_due(now=NOON + timedelta(minutes=6))

    job.refresh_from_db()
    assert job.state == "paused"
    assert item_of(job).reason == "The charger reported: InstallationFailed."
    job_runs.run_due(now=NOON + timedelta(minutes=7))
    assert states(job)[2:] == ["queued"] * 4

    assert jobs.resume(job, by=world.owner, now=NOON) is True
    Charger.objects.filter(pk=fleet[1].pk).update(firmware_version="2.0")
    job_runs.run_due(now=NOON + timedelta(minutes=8))
    assert states(job)[:4] == ["failed", "done", "sent", "sent"]

    assert jobs.retry(job, by=world.owner, now=NOON) == 1
    job_runs.run_due(now=NOON + timedelta(minutes=9))
    assert states(job)[0] == "sent"
    assert AuditEntry.objects.filter(verb__in=["job.started", "job.resumed", "job.retried"]).count() == 3


def test_an_update_whose_end_is_never_reported_fails(world, fleet):
    job = started(world, fleet[:1], FIRMWARE)
    job_runs.run_due(now=NOON)
    answered()

    job_runs.run_due(now=NOON + timedelta(hours=2))

    assert item_of(job).reason == "The charger accepted the update, and reported no end of it in time."


def test_it_waits_for_those_who_charge(world, fleet):
    charging_now = Transaction.objects.create(
        charger=fleet[0], transaction_id="1", evse_number=1, started_at=NOON, start_received_at=NOON
    )
    job = started(world, fleet[:2], FIRMWARE, waits_for_idle=True)

    job_runs.run_due(now=NOON)

    assert states(job) == ["queued", "sent"]
    assert item_of(job).reason == "Waits until nobody charges here."
    Transaction.objects.filter(pk=charging_now.pk).update(stopped_at=NOON)
    job_runs.run_due(now=NOON)
    assert states(job)[0] == "sent"


def test_cancelling_skips_the_rest_and_follows_what_was_sent(world, fleet):
    job = started(world, fleet, RESTART, wave_size=2)
    job_runs.run_due(now=NOON)

    assert jobs.cancel(job, by=world.owner, now=NOON) is True
    assert jobs.cancel(job, by=world.owner, now=NOON) is False

    answered()
    job_runs.run_due(now=NOON)
    assert states(job) == ["done", "done", *["skipped"] * 4]
    assert job.items.filter(state="skipped").first().reason == "Cancelled by owner@example.com."


def test_strangers_and_readers_neither_start_nor_steer(world, fleet):
    job = started(world, fleet, RESTART)

    for person in (world.stranger, world.teammate):
        with pytest.raises(NotAllowedError):
            jobs.cancel(job, by=person, now=NOON)
    with pytest.raises(NotAllowedError):
        jobs.start(JobOrder(plan=RESTART, chargers=[fleet[0].pk]), by=world.teammate, now=NOON)
    with pytest.raises(jobs.JobError):
        jobs.start(JobOrder(plan=RESTART, chargers=[fleet[0].pk]), by=world.stranger, now=NOON)
    assert not jobs.list_visible(world.stranger).exists()
    assert jobs.list_visible(world.teammate).exists()


def test_a_form_that_is_posted_twice_makes_one_job(world, fleet):
    once = uuid.uuid4()

    assert started(world, fleet, RESTART, once=once) == started(world, fleet, RESTART, once=once)
    assert Job.objects.count() == 1


def test_it_unlocks_only_where_a_cable_is_in_and_nobody_charges(world, fleet):
    Connector.objects.filter(evse__charger__in=fleet[:2]).update(status="Finishing")
    Transaction.objects.create(
        charger=fleet[1], transaction_id="1", evse_number=1, started_at=NOON, start_received_at=NOON
    )
    job = started(world, fleet[:3], CommandPlan(command="unlock", values={}))

    job_runs.run_due(now=NOON)

    assert states(job) == ["sent", "skipped", "skipped"]
    assert Command.objects.get().payload == {"connectorId": 1}


def test_it_changes_a_setting_where_it_is_another(world, fleet):
    for charger, value in zip(fleet, ["300", "900"], strict=False):
        presence.report_variables(charger, [VariableFacts("", "HeartbeatInterval", value)], now=NOON)
    job = started(world, fleet[:2], SettingPlan(key="HeartbeatInterval", value="300"))

    job_runs.run_due(now=NOON)

    assert states(job) == ["done", "sent"]
    assert item_of(job).reason == "It was so already."
    assert Command.objects.get().payload == {"key": "HeartbeatInterval", "value": "300"}


def test_it_applies_a_template_where_it_fits(world, fleet):
    template = SettingTemplate.objects.create(name="Alfen", family="1.6", vendor="Alfen*")
    template.settings.create(key="HeartbeatInterval", value="300")
    template.settings.create(key="MeterValueSampleInterval", value="60")
    Charger.objects.filter(pk=fleet[0].pk).update(vendor="Alfen BV")
    job = started(world, fleet[:2], TemplatePlan(template=template.pk, name="Alfen"))

    job_runs.run_due(now=NOON)

    assert states(job) == ["sent", "skipped"]
    assert item_of(job).commands.count() == 2


def test_it_assigns_a_rate_to_each_charger(world, fleet):
    charging.make_rate(world.host)
    job = started(world, fleet[:2], RatePlan(host="sunset", rate="plain", audience="guest"))

    job_runs.run_due(now=NOON)

    assert states(job) == ["done", "done"]
    found = RateAssignment.objects.filter(audience="guest").values_list("charger", flat=True)
    assert sorted(found) == sorted(one.pk for one in fleet[:2])


def test_an_error_of_one_charger_fails_no_other(world, fleet, monkeypatch):
    real = job_runs.sending.send

    def breaks(charger, *args, **kwargs):
        if charger == fleet[0]:
            raise RuntimeError("broken")
        return real(charger, *args, **kwargs)

    monkeypatch.setattr(job_runs.sending, "send", breaks)
    job = started(world, fleet[:2], RESTART)

    job_runs.run_due(now=NOON)

    assert states(job) == ["failed", "sent"]
    assert item_of(job).reason == "An unexpected error here; support can see it in the log."
