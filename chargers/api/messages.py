"""The REST API about the wire journal of a charger."""

import uuid
from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.rest.base import ApiList, ApiView, MomentFilter, find_or_404
from chargers.journal import messages
from chargers.journal.messages import Filter
from chargers.models import Message


class MessageSerializer(serializers.ModelSerializer[Message]):
    """An exchange: the request and its answer, both as on the wire."""

    latency_ms = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id", "direction", "upstream", "answered_by", "ocpp_version", "message_type", "message_id", "action",
            "evse_number", "uid", "transaction_ref", "request_at", "request", "answer_at", "answer", "answer_type",
            "latency_ms", "verdict", "is_error", "fault", "decision_id", "origin",
        ]  # fmt: skip

    def get_latency_ms(self, message: Message) -> int | None:
        return messages.latency_ms(message)


class MessageFilter(FilterSet):  # type: ignore[misc]
    """Filters of the journal."""

    since = MomentFilter(label="Sent then or later.")
    until = MomentFilter(label="Sent before.")
    action = django_filters.CharFilter(label="Such as Authorize.")
    direction = django_filters.ChoiceFilter(choices=Message.Direction.choices, label="Who sent the request.")
    errors = django_filters.BooleanFilter(label="Only what went wrong.")
    search = django_filters.CharFilter(label="Words that the request, the answer or the card's number has.")

    class Meta:
        model = Message
        fields: ClassVar = ["since", "until", "action", "direction", "errors", "search"]

    def filter_queryset(self, queryset: QuerySet[Message]) -> QuerySet[Message]:
        form_data = self.form.cleaned_data
        criteria = Filter(
            text=form_data["search"],
            since=form_data["since"],
            until=form_data["until"],
            action=form_data["action"],
            direction=form_data["direction"],
            errors_only=bool(form_data["errors"]),
        )
        return messages.search(queryset, criteria)


class Messages(ApiList[Message]):
    """The charger's journal, newest first. `since` limits how far back the search goes."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter

    def visible(self, key: ApiKey) -> QuerySet[Message]:
        return Message.objects.filter(charger=self.charger(self.request, self.kwargs["charger_id"]))


class MessageDetail(ApiView):
    """One exchange."""

    @extend_schema(responses=MessageSerializer)
    def get(self, request: Request, charger_id: str, message_id: uuid.UUID) -> Response:
        rows = Message.objects.filter(charger=self.charger(request, charger_id))
        return Response(MessageSerializer(find_or_404(rows, pk=message_id)).data)
