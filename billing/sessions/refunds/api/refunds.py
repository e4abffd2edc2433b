"""The REST API about refunds of sessions."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.idempotency import HEADER
from authorization.rest.problems import ConflictError
from billing import access
from billing.models import Receipt, Refund, RefundPart
from billing.sessions.refunds import refunds
from billing.sessions.refunds.acts import refunds as acts
from billing.sessions.refunds.refunds import RefundError, RefundRequest, RepeatedError


class RefundPartSerializer(serializers.ModelSerializer[RefundPart]):
    """One way of the refund: `card`, with the card's last digits; or `owed`, which reduces the debt."""

    way = serializers.SerializerMethodField()
    last4 = serializers.CharField(source="hold.last4", default="", read_only=True)

    class Meta:
        model = RefundPart
        fields = ["id", "way", "last4", "amount_minor", "state", "failure", "note", "finished_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["card", "owed"]))
    def get_way(self, part: RefundPart) -> str:
        return "card" if part.hold_id else "owed"


class RefundTaxSerializer(serializers.Serializer[Any]):
    """The part of a refund in one tax rate; minor units."""

    rate_pct = serializers.CharField()
    base = serializers.IntegerField(help_text="Without the tax.")
    tax = serializers.IntegerField()


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """A refund of a session. Amounts are in minor units."""

    credit_note = serializers.CharField(source="credit_note.label", default=None, read_only=True, allow_null=True)
    failure = serializers.CharField(read_only=True, help_text="Why the processor refused it, or a part of it.")
    parts = RefundPartSerializer(many=True, read_only=True)
    taxes = RefundTaxSerializer(
        many=True, read_only=True, allow_null=True, help_text="By rate; null: of before these were kept."
    )

    class Meta:
        model = Refund
        fields = [
            "id", "state", "reason", "fault", "explanation", "lines", "total_minor", "net_minor", "tax_minor",
            "taxes", "currency", "credit_note", "failure", "parts", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class RefundWantedSerializer(Body):
    """The refund to make: whole lines, or an amount in minor units, but not both."""

    lines = serializers.ListField(child=serializers.ChoiceField(choices=refunds.KINDS), required=False, default=list)
    amount_minor = serializers.IntegerField(min_value=1, max_value=10**12, required=False, default=None)
    reason = serializers.ChoiceField(choices=Refund.Reason.choices)
    fault = serializers.ChoiceField(choices=Refund.Fault.choices, default=Refund.Fault.HOST.value)
    explanation = serializers.CharField(max_length=400, validators=[require_storable])
    confirm_repeat = serializers.BooleanField(
        default=False, help_text="True: the same refund was asked for moments ago, and this one is meant too."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs["lines"]) == bool(attrs["amount_minor"]):
            raise serializers.ValidationError("Give lines, or amount_minor: one of the two.")
        return attrs


class Refunds(ApiView):
    """Lists the refunds of a session, and makes a new one."""

    @extend_schema(responses=RefundSerializer(many=True))
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        session = find_or_404(access.sessions(self.key(request)), pk=session_id)
        return Response(RefundSerializer(_prefetch_refunds().filter(receipt__session=session), many=True).data)

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
        """Makes a refund. Above the limit for one person its state is `waiting` until a person agrees in the portal.

        Repeating a refund of the last minutes returns 409 with the first refund, unless `confirm_repeat` is set. A
        request with an Idempotency-Key is a new refund; only requests with the same key are repeats.
        """
        key = self.key(request)
        session = find_or_404(access.sessions(key).select_related("host"), pk=session_id)
        people.require(key, Right.HANDLE_MONEY, session.host)
        receipt = session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating", "session").first()
        serializer = RefundWantedSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if receipt is None:
            raise ValidationError("This session has no receipt: there is nothing to give back.")
        validated = serializer.validated_data
        try:
            refund = acts.give(
                receipt,
                RefundRequest(
                    lines=frozenset(validated["lines"]),
                    amount_minor=validated["amount_minor"],
                    reason=Refund.Reason(validated["reason"]),
                    fault=Refund.Fault(validated["fault"]),
                    explanation=validated["explanation"],
                ),
                by=key,
                confirm_repeat=validated["confirm_repeat"] or HEADER in request.headers,
                now=now(),
            )
        except RepeatedError as exc:
            raise ConflictError(
                f"{exc} Set confirm_repeat for that.", first_refund=str(exc.first.pk), field="confirm_repeat"
            ) from exc
        except RefundError as exc:
            raise ValidationError(str(exc)) from exc
        return Response(RefundSerializer(_prefetch_refunds().get(pk=refund.pk)).data, status=status.HTTP_201_CREATED)


class RefundReasonSerializer(Body):
    """The reason, which the audit trail stores."""

    reason = serializers.CharField(max_length=400, allow_blank=True, default="", validators=[require_storable])


class RefundNoteSerializer(Body):
    """How the money was given back."""

    note = serializers.CharField(max_length=400, validators=[require_storable])


class RefundDetail(ApiView):
    """One refund."""

    @extend_schema(responses=RefundSerializer)
    def get(self, request: Request, refund_id: uuid.UUID) -> Response:
        return Response(RefundSerializer(_get_refund(self.key(request), refund_id)).data)


class RefundDecline(ApiView):
    """The end of a refund that a second person declines."""

    @extend_schema(request=RefundReasonSerializer, responses=RefundSerializer)
    def post(self, request: Request, refund_id: uuid.UUID) -> Response:
        """Declines the refund as the second person. Agreeing needs a person in the portal."""
        fields = parse_request(RefundReasonSerializer, request)
        return _apply_act(self.key(request), refund_id, acts.decline, **fields)


class RefundAgain(ApiView):
    """A refund that the processor refused."""

    @extend_schema(request=RefundReasonSerializer, responses=RefundSerializer)
    def post(self, request: Request, refund_id: uuid.UUID) -> Response:
        """Requests the refund from the processor again."""
        return _apply_act(
            self.key(request), refund_id, acts.send_again, **parse_request(RefundReasonSerializer, request)
        )


class RefundOtherwise(ApiView):
    """A refund that was given another way."""

    @extend_schema(request=RefundNoteSerializer, responses=RefundSerializer)
    def post(self, request: Request, refund_id: uuid.UUID) -> Response:
        """Records that it was given another way, such as in cash."""
        return _apply_act(
            self.key(request), refund_id, acts.give_otherwise, **parse_request(RefundNoteSerializer, request)
        )


def _apply_act(key: ApiKey, refund_id: uuid.UUID, act: Callable[..., Refund], **fields: str) -> Response:
    try:
        act(_get_refund(key, refund_id), **fields, by=key, now=now())
    except RefundError as exc:
        raise ConflictError(str(exc)) from exc
    return Response(RefundSerializer(_get_refund(key, refund_id)).data)


def _get_refund(key: ApiKey, refund_id: uuid.UUID) -> Refund:
    rows = _prefetch_refunds().select_related("host", "receipt__session")
    return find_or_404(rows.filter(receipt__session__in=access.sessions(key)), pk=refund_id)


def _prefetch_refunds() -> QuerySet[Refund]:
    parts = RefundPart.objects.select_related("hold").order_by("id")
    return Refund.objects.select_related("credit_note").prefetch_related(Prefetch("parts", parts)).order_by("id")
