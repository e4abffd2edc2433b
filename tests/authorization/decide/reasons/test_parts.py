"""An entry of the catalogue says something else to each audience."""

import pytest

from authorization.decide.reasons.parts import Advice, Audience, NextStep, Reason, Remedy, Statuses


def advice(meaning: str) -> Advice:
    return Advice(meaning, (NextStep(f"{meaning} Do this."),))


REASON = Reason(
    code="card_blocked",
    title="The card is blocked",
    statuses=Statuses(ocpp_16="Blocked"),
    remedies=(Remedy.HOST,),
    guest=advice("Your card is blocked."),
    host=advice("You blocked this card."),
    agent=advice("The host blocked it."),
)


@pytest.mark.parametrize(
    ("audience", "meaning"),
    [
        (Audience.GUEST, "Your card is blocked."),
        (Audience.HOST, "You blocked this card."),
        (Audience.AGENT, "The host blocked it."),
    ],
)
def test_each_audience_gets_its_own_advice(audience: Audience, meaning: str):
    assert REASON.advice(audience) == advice(meaning)


def test_there_is_no_advice_for_anybody_else():
    with pytest.raises(AssertionError):
        REASON.advice("installer")  # type: ignore[arg-type]
