"""The REST API about a session's diagnosis: why the car does not charge, or stopped, and the power."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.api.base import ApiView, found
from authorization.people.request import now
from billing import access
from billing.models import Session
from support.diagnosis import shown
from support.diagnosis.causes import Cause, Certainty, PowerReading
from support.diagnosis.wording import Explained


class CauseSerializer(serializers.Serializer[Any]):
    """A cause with the stored facts that speak for it."""

    code = serializers.ChoiceField(choices=[one.value for one in Cause])
    title = serializers.CharField()
    certainty = serializers.ChoiceField(choices=[one.name.lower() for one in Certainty])
    evidence = serializers.ListField(
        child=serializers.CharField(), help_text="Sentences; times in the property's zone."
    )
    steps = serializers.ListField(child=serializers.CharField(), help_text="What the host can do.")


_POINT: Final = {
    "type": "array",
    "items": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]},
    "minItems": 2,
    "maxItems": 2,
}


@extend_schema_field({"type": "array", "items": _POINT})
class PowerField(serializers.Field[Any, Any, Any, Any]):
    """Readings as `[time, W]`, oldest first."""

    def to_representation(self, value: Sequence[PowerReading]) -> list[list[str | int]]:
        return [[one.at.isoformat(), one.power_w] for one in value]


class DiagnosisSerializer(serializers.Serializer[Any]):
    """The most certain cause first; none where the car charges, or ended as agreed."""

    time_zone = serializers.CharField(help_text="Of the property.")
    causes = CauseSerializer(many=True)
    curve = PowerField(
        help_text="Readings of power as [time, W], oldest first. Of very many the extremes of each stretch."
    )


class SessionDiagnosis(ApiView):
    """Why a car does not charge, or stopped."""

    @extend_schema(responses=DiagnosisSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        """Causes with their evidence, from statuses, readings, the reason of the stop and the contact."""
        rows = access.sessions(self.key(request)).select_related("charger", "property", "transaction")
        return Response(of_session(found(rows, pk=session_id), now=now()))


def of_session(session: Session, *, now: datetime) -> dict[str, Any]:
    """The session comes with `charger`, `property` and `transaction`."""
    seen = shown.for_staff(session, now=now)
    curve = seen.curve.rows if seen.curve else ()
    causes = [_cause(one, finding.certainty) for one, finding in zip(seen.findings, seen.found, strict=True)]
    facts = {"time_zone": session.property.time_zone, "causes": causes, "curve": curve}
    return DiagnosisSerializer(facts).data


def _cause(one: Explained, certainty: Certainty) -> dict[str, Any]:
    return {
        "code": one.cause.value,
        "title": one.title,
        "certainty": certainty.name.lower(),
        "evidence": one.evidence,
        "steps": [one.step] if one.step else [],
    }
