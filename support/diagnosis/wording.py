"""The texts of causes and evidence: for guests in their language, for hosts and agents in English."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from billing.formatting import times
from chargers.formatting.quantities import kilowatts
from chargers.lib.i18n import mark
from support.diagnosis.causes import FAULTS, Cause, Certainty, Clue, Evidence, Finding
from support.diagnosis.signs import Answer, Kind, Question, Sign, SignReply


@dataclass(frozen=True, slots=True)
class Text:
    """A cause's title, its meaning and step for the guest, and the step for the host or an agent."""

    title: str
    guest: str
    guest_step: str
    staff_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedFinding:
    """One finding in the reader's language. `step` is empty if there is nothing to do."""

    cause: Cause
    title: str
    meaning: str
    step: str
    certainty: str
    evidence: tuple[str, ...]
    is_answered: bool = False
    """Whether a person at the charger was asked, and the answer is part of the evidence."""
    asked: "QuestionText | None" = None


@dataclass(frozen=True, slots=True)
class QuestionText:
    """The deciding question, in the reader's language, with its possible answers.

    `given`: the answer that counts, with `by` whom and when; None: not answered.
    """

    code: str
    text: str
    answers: tuple[tuple[str, str], ...]
    given: Answer | None = None

    @property
    def answer(self) -> str:
        """Returns the label of the answer that counts; empty if there is none."""
        return dict(self.answers)[self.given.seen.value] if self.given else ""


TEXTS: Final = {
    Cause.CHARGER_FAULT: Text(
        "Charger fault",
        mark("The charger reports a fault."),
        mark("Unplug, wait 30 seconds and plug in again. If the fault stays, use another charger."),
        "Look at the fault code, restart the charger while no car charges, and call an installer if it comes back.",
    ),
    Cause.CABLE: Text(
        "Cable or plug",
        mark("The plug or the cable has no good contact."),
        mark("Push the plug in until it clicks, at the car and at the charger, and try again."),
        "Have the plug pushed in until it clicks. If it fails with several cars, have the connector checked.",
    ),
    Cause.CAR_FULL: Text(
        "The battery is full",
        mark("Your car has ended charging: the battery is full, or has reached the limit set in the car."),
        mark("To charge on, raise the charging limit in the car."),
        "Nothing is wrong with the charger. The driver can raise the charging limit in the car.",
    ),
    Cause.CAR_PAUSED: Text(
        "The car is not asking for power",
        mark("The charger is ready, and your car is not asking for power."),
        mark("Check the car’s charging timer and its limit, put it in Park, and lock it."),
        "The charger is ready. The driver should check the car’s timer, its limit, and that it is in Park.",
    ),
    Cause.CAR_STOPPED: Text(
        "The car ended it",
        mark("Your car ended charging."),
        mark("Look at the car’s display for a message, unplug, wait 30 seconds and plug in again."),
        "The car ended it. The driver should look for a message in the car, and start again.",
    ),
    Cause.OUR_LIMIT: Text(
        "Power is shared",
        mark("The power here is shared, and your car waits for its turn. It starts by itself."),
        "",
        "The property’s power limit leaves nothing for this car now. Properties > Power shows who charges.",
    ),
    Cause.LIMIT_ELSEWHERE: Text(
        "The charger gives no power",
        mark("The charger is holding back the power at the moment."),
        mark("It may start by itself. If it does not within some minutes, stop and start again."),
        "The charger itself, an energy manager or another back office withholds the power: look at its own settings.",
    ),
    Cause.AUTHORIZATION_LOST: Text(
        "Authorization was withdrawn",
        mark("The charger ended it because it was no longer authorized."),
        mark("Start again. If it ends again, contact the host."),
        "Look at the decision in the logs: who answered, and why the card is no longer accepted.",
    ),
    Cause.NETWORK: Text(
        "No contact with the charger",
        mark("We have no contact with the charger at the moment. Your car may be charging all the same."),
        mark("Look at the car or at the charger. When the contact is back, this page shows what was charged."),
        "Check the router and the charger’s connection; Chargers > View > Connection says what failed.",
    ),
    Cause.STOP_NOT_REPORTED: Text(
        "The end was not reported",
        mark("The charger did not report how the session ended. Its last reading counts."),
        "",
        "Nothing to do: the last reading counts. If it happens often, the charger loses messages: update its firmware.",
    ),
    Cause.POWER_LOST: Text(
        "The charger lost its power",
        mark("The charger lost its power."),
        mark("Tell the host: the breaker may be off."),
        "Check the breaker and the supply of the charger.",
    ),
    Cause.RESTARTED: Text(
        "The charger restarted",
        mark("The charger restarted, and that ended charging."),
        mark("Start again once the charger is ready."),
        "The logs show whether somebody sent a Reset. Restarts that nobody ordered are a fault of charger or supply.",
    ),
    Cause.RESTARTING: Text(
        "We restarted the charger a moment ago",
        mark("We restarted the charger a moment ago. It is not back yet."),
        mark("Wait a few minutes; this page shows when it is back."),
        "A Reset was sent less than five minutes ago. If it stays away for longer, look at its power and network.",
    ),
    Cause.EMERGENCY_STOP: Text(
        "Emergency stop",
        mark("The emergency button was pressed."),
        mark("Do not use this charger until the host has released the button."),
        "Have somebody on site look at the charger and release the button.",
    ),
    Cause.LIMIT_REACHED: Text(
        "The agreed limit was reached",
        mark("The agreed amount, energy or time was reached."),
        mark("Start a new session to charge on."),
        "Nothing is wrong: the limit of the session was reached.",
    ),
    Cause.UNPLUGGED: Text(
        "The plug was pulled",
        mark("The car was unplugged."),
        mark("If nobody unplugged it, push the plug in until it clicks and start again."),
        "The car was unplugged. If nobody did, have the lock of the connector checked.",
    ),
    Cause.STOPPED_BY_PERSON: Text(
        "It was stopped",
        mark("Somebody stopped it: at the charger, in an app or from afar."),
        mark("Start again if it was not you who stopped it."),
        "“Stopped by” on the session’s page names who it was.",
    ),
    Cause.NOT_PLUGGED_IN: Text(
        "No car is plugged in",
        mark("The charger sees no car yet."),
        mark("Plug in at the car and at the charger until it clicks."),
        "The charger sees no car: the plug does not sit, or another connector is used.",
    ),
}
_CLUES: Final = {
    Clue.STOP_REASON: mark("Reason that the charger gave, at %(at)s: %(reason)s."),
    Clue.NO_STOP: mark("The charger never reported the end. The last we know is from %(at)s."),
    Clue.FAULT: mark("The charger reported %(code)s at %(at)s."),
    Clue.STATUS: mark("Status since %(at)s: %(status)s."),
    Clue.NO_ENERGY: mark("No energy has flowed since %(since)s."),
    Clue.NEVER_ANY: mark("No energy has flowed since the start, at %(since)s."),
    Clue.TAPERED: mark("The power went down from %(most)s to %(last)s before that."),
    Clue.SOC: mark("State of charge of the battery: %(soc)s %%."),
    Clue.WITHHELD: mark("The limit of the property withholds the power since %(since)s."),
    Clue.SILENT: mark("The last reading is from %(since)s."),
    Clue.OFFLINE: mark("The charger is offline."),
    Clue.RESET_SENT: mark("A restart was sent to it at %(at)s."),
    Clue.FLAPPED: mark("The car paused and went on %(count)s times within an hour."),
    Clue.REPEATED: mark("%(count)s sessions at this connector ended within five minutes each."),
    Clue.LIGHT_ON: mark("A light was on at the charger at %(at)s."),
    Clue.NO_LIGHT: mark("No light was on at the charger at %(at)s."),
    Clue.SIGN_SEEN: mark("Light seen at the charger at %(at)s: %(sign)s."),
    Clue.SIGN_NOT_SEEN: mark("Light not seen at the charger at %(at)s: %(sign)s."),
    Clue.BEEP_HEARD: mark("Beep heard at the charger at %(at)s: %(sign)s."),
    Clue.BEEP_NOT_HEARD: mark("Beep not heard at the charger at %(at)s: %(sign)s."),
}
_ANY_LIGHT: Final = mark("Is any light or display on at the charger?")
_ASKS: Final = {
    Kind.LIGHT: mark("Do you see this light at the charger: %(sign)s?"),
    Kind.BEEP: mark("Do you hear the charger beep like this: %(sign)s?"),
}
_COLOURS: Final = {
    "red": mark("red"),
    "green": mark("green"),
    "blue": mark("blue"),
    "yellow": mark("yellow"),
    "orange": mark("orange"),
    "white": mark("white"),
    "purple": mark("purple"),
}
_PATTERNS: Final = {
    "steady": mark("steady"),
    "blinking": mark("blinking"),
    "once": mark("once"),
    "repeated": mark("again and again"),
    "continuous": mark("without a pause"),
}
SEEN: Final = {
    SignReply.YES: mark("Yes"),
    SignReply.NO: mark("No"),
    SignReply.UNKNOWN: mark("I cannot see that"),
}
_NO_LIGHT_GUEST: Final = mark("Ask the host to look at the breaker: the charger seems to have no power.")
_NO_LIGHT_STAFF: Final = "Look at the breaker and the supply first: nothing at the charger is lit."
_LIGHT_ON_STAFF: Final = (
    "It has power: check the router and its connection; Chargers > View > Connection says what failed."
)
_CERTAINTY: Final = {
    Certainty.CERTAIN: mark("Certain"),
    Certainty.LIKELY: mark("Likely"),
    Certainty.POSSIBLE: mark("Possible"),
}


def for_guest(finding: Finding) -> ExplainedFinding:
    """Returns the finding in the active language and time zone."""
    text = TEXTS[finding.cause]
    step = text.guest_step
    if _has_clue(finding, Clue.NO_LIGHT):
        step = _NO_LIGHT_GUEST
    return _build_explanation(finding, meaning=_(text.guest), step=_(step) if step else "")


def of_error_code(code: str) -> tuple[str, str]:
    """Returns what an error code means for a person at the charger, and what they can do, in the active language."""
    text = TEXTS[FAULTS.get(code, Cause.CHARGER_FAULT)]
    return _(text.guest), _(text.guest_step)


def for_staff(finding: Finding) -> ExplainedFinding:
    """Returns the finding for hosts and agents, including who answered a question."""
    step = TEXTS[finding.cause].staff_step
    if _has_clue(finding, Clue.NO_LIGHT):
        step = _NO_LIGHT_STAFF
    elif _has_clue(finding, Clue.LIGHT_ON):
        step = _LIGHT_ON_STAFF
    return _build_explanation(finding, meaning=TEXTS[finding.cause].title, step=step, names_people=True)


def render_question(question: Question, last_answer: Answer | None = None) -> QuestionText:
    """Returns the question in the active language."""
    sign = question.sign
    text = _(_ANY_LIGHT) if sign is None else _(_ASKS[sign.kind]) % {"sign": describe_sign(sign)}
    return QuestionText(
        question.code, text, tuple((observation.value, _(label)) for observation, label in SEEN.items()), last_answer
    )


def describe_sign(sign: Sign) -> str:
    """Describes a sign, such as "red, blinking"."""
    return ", ".join([*([_(_COLOURS[sign.colour])] if sign.colour else []), _(_PATTERNS[sign.pattern])])


def describe_sign_with_kind(sign: Sign) -> str:
    """Returns the sign's name for staff, with its kind."""
    return f"{sign.kind.value} {describe_sign(sign)}"


def _has_clue(finding: Finding, clue: Clue) -> bool:
    return any(evidence.clue is clue for evidence in finding.evidence)


def _build_explanation(finding: Finding, *, meaning: str, step: str, names_people: bool = False) -> ExplainedFinding:
    return ExplainedFinding(
        cause=finding.cause,
        title=TEXTS[finding.cause].title,
        meaning=meaning,
        step=step,
        certainty=_(_CERTAINTY[finding.certainty]),
        evidence=tuple(
            _sentence(evidence) + (_describe_answerer(evidence) if names_people else "")
            for evidence in finding.evidence
        ),
        is_answered=any("by" in clue.values for clue in finding.evidence),
    )


def _describe_answerer(evidence: Evidence) -> str:
    """Returns who answered, for staff, in English; empty if the evidence is not an answer."""
    if "by" not in evidence.values:
        return ""
    return f" Answered by {evidence.values['by'] or 'a guest'}."


def _sentence(evidence: Evidence) -> str:
    values = {name: _value(value) for name, value in evidence.values.items()}
    if evidence.clue is Clue.TAPERED:
        values |= {"most": kilowatts(evidence.values["most_w"]), "last": kilowatts(evidence.values["last_w"])}
    return _(_CLUES[evidence.clue]) % values


def _value(value: Any) -> str:
    if isinstance(value, Sign):
        return describe_sign(value)
    return times.to_the_second(value) if isinstance(value, datetime) else str(value)
