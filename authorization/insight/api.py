"""The REST API for decisions: the stored ones with their traces, and the dry run."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.decide import decisions, reasons
from authorization.identifiers import uids
from authorization.models import ApiKey, Decision
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, MomentFilter, find_or_404, require_storable
from authorization.rest.bodies import Body
from chargers.lib import ids


class QuestionSerializer(Body):
    """A question for the dry run."""

    uid = serializers.CharField(max_length=255, validators=[require_storable])
    connector = serializers.IntegerField(required=False, min_value=1, max_value=1000, allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=["authorize", "start", "remote_start"], default="authorize")


class TraceLineSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["passed", "failed", "skipped"])
    sentence = serializers.CharField()
    link = serializers.CharField(allow_blank=True)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A stored answer to "may this card charge here, now?" with every step that led to it."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)
    token = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)
    trace = TraceLineSerializer(many=True, read_only=True)

    class Meta:
        model = Decision
        fields = [
            "id", "at", "event_at", "late", "kind", "charger", "evse_number", "uid", "token", "verdict", "reason",
            "granted_by", "status_16", "status_2x", "decided_by", "trace",
        ]  # fmt: skip


class DecisionFilter(FilterSet):  # type: ignore[misc]
    """Filters decisions by what was refused where."""

    verdict = django_filters.ChoiceFilter(choices=Decision.Verdict.choices)
    reason = django_filters.ChoiceFilter(choices=[(code, code) for code in reasons.ORDER])
    uid = django_filters.CharFilter(method="of_card", label="The card's number in any notation.")
    charger = django_filters.CharFilter(field_name="charger__charger_id", label="The charger's `id`.")
    since = MomentFilter(method="decided_since", label="Decided then or later.")

    class Meta:
        model = Decision
        fields: ClassVar = ["verdict", "reason", "uid", "charger", "since"]

    def of_card(self, queryset: QuerySet[Decision], _name: str, value: str) -> QuerySet[Decision]:
        return queryset.filter(canonical_uid=uids.from_wire(value) or value)

    def decided_since(self, queryset: QuerySet[Decision], _name: str, value: datetime) -> QuerySet[Decision]:
        return queryset.filter(id__gte=ids.floor(value))


class Decisions(ApiList[Decision]):
    """Lists decisions about cards, newest first, each with its trace."""

    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter

    def visible(self, key: ApiKey) -> QuerySet[Decision]:
        return access.decisions(key).select_related("charger")


class DecisionDetail(ApiView):
    """Returns one decision with its trace."""

    @extend_schema(responses=DecisionSerializer)
    def get(self, request: Request, decision_id: uuid.UUID) -> Response:
        rows = access.decisions(self.key(request)).select_related("charger")
        return Response(DecisionSerializer(find_or_404(rows, pk=decision_id)).data)


class VerdictSerializer(serializers.Serializer[Any]):
    """The answer with its trace."""

    verdict = serializers.ChoiceField(choices=["accepted", "refused", "would_ask_msp"])
    reason = serializers.CharField(allow_null=True)
    status_16 = serializers.CharField()
    status_2x = serializers.CharField()
    trace = TraceLineSerializer(many=True)


class Decide(ApiView):
    """Evaluates whether a token would be accepted at a charger now. Dry run: stores nothing, asks no provider."""

    @extend_schema(
        request=QuestionSerializer,
        responses=VerdictSerializer,
        examples=[OpenApiExample("A card at the reader", value={"uid": "04:A1:B2:C3:D4"}, request_only=True)],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        charger = self.charger(request, charger_id)
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        fields, at = question.validated_data, now()
        outcome = decisions.decide(
            charger=charger,
            question=decisions.Question(kind=fields["kind"], uid=fields["uid"], at=at, evse_number=fields["connector"]),
            now=at,
            dry_run=True,
        )
        return Response(
            {
                "verdict": outcome.verdict,
                "reason": outcome.reason or None,
                "status_16": outcome.status_16,
                "status_2x": outcome.status_2x,
                "trace": [
                    {name: line[name] for name in ("step", "outcome", "sentence", "link")} for line in outcome.trace
                ],
            }
        )
