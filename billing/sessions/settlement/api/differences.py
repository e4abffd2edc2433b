"""The REST API about late stops: both prices side by side, and the decision."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body
from billing import access
from billing.models import LateStop, Session
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.settlement import correction
from billing.sessions.settlement.acts import sessions as acts


class DifferenceRowSerializer(serializers.Serializer[Any]):
    """One line of both receipts."""

    label = serializers.CharField()  # type: ignore[assignment]
    before_minor = serializers.IntegerField()
    after_minor = serializers.IntegerField()
    more_minor = serializers.IntegerField()


class DifferenceSerializer(serializers.Serializer[Any]):
    """What a late stop added. `difference_minor` and `rows` are set only while it can be decided."""

    outcome = serializers.ChoiceField(choices=LateStop.Outcome.choices, allow_null=True)
    sentence = serializers.CharField()
    answered_by = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    difference_minor = serializers.IntegerField(allow_null=True)
    collected = serializers.CharField(help_text="How the difference would be collected.")
    rows = DifferenceRowSerializer(many=True)


class DifferenceDecisionSerializer(Body):
    """Whether to bill the difference, with the amount that was shown, or to leave it."""

    decision = serializers.ChoiceField(choices=["bill", "leave"])
    difference_minor = serializers.IntegerField(min_value=1, max_value=2**53, required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["decision"] == "bill" and attrs["difference_minor"] is None:
            raise serializers.ValidationError({"difference_minor": "Give the difference that you were shown."})
        return attrs


class Difference(ApiView):
    """The decision about what a late stop added to a session."""

    @extend_schema(responses=DifferenceSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        """Returns both prices, line by line; `outcome` is null if no stop came late."""
        return Response(_body(self._session(request, session_id)))

    @extend_schema(
        request=DifferenceDecisionSerializer,
        responses=DifferenceSerializer,
        examples=[OpenApiExample("Bill", value={"decision": "bill", "difference_minor": 120}, request_only=True)],
    )
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Issues a corrected receipt (or the first one) and collects the difference, or leaves it as it is. Once."""
        session = self._session(request, session_id)
        serializer = DifferenceDecisionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        validated, key = serializer.validated_data, self.api_key(request)
        try:
            if validated["decision"] == "bill":
                acts.bill_difference(session, expected_minor=validated["difference_minor"], by=key, now=now())
            else:
                acts.leave_difference(session, by=key, now=now())
        except (correction.DifferenceError, LimitError) as exc:
            raise ValidationError(str(exc)) from exc
        return Response(_body(session))

    def _session(self, request: Request, session_id: uuid.UUID) -> Session:
        key = self.api_key(request)
        session: Session = find_or_404(access.sessions(key).select_related("host", "charger"), pk=session_id)
        people.require(key, Right.HANDLE_MONEY, session.host)
        return session


def _body(session: Session) -> Any:
    late, offer = LateStop.objects.filter(session=session).first(), correction.offer(session)
    facts = {
        "outcome": late.outcome if late else None,
        "sentence": late.sentence if late else "",
        "answered_by": late.answered_by if late else "",
        "answered_at": late.answered_at if late else None,
        "difference_minor": offer.difference_minor if offer else None,
        "collected": offer.collected if offer else "",
        "rows": offer.rows if offer else (),
    }
    return DifferenceSerializer(facts).data
