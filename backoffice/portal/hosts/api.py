"""The REST API for hosts: company and seller data, guest pages' look, holds, and onboarding."""

import base64
import binascii
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import CharFilter, FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest import person
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from backoffice.portal.hosts import acts
from backoffice.portal.onboarding import onboarding
from billing.branding import acts as branding_acts
from billing.branding import brands, colours, logos
from billing.branding.colours import ColourError
from billing.models import HoldPolicy, SellerFacts
from billing.payouts.statements import acts as statement_acts
from billing.payouts.statements import readers, seller_facts
from billing.sessions.documents import tax_numbers
from billing.sessions.documents.tax_numbers import TaxNumberError
from billing.sessions.holds import acts as hold_policy_acts
from billing.sessions.holds import hold_bounds
from chargers.lib.images import ImageError
from chargers.models import Host
from chargers.properties import countries


class HostSerializer(serializers.ModelSerializer[Host]):
    """A host and the company data on its receipts."""

    class Meta:
        model = Host
        fields = ["slug", "name", "currency", *acts.COMPANY_FIELDS]
        read_only_fields = fields


class CompanyChangeSerializer(Body):
    """The company data for future receipts; fields left out stay as they are."""

    country = serializers.ChoiceField(
        choices=sorted(countries.NAMES), required=False, help_text="Until money moves; the currency follows it."
    )
    legal_name = serializers.CharField(max_length=200, required=False, allow_blank=True, validators=[require_storable])
    legal_address = serializers.CharField(
        max_length=300, required=False, allow_blank=True, validators=[require_storable]
    )
    tax_number = serializers.CharField(max_length=40, required=False, allow_blank=True, validators=[require_storable])


class SellerSerializer(serializers.Serializer[Any]):
    """The host's data for the yearly seller report."""

    kind = serializers.ChoiceField(choices=SellerFacts.Kind.choices)
    taxpayer_number = serializers.CharField(allow_blank=True, help_text="Its last four characters.")
    registration_number = serializers.CharField(allow_blank=True)
    born_on = serializers.DateField(allow_null=True)


class SellerChangeSerializer(Body):
    """The fields to change; fields left out stay as they are."""

    kind = serializers.ChoiceField(choices=SellerFacts.Kind.choices, required=False)
    taxpayer_number = serializers.CharField(
        max_length=40, required=False, allow_blank=True, validators=[require_storable]
    )
    registration_number = serializers.CharField(
        max_length=40, required=False, allow_blank=True, validators=[require_storable]
    )
    born_on = serializers.DateField(required=False, allow_null=True)


class BrandingSerializer(serializers.Serializer[Any]):
    """The look of guest pages and labels."""

    colour = serializers.CharField(allow_blank=True, help_text="Such as #0b5cad; empty: ours.")
    logo_url = serializers.CharField(allow_null=True)


class BrandingChangeSerializer(Body):
    """The fields to change; fields left out stay as they are."""

    colour = serializers.CharField(max_length=20, required=False, allow_blank=True, validators=[require_storable])
    logo = serializers.CharField(required=False, allow_null=True, help_text="A picture in base64; null removes it.")


class StepSerializer(serializers.Serializer[Any]):
    """One thing to do."""

    code = serializers.CharField()
    title = serializers.CharField()
    done = serializers.BooleanField()
    missing = serializers.CharField(allow_blank=True)
    url = serializers.CharField(help_text="Where it is done, within the portal.")


class OnboardingStateSerializer(serializers.Serializer[Any]):
    """The steps from sign-up to the first charger online, in the usual order."""

    host = serializers.CharField()
    done = serializers.IntegerField()
    next = serializers.CharField(allow_null=True, help_text="The `code` of the next step.")
    steps = StepSerializer(many=True)


class StatementMailSerializer(Body):
    """Whether the key's user gets the host's statements by e-mail."""

    wanted = serializers.BooleanField()


class HoldPolicySerializer(serializers.Serializer[Any]):
    """How much is held on a guest's card. Null: the default."""

    currency = serializers.CharField()
    energy_kwh = serializers.IntegerField(allow_null=True)
    least_minor = serializers.IntegerField(allow_null=True)
    most_minor = serializers.IntegerField(allow_null=True)
    at_limit = serializers.ChoiceField(choices=HoldPolicy.AtLimit.choices)


class HoldPolicyChangeSerializer(Body):
    """All terms of the property; null: the default."""

    energy_kwh = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True, default=None)
    least_minor = serializers.IntegerField(min_value=1, max_value=10**12, allow_null=True, default=None)
    most_minor = serializers.IntegerField(min_value=1, max_value=10**12, allow_null=True, default=None)
    at_limit = serializers.ChoiceField(choices=HoldPolicy.AtLimit.choices)


class HostsFilter(FilterSet):  # type: ignore[misc]
    """Filters hosts."""

    search = CharFilter(field_name="name", lookup_expr="icontains", label="A part of the name.")

    class Meta:
        model = Host
        fields: ClassVar = ["search"]


class Hosts(ApiList[Host]):
    """Lists the hosts that the key sees, newest first."""

    queryset = Host.objects.none()
    serializer_class = HostSerializer
    filterset_class = HostsFilter

    def visible(self, key: ApiKey) -> QuerySet[Host]:
        return people.hosts_with(key, Right.SEE_MONEY)


class _OfHost(ApiView):
    def host_row(self, request: Request, slug: str, right: Right) -> Host:
        return find_or_404(people.hosts_with(self.key(request), right), slug=slug)


class HostDetail(_OfHost):
    """One host."""

    @extend_schema(responses=HostSerializer)
    def get(self, request: Request, host: str) -> Response:
        return Response(HostSerializer(self.host_row(request, host, Right.SEE_MONEY)).data)

    @extend_schema(
        request=CompanyChangeSerializer,
        responses=HostSerializer,
        examples=[OpenApiExample("A name", value={"legal_name": "Sunset Stays LLC"}, request_only=True)],
    )
    def patch(self, request: Request, host: str) -> Response:
        """Changes the company data on future receipts; issued ones do not change."""
        row = self.host_row(request, host, Right.HANDLE_MONEY)
        for name, value in parse_request(CompanyChangeSerializer, request).items():
            setattr(row, name, _tax_number(value, row) if name == "tax_number" else value)
        try:
            acts.change_company(row, by=self.key(request), now=now())
        except acts.HostError as exc:
            raise ValidationError({"country": str(exc)}) from exc
        return Response(HostSerializer(row).data)


class HostSeller(_OfHost):
    """The host's data in the yearly seller report."""

    @extend_schema(responses=SellerSerializer)
    def get(self, request: Request, host: str) -> Response:
        return Response(_seller(self.host_row(request, host, Right.SEE_MONEY)))

    @extend_schema(request=SellerChangeSerializer, responses=SellerSerializer)
    def patch(self, request: Request, host: str) -> Response:
        """Changes the data. Taxpayer numbers are stored encrypted, and do not appear in the audit trail."""
        row = self.host_row(request, host, Right.HANDLE_MONEY)
        seller = seller_facts.load(row)
        current_values = {
            "kind": seller.kind,
            "taxpayer_number": seller_facts.plain_number(seller),
            "registration_number": seller.registration_number,
            "born_on": seller.born_on,
        }
        acts.change_seller(
            row, current_values | parse_request(SellerChangeSerializer, request), by=self.key(request), now=now()
        )
        return Response(_seller(row))


class HostBranding(_OfHost):
    """A host's colour and logo."""

    @extend_schema(responses=BrandingSerializer)
    def get(self, request: Request, host: str) -> Response:
        return Response(_brand(self.host_row(request, host, Right.MANAGE)))

    @extend_schema(request=BrandingChangeSerializer, responses=BrandingSerializer)
    def patch(self, request: Request, host: str) -> Response:
        """Changes the look of guest pages and labels. A colour that is not readable on white is refused."""
        row = self.host_row(request, host, Right.MANAGE)
        fields, brand = parse_request(BrandingChangeSerializer, request), brands.find(row)
        entered_colour = fields.get("colour", brand.colour if brand else "").strip()
        try:
            colour = colours.read(entered_colour) if entered_colour else ""
        except ColourError as exc:
            raise ValidationError({"colour": str(exc)}) from exc
        logo = _logo(fields["logo"]) if fields.get("logo") else None
        removes = "logo" in fields and fields["logo"] is None
        branding_acts.change(row, colour=colour, logo=logo, removes_logo=removes, by=self.key(request), now=now())
        return Response(_brand(find_or_404(Host.objects.all(), pk=row.pk)))


class HostOnboarding(_OfHost):
    """What a host still needs before its first guest can pay."""

    @extend_schema(responses=OnboardingStateSerializer)
    def get(self, request: Request, host: str) -> Response:
        """Returns the steps, computed from stored data."""
        state = onboarding.of_host(self.host_row(request, host, Right.MANAGE))
        steps = [
            {"code": step.code, "title": step.title, "done": step.is_done, "missing": step.missing, "url": step.url}
            for step in state.steps
        ]
        following = state.next.code if state.next else None
        return Response({"host": state.host.slug, "done": state.done, "next": following, "steps": steps})


class StatementMails(_OfHost):
    """Mails of the host's statements."""

    @extend_schema(responses=StatementMailSerializer)
    def get(self, request: Request, host: str) -> Response:
        user = person.get_creator(self.key(request))
        return Response({"wanted": readers.is_subscribed(user, self.host_row(request, host, Right.SEE_MONEY))})

    @extend_schema(request=StatementMailSerializer, responses=StatementMailSerializer)
    def put(self, request: Request, host: str) -> Response:
        """Turns the mails on or off for the key's user."""
        user, row = person.get_creator(self.key(request)), self.host_row(request, host, Right.SEE_MONEY)
        is_subscribed = parse_request(StatementMailSerializer, request)["wanted"]
        statement_acts.send_me(row, is_subscribed=is_subscribed, by=user, now=now())
        return Response({"wanted": readers.is_subscribed(user, row)})


class PropertyHolds(ApiView):
    """The amount held on a guest's card at a property."""

    @extend_schema(responses=HoldPolicySerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_serialize_hold_policy(self.managed_place(request, slug)))

    @extend_schema(request=HoldPolicyChangeSerializer, responses=HoldPolicySerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Sets the terms for the next guests; holds of running sessions do not change."""
        property_, fields = self.managed_place(request, slug), parse_request(HoldPolicyChangeSerializer, request)
        bounds = {name: fields[f"{name}_minor"] for name in ("least", "most")}
        if faults := hold_bounds.faults(**bounds, currency=property_.host.currency):
            raise ValidationError({f"{name}_minor": fault for name, fault in faults.items()})
        hold_policy_acts.set_holds(property_, fields, by=self.key(request), now=now())
        return Response(_serialize_hold_policy(property_))

    @extend_schema(responses={200: HoldPolicySerializer})
    def delete(self, request: Request, slug: str) -> Response:
        """Restores the defaults."""
        property_ = self.managed_place(request, slug)
        hold_policy_acts.set_holds(property_, None, by=self.key(request), now=now())
        return Response(_serialize_hold_policy(property_))


def _tax_number(text: str, host: Host) -> str:
    try:
        return tax_numbers.read(text, country=host.country).text
    except TaxNumberError as exc:
        raise ValidationError({"tax_number": str(exc)}) from exc


def _seller(host: Host) -> Any:
    seller = seller_facts.load(host)
    facts = {
        "kind": seller.kind,
        "taxpayer_number": seller_facts.taxpayer_number(seller, is_whole=False),
        "registration_number": seller.registration_number,
        "born_on": seller.born_on,
    }
    return SellerSerializer(facts).data


def _logo(content: str) -> logos.Logo:
    try:
        return logos.read(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError) as exc:
        raise ValidationError({"logo": "This is no base64."}) from exc
    except ImageError as exc:
        raise ValidationError({"logo": str(exc)}) from exc


def _brand(host: Host) -> dict[str, Any]:
    brand = brands.find(host)
    path = reverse("guest:brand-logo", args=[host.slug]) if brand and brand.logo_hash else None
    return {"colour": brand.colour if brand else "", "logo_url": settings.PUBLIC_BASE_URL + path if path else None}


def _serialize_hold_policy(property_: Any) -> Any:
    policy = HoldPolicy.objects.filter(host=property_.host, property=property_).first()
    effective_policy = policy or HoldPolicy(host=property_.host, property=property_, at_limit=settings.HOLD_AT_LIMIT)
    names = ("energy_kwh", "least_minor", "most_minor", "at_limit")
    return {"currency": property_.host.currency} | {name: getattr(effective_policy, name) for name in names}
