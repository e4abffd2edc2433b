"""Plans: stored as JSON, read back the same, and said in words."""

import pytest

from chargers.commands import forms
from chargers.jobs import plans
from chargers.jobs.plans import CommandPlan, FirmwarePlan, RatePlan, SettingPlan, TemplatePlan
from chargers.protocol.frames import Version

PLANS = [
    (
        CommandPlan(command="availability", values={"service": "Inoperative"}),
        "Put in or out of service: Out of service",
    ),
    (CommandPlan(command="reset_soft", values={}), "Restart softly"),
    (SettingPlan(key="HeartbeatInterval", value="300"), "Set HeartbeatInterval to 300"),
    (TemplatePlan(template=4, name="Alfen"), "Apply the template “Alfen”"),
    (FirmwarePlan(location="https://fw.example/1", version="1.2"), "Update the firmware to 1.2"),
    (RatePlan(host="sunset", rate="plain", audience="guest"), "Assign the rate “plain” to guests"),
]


@pytest.mark.parametrize(("plan", "words"), PLANS)
def test_a_plan_is_read_as_it_was_stored(plan, words):
    assert plans.read(plans.kind_of(plan), plans.as_json(plan)) == plan
    assert plan.words == words


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("command", plans.COMMANDS)
def test_every_version_offers_every_bulk_command(version, command):
    offer = forms.find(command, version=version)

    assert offer is not None
    asked = plans.COMMANDS[command]
    choices = {one.name: dict(one.choices) for one in offer.inputs(version) if one.choices}
    assert {value for value, _ in asked.choices} <= set(choices.get(asked.input, {}))
