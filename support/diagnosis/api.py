"""The REST API for diagnosis: why a car does not charge, or stopped, with the power; why a charger is offline."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing import access
from billing.charts.power_curve import Point
from billing.models import Session
from chargers.models import Charger
from support.diagnosis import acts, presentation
from support.diagnosis.causes import Cause, Certainty
from support.diagnosis.presentation import Diagnosis
from support.diagnosis.signs import SignReply
from support.diagnosis.wording import ExplainedFinding, QuestionText
from support.models import SignAnswer


class CauseSerializer(serializers.Serializer[Any]):
    """A cause with the stored facts that support it."""

    code = serializers.ChoiceField(choices=[cause.value for cause in Cause])
    title = serializers.CharField()
    certainty = serializers.ChoiceField(choices=[certainty.name.lower() for certainty in Certainty])
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

    def to_representation(self, value: Sequence[Point]) -> list[list[str | int]]:
        return [[reading.at.isoformat(), reading.power_w] for reading in value]


class SignQuestionSerializer(serializers.Serializer[Any]):
    """The question about the charger's lights or beeps that decides between two open causes.

    `answer` is null until it is answered; it counts until the charger reports something new.
    """

    code = serializers.CharField(help_text="Send it with the answer.")
    text = serializers.CharField()
    answer = serializers.ChoiceField(choices=[answer.value for answer in SignReply], allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class SignAnswerSerializer(Body):
    """What a person at the charger sees or hears."""

    question = serializers.CharField(max_length=40, help_text="Its code.")
    answer = serializers.ChoiceField(choices=[answer.value for answer in SignReply])


class ChargerDiagnosisSerializer(serializers.Serializer[Any]):
    """Why a charger is offline, most certain cause first; empty if it is connected, or never was."""

    time_zone = serializers.CharField(help_text="Of the property.")
    causes = CauseSerializer(many=True)
    question = SignQuestionSerializer(allow_null=True)


class DiagnosisSerializer(ChargerDiagnosisSerializer):
    """The most certain cause first; empty if the car charges, or ended as agreed."""

    curve = PowerField(
        help_text="Readings of power as [time, W], oldest first. Of very many the extremes of each stretch."
    )


class SessionDiagnosis(ApiView):
    """Why a car does not charge, or stopped."""

    @extend_schema(responses=DiagnosisSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        """Returns the causes with their evidence, from statuses, readings, the stop reason and the connection."""
        return Response(of_session(_session(self.key(request), session_id), now=now()))


class SessionSignAnswer(ApiView):
    """Answers about the charger of a session."""

    @extend_schema(request=SignAnswerSerializer, responses=DiagnosisSerializer)
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Answers the diagnosis's question. The newest answer counts. 409 if the question decides nothing now."""
        session = _session(self.key(request), session_id)
        _answer(request, session.charger, session, by=self.key(request))
        return Response(of_session(session, now=now()))


class ChargerDiagnosis(ApiView):
    """Why a charger is offline."""

    @extend_schema(responses=ChargerDiagnosisSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the causes with their evidence, and what to look for at the charger."""
        return Response(of_charger(self.charger(request, charger_id), now=now()))


class ChargerSignAnswer(ApiView):
    """Answers about a charger."""

    @extend_schema(request=SignAnswerSerializer, responses=ChargerDiagnosisSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Answers the diagnosis's question. The newest answer counts. 409 if the question decides nothing now."""
        charger = self.charger(request, charger_id)
        _answer(request, charger, None, by=self.key(request))
        return Response(of_charger(charger, now=now()))


def _session(key: ApiKey, session_id: uuid.UUID) -> Session:
    rows = access.sessions(key).select_related("charger__property__host", "property", "transaction")
    session: Session = find_or_404(rows, pk=session_id)
    return session


def _answer(request: Request, charger: Charger, session: Session | None, *, by: ApiKey) -> None:
    people.require_at(by, Right.OPERATE, charger)
    fields = parse_request(SignAnswerSerializer, request)
    submission = acts.GivenAnswer(
        charger=charger,
        session=session,
        question=fields["question"],
        seen=SignReply(fields["answer"]),
        asked_in=SignAnswer.Place.API,
    )
    try:
        acts.answer(submission, by=by, now=now())
    except acts.NotAskedError as exc:
        raise ConflictError(str(exc)) from exc


def of_session(session: Session, *, now: datetime) -> dict[str, Any]:
    """Returns the diagnosis of a session, which comes with `charger`, `property` and `transaction`."""
    session_diagnosis = presentation.for_staff(session, now=now)
    curve = session_diagnosis.curve.points if session_diagnosis.curve else ()
    facts = {**_facts(session_diagnosis, session.property.time_zone), "curve": curve}
    return DiagnosisSerializer(facts).data


def of_charger(charger: Charger, *, now: datetime) -> dict[str, Any]:
    """Returns the diagnosis of a charger, which comes with `property`."""
    return ChargerDiagnosisSerializer(
        _facts(presentation.of_charger(charger, now=now), charger.property.time_zone)
    ).data


def _facts(diagnosis: Diagnosis, zone: str) -> dict[str, Any]:
    causes = [
        _cause(cause, finding.certainty) for cause, finding in zip(diagnosis.findings, diagnosis.causes, strict=True)
    ]
    return {"time_zone": zone, "causes": causes, "question": _question(diagnosis.asked)}


def _question(question: QuestionText | None) -> dict[str, Any] | None:
    if question is None:
        return None
    given_answer = question.given
    return {
        "code": question.code,
        "text": question.text,
        "answer": given_answer.seen.value if given_answer else None,
        "answered_at": given_answer.at if given_answer else None,
    }


def _cause(cause: ExplainedFinding, certainty: Certainty) -> dict[str, Any]:
    return {
        "code": cause.cause.value,
        "title": cause.title,
        "certainty": certainty.name.lower(),
        "evidence": cause.evidence,
        "steps": [cause.step] if cause.step else [],
    }
