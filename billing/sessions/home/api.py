"""The REST API about employees' home charging: invoices to employers, and the employees' payouts."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_of_own, require_storable
from authorization.rest.bodies import Body, array_schema
from billing import access
from billing.models import HomeCharge, HomeInvoice, HomePayout
from billing.pricing.rehearsals.api import MonthField
from billing.sessions.home import acts
from billing.sessions.home.home_charging import NotOverError


class HomeChargeSerializer(serializers.ModelSerializer[HomeCharge]):
    """A session at the contract's price, and how much of it the month's cap leaves. Amounts are in minor units."""

    session = serializers.UUIDField(source="session_id")
    energy_wh = serializers.IntegerField()

    class Meta:
        model = HomeCharge
        fields = ["session", "energy_wh", "price_minor", "paid_minor"]
        read_only_fields = fields


class HomePayoutSerializer(serializers.ModelSerializer[HomePayout]):
    """One employee's part of the invoice."""

    contract = serializers.IntegerField(source="contract_id")
    employee = serializers.CharField(source="contract.name")
    charges = HomeChargeSerializer(many=True)

    class Meta:
        model = HomePayout
        fields = [
            "id", "contract", "employee", "amount_minor", "over_cap_minor", "service_fee_minor", "service_tax_pct",
            "energy_wh", "paid_at", "paid_reference", "charges",
        ]  # fmt: skip
        read_only_fields = fields


class HomeInvoiceSerializer(serializers.ModelSerializer[HomeInvoice]):
    """What an employer owes for a month."""

    host = serializers.CharField(source="host.slug")
    number = serializers.CharField(source="label")
    month = MonthField()
    payouts = HomePayoutSerializer(many=True)

    class Meta:
        model = HomeInvoice
        fields = [
            "id", "host", "number", "employer", "month", "currency", "total_minor", "service_fee_minor",
            "service_tax_minor", "energy_wh", "issued_at", "paid_at", "paid_reference", "payouts",
        ]  # fmt: skip
        read_only_fields = fields


class BillMonthSerializer(Body):
    """The month to bill; it must be over at every property."""

    month = MonthField()
    host = serializers.SlugField(required=False, help_text="Agents: whose chargers.")


class PaidSerializer(Body):
    """How the money was paid."""

    reference = serializers.CharField(
        max_length=140, required=False, default="", allow_blank=True, validators=[require_storable]
    )


class HomeInvoiceFilter(FilterSet):  # type: ignore[misc]
    """Find invoices."""

    employer = django_filters.CharFilter(lookup_expr="icontains")
    is_paid = django_filters.BooleanFilter(field_name="paid_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = HomeInvoice
        fields: ClassVar = ["employer", "is_paid"]


class HomeInvoices(ApiList[HomeInvoice]):
    """Lists invoices to employers, newest first."""

    queryset = HomeInvoice.objects.none()
    serializer_class = HomeInvoiceSerializer
    filterset_class = HomeInvoiceFilter

    def visible(self, key: ApiKey) -> QuerySet[HomeInvoice]:
        return _visible_invoices(key)

    @extend_schema(request=BillMonthSerializer, responses={201: array_schema("HomeInvoice")})
    def post(self, request: Request) -> Response:
        """Bills a month to every employer with an amount due. A repeat bills nothing twice."""
        key = self.key(request)
        require_of_own(key, Right.HANDLE_MONEY)
        serializer = BillMonthSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        host = host_of(key, serializer.validated_data.get("host"))
        people.require(key, Right.HANDLE_MONEY, host)
        try:
            new_invoices = acts.close(host, serializer.validated_data["month"], by=key, now=now())
        except NotOverError as exc:
            raise ValidationError({"month": "It is not over yet at every property."}) from exc
        invoices = _visible_invoices(key).filter(pk__in=[invoice.pk for invoice in new_invoices]).order_by("pk")
        return Response(HomeInvoiceSerializer(invoices, many=True).data, status=status.HTTP_201_CREATED)


class HomeInvoiceDetail(ApiView):
    """One invoice, with its employees and sessions."""

    @extend_schema(responses=HomeInvoiceSerializer)
    def get(self, request: Request, invoice_id: int) -> Response:
        return Response(HomeInvoiceSerializer(find_or_404(_visible_invoices(self.key(request)), pk=invoice_id)).data)


class HomeInvoicePayment(ApiView):
    """The employer's payment."""

    @extend_schema(request=PaidSerializer, responses=HomeInvoiceSerializer)
    def post(self, request: Request, invoice_id: int) -> Response:
        """Records that the employer paid. A repeat changes nothing."""
        key = self.key(request)
        invoice = find_or_404(_visible_invoices(key), pk=invoice_id)
        reference = _reference(request)
        acts.invoice_paid(invoice, reference=reference, by=key, now=now())
        return Response(HomeInvoiceSerializer(find_or_404(_visible_invoices(key), pk=invoice_id)).data)


class HomePayoutPayment(ApiView):
    """The employee's payment."""

    @extend_schema(request=PaidSerializer, responses=HomePayoutSerializer)
    def post(self, request: Request, payout_id: int) -> Response:
        """Records that the employee was paid. A repeat changes nothing."""
        payouts = HomePayout.objects.filter(invoice__in=access.home_invoices(self.key(request)))
        payout = find_or_404(payouts.select_related("invoice__host", "contract"), pk=payout_id)
        acts.payout_paid(payout, reference=_reference(request), by=self.key(request), now=now())
        payout.refresh_from_db()
        return Response(HomePayoutSerializer(payout).data)


def _reference(request: Request) -> str:
    serializer = PaidSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return str(serializer.validated_data["reference"])


def _visible_invoices(key: ApiKey) -> QuerySet[HomeInvoice]:
    parts = ("payouts__contract", "payouts__charges__session__ratings")
    return access.home_invoices(key).select_related("host").prefetch_related(*parts)
