"""A session's diagnosis for pages: complete for hosts and agents; for guests, the one cause that helps them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from billing.charts import power_curve, price_bands
from billing.charts.power_curve import Curve, Mark, MeasuredPower
from billing.models import Session
from chargers.models import Charger
from support.diagnosis import answers, causes, facts, signs, wording
from support.diagnosis.causes import Cause, Certainty, ChargeFacts, Finding
from support.diagnosis.wording import ExplainedFinding, QuestionText

_NO_NEWS: frozenset[Cause] = frozenset({Cause.STOPPED_BY_PERSON, Cause.LIMIT_REACHED, Cause.NOT_PLUGGED_IN})
"""Causes that the guest knows or that the page shows anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The causes, most certain first, in English and as found; the power as a curve.

    `asked`: if two causes are open, the question about the charger's lights or beeps that decides, with its answer.
    """

    findings: tuple[ExplainedFinding, ...]
    causes: tuple[Finding, ...]
    curve: Curve | None = None
    asked: QuestionText | None = None

    @property
    def likeliest(self) -> Finding | None:
        """Returns the first cause as it was found."""
        return self.causes[0] if self.causes else None


def for_staff(session: Session, *, now: datetime, report: Mapping[str, Any] | None = None) -> Diagnosis:
    """Diagnoses a session, which comes with `charger`, `property` and `transaction`. At most nine queries.

    With its price report, the curve also shows the price of the energy.
    """
    charge_facts = facts.of_session(session, now=now)
    # Left out: who stopped it, which has its own line on every page with a diagnosis.
    findings = [finding for finding in causes.find_causes(charge_facts) if finding.cause is not Cause.STOPPED_BY_PERSON]
    with _staff(session.property.time_zone):
        return replace(_diagnosis(session.charger, charge_facts, findings), curve=_curve(session, charge_facts, report))


def _curve(session: Session, charge_facts: ChargeFacts, report: Mapping[str, Any] | None) -> Curve | None:
    if charge_facts.started_at is None:
        return None
    measured = MeasuredPower(
        since=charge_facts.started_at,
        until=charge_facts.end,
        readings=charge_facts.readings,
        statuses=[Mark(status.at, status.status) for status in charge_facts.statuses],
        silent=charge_facts.gaps,
        withheld=charge_facts.withheld,
    )
    bands = price_bands.of_report(report) if report else None
    return power_curve.draw(measured, bands=bands, zone=ZoneInfo(session.property.time_zone))


def of_charger(charger: Charger, *, now: datetime) -> Diagnosis:
    """Diagnoses, for staff, why a charger is offline; empty if it is not. It comes with `property`. Two queries."""
    charge_facts = facts.of_charger(charger, now=now)
    with _staff(charger.property.time_zone):
        return _diagnosis(charger, charge_facts, _find_charger_causes(charge_facts))


def _find_charger_causes(charge_facts: ChargeFacts) -> list[Finding]:
    """Returns the causes; none for a charger that was never connected."""
    return causes.find_causes(charge_facts) if charge_facts.offline_since is not None else []


def _diagnosis(charger: Charger, charge_facts: ChargeFacts, findings: Sequence[Finding]) -> Diagnosis:
    weighed = answers.apply_to_causes(charger, charge_facts, findings)
    question = weighed.asks or weighed.answered
    return Diagnosis(
        findings=tuple(wording.for_staff(finding) for finding in weighed.findings),
        causes=weighed.findings,
        asked=wording.render_question(question, weighed.answer) if question else None,
    )


@contextmanager
def _staff(zone: str) -> Iterator[None]:
    with timezone.override(ZoneInfo(zone)), translation.override("en"):
        yield


def for_guest(session: Session, *, now: datetime) -> ExplainedFinding | None:
    """Returns the likeliest cause, in the active language, if a car does not charge or stopped; else None."""
    if session.transaction is None:
        return None
    charge_facts = facts.of_session(session, now=now)
    findings = [finding for finding in causes.find_causes(charge_facts) if finding.cause not in _NO_NEWS]
    return _explain_to_guest(session.charger, charge_facts, findings)


def of_charger_for_guest(charger: Charger, *, now: datetime) -> ExplainedFinding | None:
    """Returns why a charger is offline, in the active language; None if it is not. Two queries."""
    charge_facts = facts.of_charger(charger, now=now)
    return _explain_to_guest(charger, charge_facts, _find_charger_causes(charge_facts))


def _explain_to_guest(
    charger: Charger, charge_facts: ChargeFacts, findings: Sequence[Finding]
) -> ExplainedFinding | None:
    if not findings or (findings[0].certainty is Certainty.POSSIBLE and len(findings) > 2):
        return None
    weighed = answers.apply_to_causes(charger, charge_facts, findings)
    with timezone.override(ZoneInfo(charger.property.time_zone)):
        text = wording.for_guest(weighed.findings[0])
        return replace(text, asked=wording.render_question(weighed.asks)) if weighed.asks else text


def signs_of(charger: Charger) -> list[tuple[str, str]]:
    """Returns the documented signs of its model, each with its meaning, in English. One query."""
    with translation.override("en"):
        return [
            (wording.describe_sign_with_kind(sign), wording.TEXTS[sign.means].title)
            for sign in answers.load_documented_signs(charger)
        ]


def state_of(charger: Charger, session: Session | None, code: str, *, now: datetime) -> str:
    """Returns the state that an answer to a question would be about; empty if the question decides nothing now."""
    charge_facts = facts.of_session(session, now=now) if session is not None else facts.of_charger(charger, now=now)
    weighed = answers.apply_to_causes(charger, charge_facts, causes.find_causes(charge_facts))
    is_asked = any(question is not None and question.code == code for question in (weighed.asks, weighed.answered))
    return signs.basis(charge_facts) if is_asked else ""
