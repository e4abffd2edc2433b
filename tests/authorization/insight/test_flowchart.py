"""The flowchart: the chain itself, and the path of a decision."""

import pytest

from authorization.decide import engine
from authorization.insight import flowchart
from tests.kit.engine_cases import GRANTS, REFUSALS


def trace_of(verdict):
    return [line.as_json() for line in verdict.trace]


def end_of(chart):
    return [box for box in chart.boxes if box.is_end]


def test_it_draws_every_step_of_the_chain_in_order():
    chart = flowchart.empty()

    assert [box.step for box in chart.boxes] == list(engine.CHAIN)
    assert not end_of(chart)


def test_it_tells_every_reason_of_the_chain_once():
    chart = flowchart.empty()

    told = [reason.code for box in chart.boxes for reason in box.refusals] + [one.code for one in chart.left_over]
    assert sorted(told) == sorted(code for code, _ in engine.REASONS)


@pytest.mark.parametrize(("code", "asked", "known"), REFUSALS)
def test_it_leads_a_refusal_to_the_gate_that_closed_or_past_the_last_step(code, asked, known):
    verdict = engine.decide(request=asked, facts=known)

    chart = flowchart.of_decision(trace_of(verdict), reason=code)

    assert chart.reason is not None
    assert chart.reason.code == code
    assert [box.step.key for box in end_of(chart)] == ([verdict.refused_at] if verdict.refused_at else [])
    assert chart.ran_out is not bool(verdict.refused_at)


@pytest.mark.parametrize(("code", "asked", "known"), REFUSALS)
def test_no_other_step_gives_the_reasons_of_a_step(code, asked, known):
    owners = [step.key for step in engine.CHAIN if code in step.refuses]

    assert not owners or engine.decide(request=asked, facts=known).refused_at in owners


@pytest.mark.parametrize(("key", "asked", "known"), GRANTS)
def test_it_leads_an_acceptance_to_the_grant_that_let_it_in(key, asked, known):
    chart = flowchart.of_decision(trace_of(engine.decide(request=asked, facts=known)), reason="")

    (end,) = end_of(chart)
    assert (end.step.key, end.mark) == (key, "passed")
    after = [box for box in chart.boxes if engine.CHAIN.index(box.step) > engine.CHAIN.index(end.step)]
    assert {box.mark for box in after} <= {"ahead"}


def test_it_draws_a_step_that_an_old_trace_does_not_know_as_never_reached():
    chart = flowchart.of_decision([{"step": "charger_registered", "outcome": "failed", "sentence": "Gone."}], reason="")

    assert chart.boxes[0].mark == "failed"
    assert {box.mark for box in chart.boxes[1:]} == {"ahead"}
