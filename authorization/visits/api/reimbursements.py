"""The REST API for reimbursement: which card is paid for at which charger, by whom, and how much."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, ReimbursementContract, ReimbursementRate
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest import name_lookup
from authorization.rest.base import ApiList, ApiView, MomentField, UidField, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.visits import reimbursement
from authorization.visits.acts import reimbursements as acts
from authorization.visits.acts.reimbursements import Rate, Terms
from chargers.models import Host
from chargers.properties import time_zones


class RateByDaySerializer(serializers.ModelSerializer[ReimbursementRate]):
    """The price per kWh from a day on, in major units."""

    class Meta:
        model = ReimbursementRate
        fields = ["from_date", "per_kwh"]


class ReimbursementSerializer(serializers.ModelSerializer[ReimbursementContract]):
    """A contract: a card, the chargers linked to it, the employer, and the price."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    uid = serializers.CharField(source="token.uid", read_only=True)
    chargers = serializers.SlugRelatedField[Any](slug_field="charger_id", many=True, read_only=True)
    rates = RateByDaySerializer(many=True, read_only=True)

    class Meta:
        model = ReimbursementContract
        fields = [
            "id", "host", "uid", "name", "employer", "employer_contact", "chargers", "currency",
            "monthly_cap_minor", "service_fee_minor", "service_tax_pct", "rates", "active_from", "active_to",
        ]  # fmt: skip
        read_only_fields = fields


class ReimbursementInputSerializer(Body):
    """A contract's new values. A list replaces the stored one; a rate begins on its day."""

    name = serializers.CharField(max_length=100, help_text="Whose charging it is.")
    employer = serializers.CharField(max_length=200)
    employer_contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    chargers = serializers.ListField(child=serializers.CharField(max_length=48), required=False)
    monthly_cap_minor = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=10**15, help_text="Minor units."
    )
    service_fee_minor = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=10**15,
        help_text="Minor units, before tax: what the employer pays for each month in which the card charges.",
    )
    service_tax_pct = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        required=False,
        default=Decimal(0),
        help_text="VAT on the service fee.",
    )
    active_from = MomentField(required=False, help_text="Left out: now.")
    active_to = MomentField(required=False, allow_null=True, default=None)
    per_kwh = serializers.DecimalField(max_digits=9, decimal_places=5, min_value=0, required=False)
    rate_from = serializers.DateField(required=False, help_text="The first day of `per_kwh`; left out: today.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        begins = attrs.get("active_from", self.instance.active_from if self.instance else now())
        ends = attrs.get("active_to", self.instance.active_to if self.instance else None)
        if ends is not None and ends <= begins:
            raise ValidationError({"active_to": "This must be later than the beginning."})
        if "rate_from" in attrs and "per_kwh" not in attrs:
            raise ValidationError({"per_kwh": "Say how much is paid from that day on."})
        return attrs


class NewReimbursementSerializer(ReimbursementInputSerializer):
    """A new contract for a card."""

    uid = UidField(help_text="In any notation; the host's card, a provider's, or a new one of the host.")
    host = serializers.SlugField(required=False, help_text="Agents: at whose chargers.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "per_kwh" not in attrs:
            raise ValidationError({"per_kwh": "Say how much is paid for each kWh."})
        return super().validate(attrs)


class ReimbursementFilter(FilterSet):  # type: ignore[misc]
    """Filters contracts."""

    search = django_filters.CharFilter(method="find", label="The card in any notation, whose it is, or who pays.")

    class Meta:
        model = ReimbursementContract
        fields: ClassVar = ["search"]

    def find(
        self, queryset: QuerySet[ReimbursementContract], _name: str, value: str
    ) -> QuerySet[ReimbursementContract]:
        return reimbursement.find(queryset, value)


class Reimbursements(ApiList[ReimbursementContract]):
    """Lists the host's contracts, newest first."""

    queryset = ReimbursementContract.objects.none()
    serializer_class = ReimbursementSerializer
    filterset_class = ReimbursementFilter

    def visible(self, key: ApiKey) -> QuerySet[ReimbursementContract]:
        return _visible_contracts(key)

    @extend_schema(
        request=NewReimbursementSerializer,
        responses={201: ReimbursementSerializer},
        examples=[
            OpenApiExample(
                "At home",
                value={
                    "uid": "04:FF:EE:00:42",
                    "name": "Kim, at home",
                    "employer": "Acme",
                    "chargers": ["CP1"],
                    "per_kwh": "0.31",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Adds a contract: the card is accepted at these chargers from its next tap, without roaming."""
        key = self.key(request)
        body = NewReimbursementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = dict(body.validated_data)
        host = host_of(key, validated.pop("host", None))
        at = now()
        terms = _terms(validated, host, contract=None, at=at)
        new_contract = acts.add(host, terms, uid=validated["uid"], by=key, now=at)
        return Response(_body(key, new_contract.pk), status=status.HTTP_201_CREATED)


class ReimbursementDetail(ApiView):
    """One contract."""

    @extend_schema(responses=ReimbursementSerializer)
    def get(self, request: Request, contract_id: int) -> Response:
        return Response(_body(self.key(request), contract_id))

    @extend_schema(request=ReimbursementInputSerializer, responses=ReimbursementSerializer)
    def patch(self, request: Request, contract_id: int) -> Response:
        """Updates the given fields and leaves the others unchanged; earlier rates stay."""
        key = self.key(request)
        with transaction.atomic():
            contract = _manageable(key, contract_id)
            body = ReimbursementInputSerializer(contract, data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            at = now()
            terms = _terms(body.validated_data, contract.host, contract=contract, at=at)
            acts.change(contract, terms, by=key, now=at)
        return Response(_body(key, contract_id))


class LinkSerializer(Body):
    """A charger of the host."""

    charger = serializers.CharField(max_length=48, validators=[require_storable])


class ReimbursementChargers(ApiView):
    """The chargers of a contract."""

    @extend_schema(request=LinkSerializer, responses=ReimbursementSerializer)
    def post(self, request: Request, contract_id: int) -> Response:
        """Adds a charger; repeating it changes nothing."""
        key = self.key(request)
        contract = _manageable(key, contract_id)
        (charger,) = name_lookup.chargers(contract.host, [parse_request(LinkSerializer, request)["charger"]])
        acts.link(contract, charger, by=key, now=now())
        return Response(_body(key, contract_id))


class ReimbursementEnd(ApiView):
    """Ends a contract."""

    @extend_schema(request=None, responses=ReimbursementSerializer)
    def post(self, request: Request, contract_id: int) -> Response:
        """Ends the contract now; one that has ended stays as it is. A running session continues."""
        key = self.key(request)
        acts.end(_manageable(key, contract_id), by=key, now=now())
        return Response(_body(key, contract_id))


def _terms(fields: dict[str, Any], host: Host, *, contract: ReimbursementContract | None, at: datetime) -> Terms:
    """Returns the contract's stored terms with the given fields applied."""
    stored_contract = contract or ReimbursementContract(host=host, active_from=at)
    current_chargers = list(contract.chargers.all()) if contract else []
    per_kwh = fields.get("per_kwh")
    today = at.astimezone(ZoneInfo(time_zones.of_host(host))).date()
    return Terms(
        name=fields.get("name", stored_contract.name),
        employer=fields.get("employer", stored_contract.employer),
        employer_contact=fields.get("employer_contact", stored_contract.employer_contact),
        active_from=fields.get("active_from", stored_contract.active_from),
        active_to=fields.get("active_to", stored_contract.active_to),
        monthly_cap_minor=fields.get("monthly_cap_minor", stored_contract.monthly_cap_minor),
        service_fee_minor=fields.get("service_fee_minor", stored_contract.service_fee_minor),
        service_tax_pct=fields.get("service_tax_pct", stored_contract.service_tax_pct),
        chargers=name_lookup.chargers(host, fields["chargers"]) if "chargers" in fields else current_chargers,
        rate=None if per_kwh is None else Rate(per_kwh=per_kwh, from_date=fields.get("rate_from") or today),
    )


def _manageable(key: ApiKey, pk: int) -> ReimbursementContract:
    contract = find_or_404(access.reimbursements(key).select_related("host", "token"), pk=pk)
    access.require(key, Right.MANAGE, contract.host)
    return contract


def _body(key: ApiKey, pk: int) -> dict[str, Any]:
    return dict(ReimbursementSerializer(find_or_404(_visible_contracts(key), pk=pk)).data)


def _visible_contracts(key: ApiKey) -> QuerySet[ReimbursementContract]:
    rows = access.reimbursements(key).select_related("host", "token")
    return rows.prefetch_related("chargers", "rates")
