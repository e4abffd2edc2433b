"""A session's diagnosis as pages show it: for hosts and agents whole, for guests the one cause that helps."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from billing.models import Session
from support.diagnosis import causes, curve, facts, wording
from support.diagnosis.causes import Cause, Certainty, Finding
from support.diagnosis.curve import Curve
from support.diagnosis.wording import Explained

_NO_NEWS: frozenset[Cause] = frozenset({Cause.STOPPED_BY_PERSON, Cause.LIMIT_REACHED, Cause.NOT_PLUGGED_IN})
"""What the guest did or agreed to, and what the page says anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The causes, the most certain first, in English and as they were found; the power as a curve."""

    findings: tuple[Explained, ...]
    found: tuple[Finding, ...]
    curve: Curve | None

    @property
    def likeliest(self) -> Finding | None:
        """The first cause as it was found."""
        return self.found[0] if self.found else None


def for_staff(session: Session, *, now: datetime) -> Diagnosis:
    """The session comes with `charger`, `property` and `transaction`. Costs at most seven queries."""
    known = facts.of_session(session, now=now)
    # Who stopped it has a line of its own on every page that shows a diagnosis.
    found = [one for one in causes.found(known) if one.cause is not Cause.STOPPED_BY_PERSON]
    with timezone.override(ZoneInfo(session.property.time_zone)), translation.override("en"):
        findings = tuple(wording.for_staff(one) for one in found)
    return Diagnosis(findings=findings, found=tuple(found), curve=curve.drawn(known))


def for_guest(session: Session, *, now: datetime) -> Explained | None:
    """The likeliest cause, in the active language, where a car does not charge or stopped; None where all is well."""
    if session.transaction is None:
        return None
    known = facts.of_session(session, now=now)
    findings = [one for one in causes.found(known) if one.cause not in _NO_NEWS]
    if not findings or (findings[0].certainty is Certainty.POSSIBLE and len(findings) > 2):
        return None
    with timezone.override(ZoneInfo(session.property.time_zone)):
        return wording.for_guest(findings[0])
