"""The forms of bulk actions, and the plan that each becomes."""

from typing import Any

import pytest

from billing.models import Rate
from chargers.jobs.plans import CommandPlan, LicencePlan, RatePlan, SettingPlan
from chargers.pages import bulk_forms
from chargers.pages.bulk_forms import FORMS, BulkForm, TagsForm
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def filled(world: World, action: str, /, *, by: str = "owner", **data: Any) -> BulkForm:
    form = bulk_forms.form_of(action, getattr(world, by), data=data)
    assert form.is_valid(), form.errors
    return form


@pytest.mark.parametrize(
    ("person", "missing"),
    [("owner", {"licence"}), ("teammate", {"licence", "rate"}), ("agent", set())],
)
def test_a_person_is_offered_what_they_may_do(world: World, person: str, missing: set[str]):
    assert set(FORMS) - set(bulk_forms.list_allowed_actions(getattr(world, person))) == missing


@pytest.mark.parametrize(
    ("command", "plan", "waits"),
    [
        ("clear_cache", CommandPlan(command="clear_cache", values={}), False),
        ("trigger:Heartbeat", CommandPlan(command="trigger", values={"message": "Heartbeat"}), False),
        ("reset_soft", CommandPlan(command="reset_soft", values={}), True),
    ],
)
def test_a_command_waits_only_where_it_would_interrupt_somebody(
    world: World, command: str, plan: CommandPlan, waits: bool
):
    form = filled(world, "command", command=command, waits_for_idle="on")

    assert form.plan() == plan
    assert form.asked == {"waits_for_idle": waits}


@pytest.mark.parametrize("key", sorted(bulk_forms.COMMANDS))
def test_every_command_that_is_offered_becomes_a_plan(world: World, key: str):
    choices = FORMS["command"].base_fields["command"].choices  # type: ignore[attr-defined]
    values = [value for value, _ in choices if value.partition(":")[0] == key]

    assert values
    for value in values:
        assert filled(world, "command", command=value).plan().command == key  # type: ignore[attr-defined]


def test_a_setting_may_be_emptied(world: World):
    assert filled(world, "setting", key="HeartbeatInterval", value="").plan() == SettingPlan(
        key="HeartbeatInterval", value=""
    )


@pytest.mark.parametrize(("entered", "stored"), [("", ""), ("2027-01-31", "2027-01-31")])
def test_a_licence_ends_on_a_day_or_never(world: World, entered: str, stored: str):
    plan = filled(world, "licence", by="agent", state="active", expires_on=entered).plan()

    assert plan == LicencePlan(state="active", expires_on=stored)


def test_only_rates_of_hosts_that_the_person_manages_can_be_chosen(world: World):
    other = world.stranger.memberships.get().host
    own = Rate.objects.create(host=world.host, slug="plain", name="Plain", currency="USD")
    foreign = Rate.objects.create(host=other, slug="plain", name="Plain", currency="USD")

    assert filled(world, "rate", rate=own.pk, audience="guest").plan() == RatePlan(
        host="sunset", rate="plain", audience="guest"
    )
    assert not bulk_forms.form_of("rate", world.owner, data={"rate": foreign.pk, "audience": "guest"}).is_valid()


@pytest.mark.parametrize("location", ["https://fw.example/2.bin", "ftp://fw.example/2.bin", "sftp://fw.example/2"])
def test_firmware_is_fetched_in_ways_that_chargers_have(world: World, location: str):
    form = filled(world, "firmware", location=location, wave_size="5", stops_at_pct="10")

    assert form.asked == {"wave_size": 5, "stops_at_pct": 10, "waits_for_idle": False}


@pytest.mark.parametrize(
    "wrong", [{"location": "file:///etc/passwd"}, {"wave_size": "0"}, {"stops_at_pct": "101"}, {"location": ""}]
)
def test_what_no_charger_can_fetch_or_no_wave_can_be_is_refused(world: World, wrong: dict[str, str]):
    data = {"location": "https://fw.example/2", "wave_size": "5", "stops_at_pct": "10"} | wrong

    assert set(bulk_forms.form_of("firmware", world.owner, data=data).errors) == set(wrong)


@pytest.mark.parametrize(("names", "error"), [(" , ,", "Write at least one tag."), ("x" * 500, "")])
def test_tags_that_are_none_are_refused(names: str, error: str):
    form = TagsForm({"names": names})

    assert not form.is_valid()
    assert error in str(form.errors["names"])


def test_tags_stand_between_commas():
    form = TagsForm({"names": "garage, north,  garage"})

    assert form.is_valid()
    assert form.cleaned_data["names"] == ["garage", "north"]
