"""The REST API's search, with the same results as the portal's page."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.rest.base import ApiView
from backoffice.portal.search import finding


class HitSerializer(serializers.Serializer[Any]):
    """A page of the portal."""

    kind = serializers.CharField(
        help_text="charger, property, unit, token, session, receipt, payout, person, rate, mobility_provider or page."
    )
    id = serializers.CharField(help_text="Its natural key.")
    title = serializers.CharField()
    url = serializers.CharField(help_text="Within the portal.")
    why = serializers.CharField()


class HitsSerializer(serializers.Serializer[Any]):
    """Search results, best first."""

    results = HitSerializer(many=True)


class Search(ApiView):
    """Finds the pages that show what a pasted or typed text means."""

    @extend_schema(
        responses=HitsSerializer,
        parameters=[
            OpenApiParameter(
                "q",
                str,
                description="A number, name, id, reference, amount, card, address or page; also a bank's line.",
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Returns at most 20 pages, limited to what the key's host may see."""
        hits = finding.find(self.api_key(request), request.query_params.get("q", ""))
        return Response({"results": [hit.described() for hit in hits]})
