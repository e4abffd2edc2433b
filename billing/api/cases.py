"""The REST API about money that did not stay or come: disputes and what guests still owe."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers

from authorization.api.base import ApiList
from authorization.models import ApiKey
from billing import access
from billing.models import Dispute, Receivable


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    """A payment that its cardholder contests at the bank. Amounts are in minor units."""

    session = serializers.UUIDField(source="hold.session_id", read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "id", "session", "state", "reason", "amount_minor", "fee_minor", "currency", "opened_at",
            "respond_before", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReceivableSerializer(serializers.ModelSerializer[Receivable]):
    """What a session cost and no card covered. Amounts are in minor units."""

    session = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    reason = serializers.CharField(read_only=True, help_text="One sentence: why the card did not cover it.")
    left_minor = serializers.IntegerField(read_only=True, help_text="What is owed of it after refunds.")

    class Meta:
        model = Receivable
        fields = [
            "id", "session", "state", "reason", "amount_minor", "reduced_minor", "left_minor", "currency", "answer",
            "created_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class DisputeFilter(FilterSet):  # type: ignore[misc]
    """Find disputes."""

    state = django_filters.ChoiceFilter(choices=Dispute.State.choices)
    session = django_filters.UUIDFilter(field_name="hold__session_id", label="The session's `id`.")

    class Meta:
        model = Dispute
        fields: ClassVar = ["state", "session"]


class ReceivableFilter(FilterSet):  # type: ignore[misc]
    """Find what is owed."""

    state = django_filters.ChoiceFilter(choices=Receivable.State.choices)
    session = django_filters.UUIDFilter(field_name="session_id", label="The session's `id`.")

    class Meta:
        model = Receivable
        fields: ClassVar = ["state", "session"]


class Disputes(ApiList[Dispute]):
    """Payments that cardholders contest, newest first."""

    queryset = Dispute.objects.none()
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilter

    def visible(self, key: ApiKey) -> QuerySet[Dispute]:
        return Dispute.objects.filter(hold__session__in=access.sessions(key)).select_related("hold")


class Receivables(ApiList[Receivable]):
    """What sessions cost and no card covered, newest first."""

    queryset = Receivable.objects.none()
    serializer_class = ReceivableSerializer
    filterset_class = ReceivableFilter

    def visible(self, key: ApiKey) -> QuerySet[Receivable]:
        return Receivable.objects.filter(session__in=access.sessions(key))
