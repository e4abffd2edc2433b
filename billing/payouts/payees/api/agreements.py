"""The REST API about payout agreements: every version, and entering the next one with agents' keys."""

from typing import ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import CharFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, HostFilter, MomentField, find_or_404, host_of
from authorization.rest.bodies import Body
from billing import access
from billing.models import PayoutAgreement
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees.agreements import TERMS, Scope, TermsError
from chargers.models import Host, Property

_MAX_MINOR = 2**53


class AgreementSerializer(serializers.ModelSerializer[PayoutAgreement]):
    """A version; the newest one that has begun is in force. Minor units."""

    host = serializers.CharField(source="host.slug")
    property = serializers.CharField(source="property.slug", allow_null=True, default=None)

    class Meta:
        model = PayoutAgreement
        fields = ["id", "host", "property", "currency", "number", "valid_from", *TERMS, "state", "made_at"]
        read_only_fields = fields


class NewAgreementSerializer(Body):
    """The next version; omitted terms stay as they are."""

    host = serializers.SlugField(required=False, help_text="With which host.")
    property = serializers.SlugField(required=False, help_text="Only for what this property earns.")
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    valid_from = MomentField(help_text="After every payout that was closed, and not before the version before.")
    platform_fee_pct = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    processing = serializers.ChoiceField(choices=PayoutAgreement.Processing.choices, required=False)
    processing_pct = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    processing_fixed_minor = serializers.IntegerField(max_value=_MAX_MINOR, required=False)
    subscription_minor = serializers.IntegerField(max_value=_MAX_MINOR, required=False)
    cycle = serializers.ChoiceField(choices=PayoutAgreement.Cycle.choices, required=False)
    delay_days = serializers.IntegerField(required=False)
    threshold_minor = serializers.IntegerField(max_value=_MAX_MINOR, required=False)
    reserve_minor = serializers.IntegerField(max_value=_MAX_MINOR, required=False)
    tax_remitter = serializers.ChoiceField(choices=PayoutAgreement.Remitter.choices, required=False)
    way = serializers.ChoiceField(choices=PayoutAgreement.Way.choices, required=False)
    two_people_above_minor = serializers.IntegerField(max_value=_MAX_MINOR, required=False, allow_null=True)
    self_billing = serializers.BooleanField(required=False)


class AgreementFilter(HostFilter):
    """Filters of versions."""

    property = CharFilter(field_name="property__slug")
    currency = CharFilter()

    class Meta:
        model = PayoutAgreement
        fields: ClassVar = ["host", "property", "currency"]


class Agreements(ApiList[PayoutAgreement]):
    """Versions of payout agreements, newest first."""

    queryset = PayoutAgreement.objects.none()
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter

    def visible(self, key: ApiKey) -> QuerySet[PayoutAgreement]:
        return access.payout_agreements(key).select_related("host", "property")

    @extend_schema(request=NewAgreementSerializer, responses={201: AgreementSerializer})
    def post(self, request: Request) -> Response:
        """Enters the next version; agents' keys only."""
        key = self.key(request)
        people.require_agent(key)
        serializer = NewAgreementSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        host = host_of(key, values.pop("host", None))
        property_ = _find_property(host, values.pop("property", None))
        scope = Scope(host=host, currency=values.pop("currency"), property_=property_)
        try:
            agreement = payee_act_acts.agree(scope, by=key, now=now(), **values)
        except TermsError as exc:
            raise ValidationError({exc.term: str(exc)}) from exc
        return Response(AgreementSerializer(agreement).data, status=status.HTTP_201_CREATED)


class AgreementDetail(ApiView):
    """One version of an agreement."""

    @extend_schema(responses=AgreementSerializer)
    def get(self, request: Request, agreement_id: int) -> Response:
        return Response(AgreementSerializer(self._get_endpoint(request, agreement_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, agreement_id: int) -> Response:
        """Withdraws a version that has not begun or waits for a second person; agents' keys only."""
        key = self.key(request)
        people.require_agent(key)
        try:
            payee_act_acts.withdraw_agreement(self._get_endpoint(request, agreement_id), by=key, now=now())
        except TermsError as exc:
            raise ValidationError({exc.term: str(exc)}) from exc
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _get_endpoint(self, request: Request, agreement_id: int) -> PayoutAgreement:
        rows = access.payout_agreements(self.key(request)).select_related("host", "property")
        return find_or_404(rows, pk=agreement_id)


def _find_property(host: Host, slug: str | None) -> Property | None:
    if slug is None:
        return None
    property_ = Property.objects.filter(host=host, slug=slug).first()
    if property_ is None:
        raise ValidationError({"property": "There is no such property of this host."})
    return property_
