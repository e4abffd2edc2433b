"""The REST API for access requests at private chargers."""

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import AccessRequest, ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, MomentField, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from authorization.visits.access_requests import AnsweredError
from authorization.visits.acts import access_requests as acts


class AccessRequestSerializer(serializers.ModelSerializer[AccessRequest]):
    """An access request with the host's answer."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)
    open_until = serializers.DateTimeField(
        source="rule.active_to", read_only=True, allow_null=True, default=None, help_text="While they are let in."
    )

    class Meta:
        model = AccessRequest
        fields = [
            "id", "charger", "name", "email", "uid", "message", "asked_at", "state", "answer", "answered_at",
            "open_until",
        ]  # fmt: skip
        read_only_fields = fields

    email = serializers.EmailField(read_only=True, allow_blank=True)


class GrantedUntilSerializer(Body):
    """The end of the access."""

    until = MomentField()
    answer = serializers.CharField(
        max_length=255, allow_blank=True, default="", validators=[require_storable], help_text="Your words to them."
    )

    def validate_until(self, until: Any) -> Any:
        if until <= now():
            raise ValidationError("This must be later than now.")
        return until


class AccessAnswerSerializer(Body):
    """The answer shown to the driver."""

    answer = serializers.CharField(max_length=255, allow_blank=True, default="", validators=[require_storable])


class AccessRequestFilter(FilterSet):  # type: ignore[misc]
    """Filters requests."""

    state = django_filters.ChoiceFilter(choices=AccessRequest.State.choices)
    charger = django_filters.CharFilter(field_name="charger__charger_id", label="The charger's `id`.")

    class Meta:
        model = AccessRequest
        fields: ClassVar = ["state", "charger"]


class AccessRequests(ApiList[AccessRequest]):
    """Lists access requests, newest first."""

    queryset = AccessRequest.objects.none()
    serializer_class = AccessRequestSerializer
    filterset_class = AccessRequestFilter

    def visible(self, key: ApiKey) -> QuerySet[AccessRequest]:
        return _visible_requests(key)


class AccessRequestGrant(ApiView):
    """Grants a request."""

    @extend_schema(
        request=GrantedUntilSerializer,
        responses=AccessRequestSerializer,
        examples=[OpenApiExample("A week", value={"until": "2027-07-10T00:00:00Z"}, request_only=True)],
    )
    def post(self, request: Request, request_id: int) -> Response:
        """Lets the driver charge at that charger until then."""
        return _answer_request(self, request, request_id, GrantedUntilSerializer, acts.grant)


class AccessRequestDecline(ApiView):
    """Declines a request."""

    @extend_schema(request=AccessAnswerSerializer, responses=AccessRequestSerializer)
    def post(self, request: Request, request_id: int) -> Response:
        """Declines the request with a text for the driver."""
        return _answer_request(self, request, request_id, AccessAnswerSerializer, acts.decline)


class AccessRequestWithdrawal(ApiView):
    """Withdraws a grant."""

    @extend_schema(request=None, responses=AccessRequestSerializer)
    def post(self, request: Request, request_id: int) -> Response:
        """Ends the access; a running session continues."""
        return _answer_request(self, request, request_id, None, acts.withdraw)


def _answer_request(
    view: ApiView, request: Request, request_id: int, body: type[Body] | None, act: Callable[..., None]
) -> Response:
    key = view.api_key(request)
    row = find_or_404(_visible_requests(key), pk=request_id)
    access.require(key, Right.MANAGE, row.charger.property.host)
    fields = parse_request(body, request) if body else {}
    try:
        act(row, **fields, by=key, now=now())
    except AnsweredError as exc:
        raise ConflictError(str(exc)) from exc
    return Response(AccessRequestSerializer(find_or_404(_visible_requests(key), pk=request_id)).data)


def _visible_requests(key: ApiKey) -> QuerySet[AccessRequest]:
    return access.access_requests(key).select_related("charger__property__host", "rule")
