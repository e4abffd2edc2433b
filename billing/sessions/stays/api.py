"""The REST API about what guests of bookings pay at a property, how, and what is included."""

from decimal import Decimal

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView
from authorization.rest.bodies import Body, parse_request
from billing.models import StayTerms
from billing.sessions.stays import acts, terms
from billing.sessions.stays.acts import AgreedTerms
from chargers.models import Property

MAX_INCLUDED_WH = 1_000_000


class StayTermsSerializer(Body):
    """How guests of bookings pay, and what is included in a booking."""

    payment = serializers.ChoiceField(choices=StayTerms.Payment.choices)
    included_wh = serializers.IntegerField(min_value=0, max_value=MAX_INCLUDED_WH, help_text="0: nothing.")
    included_per = serializers.ChoiceField(choices=StayTerms.Per.choices)
    discount_pct = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
        help_text="Off the energy's price.",
    )
    folio_lines = serializers.ChoiceField(
        choices=StayTerms.Lines.choices, default=StayTerms.Lines.SESSION, help_text="On the bill of a stay."
    )


class PropertyStayTerms(ApiView):
    """What guests of bookings pay at a property."""

    @extend_schema(responses=StayTermsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_serialize_terms(self.managed_place(request, slug)))

    @extend_schema(request=StayTermsSerializer, responses=StayTermsSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Sets the terms for sessions that begin from now; running sessions keep theirs."""
        site = self.managed_place(request, slug)
        acts.set_terms(
            site, AgreedTerms(**parse_request(StayTermsSerializer, request)), by=self.key(request), now=now()
        )
        return Response(_serialize_terms(site))


def _serialize_terms(site: Property) -> dict[str, object]:
    row = terms.get_or_default(site)
    return {
        "payment": row.payment,
        "included_wh": row.included_wh,
        "included_per": row.included_per,
        "discount_pct": f"{Decimal(row.discount_pct):.2f}",
        "folio_lines": row.folio_lines,
    }
