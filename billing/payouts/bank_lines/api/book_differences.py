"""The REST API about differences between the bank, the processor, the payouts and the books. For agents' keys."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiView
from billing.payouts.bank_lines import differences
from billing.payouts.bank_lines.wording import Owner


class BookDifferenceSerializer(serializers.Serializer[Any]):
    """A difference; it disappears once its cause is resolved."""

    kind = serializers.ChoiceField(choices=sorted(differences.KINDS))
    label = serializers.CharField()  # type: ignore[assignment]
    since = serializers.DateTimeField()
    days = serializers.IntegerField(help_text="Its age.")
    owner = serializers.ChoiceField(choices=[owner.value for owner in Owner], help_text="Whose move it is.")
    next_step = serializers.CharField()
    sentence = serializers.CharField()
    host = serializers.CharField(allow_null=True)
    amount_minor = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()


class BookDifferencesSerializer(serializers.Serializer[Any]):
    """All differences, oldest first."""

    results = BookDifferenceSerializer(many=True)


class BookDifferences(ApiView):
    """Differences of all hosts."""

    @extend_schema(
        responses=BookDifferencesSerializer,
        parameters=[OpenApiParameter("kind", str, description="Only this kind.")],
    )
    def get(self, request: Request) -> Response:
        """Lists the differences, computed anew for each request."""
        people.require_agent(self.api_key(request))
        at, kind = now(), request.query_params.get("kind")
        rows = [difference for difference in differences.find(now=at) if kind in (None, "", difference.kind)]
        return Response(
            {
                "results": [
                    {
                        "kind": row.kind,
                        "label": row.label,
                        "since": row.since,
                        "days": row.days(at),
                        "owner": row.owner.value,
                        "next_step": row.next_step,
                        "sentence": row.sentence,
                        "host": row.host.slug if row.host else None,
                        "amount_minor": row.amount_minor,
                        "currency": row.currency,
                    }
                    for row in rows
                ]
            }
        )
