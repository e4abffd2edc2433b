"""A refusal as the API answers it: a reason, and what driver and host do next."""

from authorization.decide.decisions import DecisionResult
from authorization.insight.refusal_error import RefusalError


def test_a_reason_comes_with_the_next_steps_of_both():
    error = RefusalError(DecisionResult(verdict="refused", trace=[], uid="04A1B2C3D4", reason="token_blocked"))

    assert error.explanation["reason"] == "token_blocked"
    assert error.explanation["decision"] is None
    assert all(error.explanation["next_steps"][audience] for audience in ("guest", "host"))
    assert str(error.detail).endswith(".")


def test_where_the_provider_alone_can_say_no_step_is_invented():
    error = RefusalError(DecisionResult(verdict="would_ask_msp", trace=[], uid="NLEMS01", provider_key="Example eMSP"))

    assert str(error.detail) == "Only Example eMSP can say."
    assert error.explanation == {"reason": None, "decision": None, "next_steps": {"guest": [], "host": []}}
