"""The REST API about sessions held for review: each way to bill them with its amount, and the decision."""

import uuid
from dataclasses import replace
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body
from billing import access
from billing.engine.held_readings import Choice
from billing.models import Session
from billing.sessions.allowances import first_line
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.settlement import reviews
from billing.sessions.settlement.acts import sessions as acts


class ReviewOfferSerializer(serializers.Serializer[Any]):
    """One way to bill the session."""

    choice = serializers.ChoiceField(choices=[choice.value for choice in Choice])
    title = serializers.CharField()
    sentence = serializers.CharField()
    energy_wh = serializers.IntegerField()
    total_minor = serializers.IntegerField()
    obstacle = serializers.CharField(help_text="Why this key may not choose it; empty: it may.")
    needs_check = serializers.BooleanField(help_text="Whether it is billed only with `readings_checked`.")


class ReviewSerializer(serializers.Serializer[Any]):
    """Why a session is held, and the ways to bill it; empty if it is not held, or can only be waived."""

    state = serializers.CharField()
    reason = serializers.CharField()
    offers = ReviewOfferSerializer(many=True)
    no_waiver = serializers.CharField(help_text="Why this key may not bill nothing; empty: it may.")


class ChoiceSerializer(Body):
    """The way to bill it, and the amount that was shown for it."""

    choice = serializers.ChoiceField(choices=[choice.value for choice in Choice])
    total_minor = serializers.IntegerField(min_value=0, max_value=2**53)
    readings_checked = serializers.BooleanField(
        default=False, help_text="True: a person looked at the readings and they are right. `as_it_stands` requires it."
    )


class Review(ApiView):
    """The decision on a session held for review."""

    @extend_schema(responses=ReviewSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        """Returns each way to bill the session with its cost."""
        return Response(_body(self._session(request, session_id), key=self.api_key(request)))

    @extend_schema(
        request=ChoiceSerializer,
        responses=ReviewSerializer,
        examples=[OpenApiExample("Trusted", value={"choice": "last_trusted", "total_minor": 300}, request_only=True)],
    )
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Bills the session in the chosen way and settles it, if it still costs what was shown."""
        session = self._session(request, session_id)
        serializer = ChoiceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        validated = serializer.validated_data
        try:
            acts.review(
                session,
                choice=validated["choice"],
                expected_minor=validated["total_minor"],
                readings_checked=validated["readings_checked"],
                by=self.api_key(request),
                now=now(),
            )
        except reviews.NotCheckedError as exc:
            raise ValidationError({"readings_checked": str(exc)}) from exc
        except (reviews.ReviewError, LimitError) as exc:
            raise ValidationError({"choice": str(exc)}) from exc
        session.refresh_from_db()
        return Response(_body(session, key=self.api_key(request)))

    def _session(self, request: Request, session_id: uuid.UUID) -> Session:
        key = self.api_key(request)
        session: Session = find_or_404(access.sessions(key).select_related("host", "charger"), pk=session_id)
        people.require(key, Right.HANDLE_MONEY, session.host)
        return session


def _body(session: Session, *, key: ApiKey) -> Any:
    is_held = session.state == Session.State.HELD
    facts = {
        "state": session.state,
        "reason": session.state_reason,
        "offers": [replace(option, obstacle=_obstacle(session, option, key=key)) for option in reviews.offers(session)],
        "no_waiver": first_line.obstacle(key, lambda: first_line.of_waiver(session)) if is_held else "",
    }
    return ReviewSerializer(facts).data


def _obstacle(session: Session, option: reviews.ReviewOption, *, key: ApiKey) -> str:
    total_minor = option.total_minor
    return first_line.obstacle(key, lambda: first_line.of_review(session, total_minor=total_minor))
