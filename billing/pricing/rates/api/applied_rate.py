"""The REST API about the rate that applies at a charger, and why."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiView, MomentField
from billing.models import RateAssignment
from billing.pricing.rates import resolver
from billing.pricing.rates.api.rates import VersionSerializer
from billing.pricing.rates.resolver import Payer


class AskedSerializer(serializers.Serializer[Any]):
    """Who charges, where, and when."""

    audience = serializers.ChoiceField(choices=RateAssignment.Audience.choices)
    connector = serializers.IntegerField(min_value=1, max_value=1000, required=False, allow_null=True, default=None)
    token = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None, help_text="A card's `id`."
    )
    at = MomentField(required=False, allow_null=True, default=None, help_text="Else now.")


class ResolvedSerializer(serializers.Serializer[Any]):
    """The applicable rate, the reason, and the rates that it overrides."""

    rate = serializers.IntegerField(allow_null=True)
    version = VersionSerializer(allow_null=True)
    reason = serializers.CharField()
    beaten = serializers.ListField(child=serializers.CharField())


class ResolvedRate(ApiView):
    """The applicable rate at a charger."""

    @extend_schema(parameters=[AskedSerializer], responses=ResolvedSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the rate of a session that would start then, and why."""
        key = self.api_key(request)
        charger = self.charger(request, charger_id)
        serializer = AskedSerializer(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        if fields["token"] and not people.tokens(key).filter(pk=fields["token"]).exists():
            raise ValidationError({"token": "There is no such card."})
        driver = Payer(audience=fields["audience"], token_id=fields["token"], evse_number=fields["connector"])
        resolved = resolver.resolve(charger, driver=driver, at=fields["at"] or now())
        version = resolved.version
        facts = {
            "rate": version.rate_id if version else None,
            "version": version,
            "reason": resolved.reason,
            "beaten": list(resolved.beaten),
        }
        return Response(ResolvedSerializer(facts).data)
