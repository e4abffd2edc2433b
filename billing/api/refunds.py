"""The REST API about refunds: what went back of a session, and a new wish."""

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import access as people
from authorization.api.views import ApiView, found, storable
from authorization.roles import Right
from billing import access, refunds
from billing.models import Receipt, Refund
from billing.refunds import RefundError, Wanted
from billing.views.refunds import ask


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """What is given back of a session. Amounts are in minor units."""

    credit_note = serializers.CharField(source="credit_note.label", default=None, read_only=True)

    class Meta:
        model = Refund
        fields = [
            "id", "state", "reason", "fault", "explanation", "lines", "total_minor", "net_minor", "tax_minor",
            "currency", "credit_note", "failure", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class RefundWantedSerializer(serializers.Serializer[Any]):
    """Whole lines or an amount in minor units, one of the two."""

    lines = serializers.ListField(child=serializers.ChoiceField(choices=refunds.KINDS), required=False, default=list)
    amount_minor = serializers.IntegerField(min_value=1, max_value=10**12, required=False, default=None)
    reason = serializers.ChoiceField(choices=Refund.Reason.choices)
    fault = serializers.ChoiceField(choices=Refund.Fault.choices, default=Refund.Fault.HOST.value)
    explanation = serializers.CharField(max_length=400, validators=[storable])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs["lines"]) == bool(attrs["amount_minor"]):
            raise serializers.ValidationError("Give lines, or amount_minor: one of the two.")
        return attrs


class Refunds(ApiView):
    """What was given back of a session, and a new wish."""

    @extend_schema(responses=RefundSerializer(many=True))
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        session = found(access.sessions(self.key(request)), pk=session_id)
        rows = Refund.objects.filter(receipt__session=session).select_related("credit_note").order_by("id")
        return Response(RefundSerializer(rows, many=True).data)

    @extend_schema(
        request=RefundWantedSerializer,
        responses={201: RefundSerializer},
        examples=[
            OpenApiExample(
                "An idle fee",
                value={"lines": ["idle"], "reason": "not_idle", "explanation": "The cable was stuck."},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Gives back; above the limit of one person its state is `waiting` until a person agrees in the portal."""
        key = self.key(request)
        session = found(access.sessions(key).select_related("host"), pk=session_id)
        if not people.may(key, Right.HANDLE_MONEY, session.host):
            raise Http404
        receipt = session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating", "session").first()
        wanted = RefundWantedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        if receipt is None:
            raise ValidationError("This session has no receipt: there is nothing to give back.")
        said = wanted.validated_data
        try:
            refund = ask(
                receipt,
                Wanted(
                    lines=frozenset(said["lines"]),
                    amount_minor=said["amount_minor"],
                    reason=Refund.Reason(said["reason"]),
                    fault=Refund.Fault(said["fault"]),
                    explanation=said["explanation"],
                ),
                by=key,
            )
        except RefundError as exc:
            raise ValidationError(str(exc)) from exc
        return Response(RefundSerializer(refund).data, status=status.HTTP_201_CREATED)
