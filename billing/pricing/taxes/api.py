"""The REST API about the tax of a property, set once; rates refer to it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, MomentField
from authorization.rest.bodies import Body, parse_request
from billing.models import PropertyTax
from billing.pricing.taxes import acts
from chargers.models import Property


class StatedTaxSerializer(serializers.ModelSerializer[PropertyTax]):
    """A percentage, and when it takes effect."""

    class Meta:
        model = PropertyTax
        fields = ["percentage", "valid_from"]
        read_only_fields = fields


class PropertyTaxSerializer(serializers.Serializer[Any]):
    """The tax of a property."""

    property = serializers.CharField()
    in_force = StatedTaxSerializer(allow_null=True)
    planned = StatedTaxSerializer(many=True, help_text="The next one first.")


class NewTaxSerializer(Body):
    """The new tax of a property."""

    percentage = serializers.DecimalField(max_digits=6, decimal_places=3, min_value=Decimal(0), max_value=Decimal(100))
    valid_from = MomentField(
        required=False, allow_null=True, default=None, help_text="For sessions that start from then on; else now."
    )


class PropertyTaxes(ApiView):
    """The taxes of a property."""

    @extend_schema(responses=PropertyTaxSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_serialize_taxes(self.visible_property(request, slug), at=now()))

    @extend_schema(
        request=NewTaxSerializer,
        responses=PropertyTaxSerializer,
        examples=[OpenApiExample("Florida", value={"percentage": "6"}, request_only=True)],
    )
    def put(self, request: Request, slug: str) -> Response:
        """Sets the tax. Sessions that have begun keep theirs. Setting the current percentage changes nothing."""
        property_, at = self.managed_property(request, slug), now()
        fields = parse_request(NewTaxSerializer, request)
        try:
            acts.state(
                property_, fields["percentage"], valid_from=fields["valid_from"], by=self.api_key(request), now=at
            )
        except acts.TaxError as exc:
            raise ValidationError({"valid_from": str(exc)}) from exc
        return Response(_serialize_taxes(property_, at=at))


def _serialize_taxes(property_: Property, *, at: datetime) -> Any:
    rows = list(PropertyTax.objects.filter(property=property_).order_by("valid_from"))
    begun_taxes = [row for row in rows if row.valid_from <= at]
    facts = {
        "property": property_.slug,
        "in_force": begun_taxes[-1] if begun_taxes else None,
        "planned": [row for row in rows if row.valid_from > at],
    }
    return PropertyTaxSerializer(facts).data
