"""The REST API about complaints: what guests say about receipts, and the host's answer."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404
from authorization.rest.bodies import Body
from billing import access
from billing.models import Complaint
from billing.sessions.refunds import complaints
from billing.sessions.refunds.acts import complaints as acts


class ComplaintSerializer(serializers.ModelSerializer[Complaint]):
    """A guest's complaint about a receipt. The guest's address is not returned; answers are sent by us."""

    session = serializers.UUIDField(source="receipt.session_id", read_only=True)
    charger = serializers.CharField(source="receipt.session.charger.charger_id", read_only=True)
    receipt = serializers.CharField(source="receipt.label", read_only=True, help_text="Its number.")
    refund = serializers.UUIDField(
        source="refund_id", read_only=True, allow_null=True, help_text="What was given back for it."
    )

    class Meta:
        model = Complaint
        fields = [
            "id", "session", "charger", "receipt", "state", "about", "text", "language", "asked_at", "answer",
            "refund", "answered_by", "answered_at",
        ]  # fmt: skip
        read_only_fields = fields


class AnswerSerializer(Body):
    """The answer that the guest reads on the receipt's page, and by mail if they gave an address."""

    answer = serializers.CharField(max_length=400)


class ComplaintFilter(FilterSet):  # type: ignore[misc]
    """Find complaints."""

    state = django_filters.ChoiceFilter(choices=Complaint.State.choices)
    charger = django_filters.CharFilter(field_name="receipt__session__charger__charger_id", label="The charger's `id`.")
    session = django_filters.UUIDFilter(field_name="receipt__session_id", label="The session's `id`.")

    class Meta:
        model = Complaint
        fields: ClassVar = ["state", "charger", "session"]


class Complaints(ApiList[Complaint]):
    """Lists guests' complaints about receipts, newest first."""

    queryset = Complaint.objects.none()
    serializer_class = ComplaintSerializer
    filterset_class = ComplaintFilter

    def visible(self, key: ApiKey) -> QuerySet[Complaint]:
        return _visible(key)


class ComplaintDetail(ApiView):
    """One complaint."""

    @extend_schema(responses=ComplaintSerializer)
    def get(self, request: Request, complaint_id: int) -> Response:
        return Response(ComplaintSerializer(find_or_404(_visible(self.key(request)), pk=complaint_id)).data)


class ComplaintAnswer(ApiView):
    """The host's answer without a refund; a refund of the session answers by itself."""

    @extend_schema(
        request=AnswerSerializer,
        responses=ComplaintSerializer,
        examples=[OpenApiExample("No", value={"answer": "The meter counted 20 kWh."}, request_only=True)],
    )
    def post(self, request: Request, complaint_id: int) -> Response:
        """Answers the complaint, once. One that was answered meanwhile is not changed."""
        key = self.key(request)
        complaint = find_or_404(_visible(key), pk=complaint_id)
        people.require(key, Right.HANDLE_MONEY, complaint.host)
        serializer = AnswerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            acts.answer(complaint, sentence=serializer.validated_data["answer"], by=key, now=now())
        except complaints.AnsweredError as exc:
            raise ValidationError(str(exc)) from exc
        return Response(ComplaintSerializer(_visible(key).get(pk=complaint_id)).data)


def _visible(key: ApiKey) -> QuerySet[Complaint]:
    """Returns the complaints about sessions that the key may see."""
    rows = access.complaints(key).select_related("host", "receipt__session__charger")
    return rows.defer("receipt__document")
