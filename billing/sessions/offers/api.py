"""The REST API about refund offers and the host's limits for them."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body
from billing import access
from billing.models import RefundOffer, RefundOfferTerms
from billing.sentences import catalogue
from billing.sessions.offers import acts, terms
from billing.sessions.offers.offers import OfferError
from billing.sessions.offers.terms import TermsError, WantedTerms
from billing.sessions.refunds.refunds import RefundError
from chargers.models import Host


class RefundOfferSerializer(serializers.ModelSerializer[RefundOffer]):
    """Lines of a receipt that the records prove wrong, with the evidence."""

    session = serializers.UUIDField(source="receipt.session_id", read_only=True)
    host = serializers.CharField(source="host.slug", read_only=True)
    receipt = serializers.CharField(source="receipt.label", read_only=True, help_text="Its number.")
    lines = serializers.ListField(child=serializers.CharField(), read_only=True)
    evidence = serializers.SerializerMethodField(help_text="What the records say, in English; times in UTC.")
    refund = serializers.UUIDField(source="refund_id", read_only=True, allow_null=True)
    limit = serializers.CharField(
        read_only=True, allow_blank=True,
        help_text="Why the host decides: no_terms, session, month or currency; empty: the guest may take it.",
    )  # fmt: skip

    class Meta:
        model = RefundOffer
        fields = [
            "id", "host", "session", "receipt", "state", "limit", "lines", "reason", "evidence", "total_minor",
            "currency", "made_at", "ends_at", "refund", "decided_by", "decided_at", "dismissal",
        ]  # fmt: skip
        read_only_fields = fields

    def get_evidence(self, offer: RefundOffer) -> str:
        return catalogue.english(offer.sentences)


class DismissalSerializer(Body):
    """Why the bill is right."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class NewTermsSerializer(Body):
    """The most that guests may take back by themselves, in minor units of the host's currency with tax."""

    most_minor = serializers.IntegerField(min_value=1, max_value=10**12, help_text="For one session.")
    month_minor = serializers.IntegerField(
        min_value=1, max_value=10**12, help_text="For all of a month in the host's time zone."
    )


class TermsSerializer(NewTermsSerializer):
    """A host's limits, with their currency."""

    currency = serializers.CharField(help_text="Of the host, as the limits were set.")


class RefundOfferFilter(FilterSet):  # type: ignore[misc]
    """Find offers."""

    state = django_filters.ChoiceFilter(choices=RefundOffer.State.choices)
    session = django_filters.UUIDFilter(field_name="receipt__session_id", label="The session's `id`.")

    class Meta:
        model = RefundOffer
        fields: ClassVar = ["state", "session"]


class RefundOffers(ApiList[RefundOffer]):
    """Lists receipts on which the records prove an error, newest first."""

    queryset = RefundOffer.objects.none()
    serializer_class = RefundOfferSerializer
    filterset_class = RefundOfferFilter

    def visible(self, key: ApiKey) -> QuerySet[RefundOffer]:
        return _visible(key)


class RefundOfferGive(ApiView):
    """Gives the refund that an offer names."""

    @extend_schema(request=None, responses=RefundOfferSerializer)
    def post(self, request: Request, offer_id: int) -> Response:
        """Gives the refund, once, even if the guest may also take it. Returns 400 if it was decided meanwhile."""
        offer = _decidable(self.api_key(request), offer_id)
        try:
            acts.give(offer, by=self.api_key(request), now=now())
        except (OfferError, RefundError) as exc:
            raise ValidationError(str(exc)) from exc
        return _answer(self.api_key(request), offer_id)


class RefundOfferDismiss(ApiView):
    """Leaves the bill as it is."""

    @extend_schema(
        request=DismissalSerializer,
        responses=RefundOfferSerializer,
        examples=[OpenApiExample("Right", value={"reason": "Two cars of one family."}, request_only=True)],
    )
    def post(self, request: Request, offer_id: int) -> Response:
        """Dismisses the offer with a reason. Returns 400 if it was decided meanwhile."""
        offer = _decidable(self.api_key(request), offer_id)
        serializer = DismissalSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            acts.dismiss(offer, reason=serializer.validated_data["reason"], by=self.api_key(request), now=now())
        except OfferError as exc:
            raise ValidationError(str(exc)) from exc
        return _answer(self.api_key(request), offer_id)


class HostRefundOfferTerms(ApiView):
    """A host's limits for refund offers."""

    @extend_schema(responses=TermsSerializer)
    def get(self, request: Request, host: str) -> Response:
        """Returns the limits, or 404 if none are set: then the host decides each offer."""
        current = terms.find(_host(self.api_key(request), host, Right.SEE_MONEY))
        if current is None:
            raise Http404
        return Response(_terms(current))

    @extend_schema(request=NewTermsSerializer, responses=TermsSerializer)
    def put(self, request: Request, host: str) -> Response:
        """Sets the limits for future offers."""
        key = self.api_key(request)
        owner = _host(key, host, Right.HANDLE_MONEY)
        body = NewTermsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = body.validated_data
        limits = WantedTerms(
            currency=owner.currency, most_minor=validated["most_minor"], month_minor=validated["month_minor"]
        )
        try:
            return Response(_terms(acts.set_terms(owner, limits, by=key, now=now())))
        except TermsError as exc:
            raise ValidationError({exc.field: str(exc)}) from exc

    @extend_schema(responses={204: None})
    def delete(self, request: Request, host: str) -> Response:
        """Removes the limits: the host decides each future offer."""
        key = self.api_key(request)
        acts.turn_off(_host(key, host, Right.HANDLE_MONEY), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _visible(key: ApiKey) -> QuerySet[RefundOffer]:
    return access.refund_offers(key).select_related("host", "receipt").defer("receipt__document")


def _decidable(key: ApiKey, offer_id: int) -> RefundOffer:
    offer = find_or_404(_visible(key), pk=offer_id)
    people.require(key, Right.HANDLE_MONEY, offer.host)
    return offer


def _answer(key: ApiKey, offer_id: int) -> Response:
    return Response(RefundOfferSerializer(_visible(key).get(pk=offer_id)).data)


def _host(key: ApiKey, slug: str, right: Right) -> Host:
    return find_or_404(people.hosts_with(key, right), slug=slug)


def _terms(limits: RefundOfferTerms) -> dict[str, object]:
    return {"currency": limits.currency, "most_minor": limits.most_minor, "month_minor": limits.month_minor}
