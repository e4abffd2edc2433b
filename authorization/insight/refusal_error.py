"""The REST API's error for a refusal of the chain."""

from authorization.decide.decisions import DecisionResult
from authorization.decide.reasons import Audience
from authorization.insight import remedies
from authorization.rest.problems import ExplainedError


class RefusalError(ExplainedError):
    """409 for a refusal: the reason's code, the stored decision, and the next steps for driver and host."""

    def __init__(self, outcome: DecisionResult) -> None:
        reason = outcome.reason_entry
        super().__init__(
            f"{reason.title}. {reason.host.meaning}" if reason else f"Only {outcome.provider_key} can say."
        )
        self.explanation = {
            "reason": outcome.reason or None,
            "decision": str(outcome.id) if outcome.id else None,
            "next_steps": {
                audience.value: [step.text for step in remedies.steps(reason, audience, uid=outcome.uid)]
                if reason
                else []
                for audience in (Audience.GUEST, Audience.HOST)
            },
        }
