"""Reasons and traces for human eyes."""

import pytest

from authorization.decide import reasons
from authorization.decide.reasons import Audience
from authorization.insight import presentation
from chargers.models import Charger, Property

CHARGER = Charger(charger_id="CP1", station_id="SUN001", property=Property(slug="sunset-1"))


def line(step: str, outcome: str, **more: str) -> dict[str, str]:
    return {"step": step, "outcome": outcome, "sentence": f"{step}: {outcome}", **more}


def test_a_closed_gate_is_an_alarm_and_a_grant_that_did_not_apply_is_none():
    gate = next(iter(sorted(presentation._GATES)))

    story = presentation.story([line(gate, "passed"), line("group", "failed"), line(gate, "failed", link="/x/")])

    assert [step.mark for step in story.lines] == ["passed", "failed", "refused"]
    assert [step.link for step in story.lines] == ["", "", "/x/"]
    assert story.unreached == 0


def test_what_was_not_reached_is_only_counted():
    story = presentation.story([line("a", "skipped"), line("b", "passed"), line("c", "skipped"), line("d", "skipped")])

    assert [step.mark for step in story.lines] == ["skipped", "passed"]
    assert story.unreached == 2
    assert presentation.story([]) == presentation.ShownTrace([], 0)


@pytest.mark.parametrize("code", sorted(reasons.CATALOGUE))
@pytest.mark.parametrize("audience", list(Audience))
def test_every_link_of_the_advice_is_filled_in(code: str, audience: Audience):
    for step in presentation.next_steps(reasons.get(code), audience.value, CHARGER, "04A1B2C3D4"):
        assert step.text
        assert "{" not in step.url
        assert step.url == "" or step.url.startswith("/")


def test_a_code_that_the_catalogue_no_longer_has_is_shown_as_it_is():
    assert presentation.reason_title("of_an_old_release") == "of_an_old_release"
    assert presentation.reason_title("token_blocked") == reasons.get("token_blocked").title


@pytest.mark.parametrize("name", ["", "us"])
def test_who_decided_is_named(name: str):
    assert presentation.decider(name).startswith("us")
    assert presentation.decider("Partner") == "Partner, the Leader here"
