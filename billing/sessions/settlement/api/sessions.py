"""The REST API about sessions: what was charged, the price with its reasons, and the payment."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, MomentFilter, find_or_404, require_storable
from authorization.rest.bodies import Body
from billing import access
from billing.branding import domains
from billing.models import Hold, Rating, Receipt, Session
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.settlement.acts import sessions as acts
from chargers.lib import ids


class LineSerializer(serializers.Serializer[Any]):
    """One line of a price: quantity times unit price, rounded once."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.CharField(help_text="Decimal.")
    unit = serializers.CharField()
    unit_price = serializers.CharField(help_text="Decimal, in major units.")
    tax_pct = serializers.CharField(help_text="Decimal.")
    amount = serializers.IntegerField(help_text="Minor units.")
    exact = serializers.CharField(help_text="The amount before it was rounded, in minor units.")
    reason = serializers.CharField()


class TaxSerializer(serializers.Serializer[Any]):
    rate_pct = serializers.CharField()
    base = serializers.IntegerField()
    tax = serializers.IntegerField()


class RatingSerializer(serializers.ModelSerializer[Rating]):
    """The session's price by the newest run of the price engine. Amounts are in minor units."""

    lines = LineSerializer(many=True, source="report.lines", read_only=True)
    taxes = TaxSerializer(many=True, source="report.taxes", read_only=True)
    notes = serializers.ListField(child=serializers.CharField(), source="report.notes", read_only=True)
    host_costs = LineSerializer(
        many=True,
        source="report.host_costs",
        read_only=True,
        default=list,
        help_text="Card processing that the rate has the host pay: kept from its payout, not on the driver's receipt.",
    )

    class Meta:
        model = Rating
        fields = [
            "kind", "engine_version", "created_at", "currency", "lines", "taxes", "net_minor", "tax_minor",
            "total_minor", "energy_wh", "notes", "held", "host_costs",
        ]  # fmt: skip


class HoldSerializer(serializers.ModelSerializer[Hold]):
    """The hold on the guest's card for the session. Amounts are in minor units."""

    reason = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="Why this amount, as the payer reads it."
    )
    failure = serializers.CharField(
        max_length=255, required=False, allow_blank=True, help_text="One sentence: why it was refused."
    )

    class Meta:
        model = Hold
        fields = [
            "id", "state", "currency", "amount_minor", "reason", "captured_minor", "last4", "failure", "created_at",
            "capture_before", "finished_at",
        ]  # fmt: skip


class ReceiptLinkSerializer(serializers.ModelSerializer[Receipt]):
    """A receipt of the session and its page, public to anyone with the link."""

    page = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        fields = ["id", "label", "kind", "issued_at", "page"]
        read_only_fields = fields

    def get_page(self, receipt: Receipt) -> str:
        return page_of(receipt.session)


class SessionSerializer(serializers.ModelSerializer[Session]):
    """A charging session as a sale, from a guest's payment or a start to the receipt."""

    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    charger = serializers.SlugRelatedField[Any](slug_field="charger_id", read_only=True)
    transaction = serializers.CharField(
        source="transaction.transaction_id", read_only=True, allow_null=True, default=None
    )
    missing_messages = serializers.IntegerField(
        source="transaction.missing_count",
        read_only=True,
        default=0,
        help_text="So many of the charger's messages about it never came (OCPP 2.x, by their sequence numbers).",
    )
    rate = serializers.SerializerMethodField()
    rate_reason = serializers.CharField(read_only=True, help_text="One sentence: why this rate, or why none.")
    state_reason = serializers.CharField(read_only=True, help_text="Why nothing is to pay, or it is held.")
    rating = serializers.SerializerMethodField()
    hold = serializers.SerializerMethodField()
    receipts = ReceiptLinkSerializer(many=True, read_only=True)

    class Meta:
        model = Session
        fields = [
            "id", "property", "charger", "evse_number", "connector_number", "transaction", "missing_messages",
            "audience", "token", "id_token", "decision_id", "rate", "rate_reason", "state", "state_reason",
            "opened_at", "started_at", "stopped_at", "unplugged_at", "settled_at", "rating", "hold", "receipts",
        ]  # fmt: skip
        read_only_fields = fields

    def get_rate(self, session: Session) -> str | None:
        """Returns the rate's slug and version, such as plain/1."""
        version = session.rate_version
        return f"{version.rate.slug}/{version.number}" if version else None

    @extend_schema_field(RatingSerializer(allow_null=True))
    def get_rating(self, session: Session) -> Any:
        return next((RatingSerializer(rating).data for rating in session.ratings.all()), None)

    @extend_schema_field(HoldSerializer(allow_null=True))
    def get_hold(self, session: Session) -> Any:
        return next((HoldSerializer(hold).data for hold in session.holds.all()), None)


class SessionFilter(FilterSet):  # type: ignore[misc]
    """Find sessions."""

    state = django_filters.ChoiceFilter(choices=Session.State.choices)
    property = django_filters.CharFilter(field_name="property__slug", label="The property's slug.")
    charger = django_filters.CharFilter(field_name="charger__charger_id", label="The charger's `id`.")
    since = MomentFilter(method="opened_since", label="Opened then or later.")

    class Meta:
        model = Session
        fields: ClassVar = ["state", "property", "charger", "since"]

    def opened_since(self, queryset: QuerySet[Session], _name: str, value: datetime) -> QuerySet[Session]:
        return queryset.filter(id__gte=ids.floor(value))


class Sessions(ApiList[Session]):
    """Lists sessions, newest first."""

    queryset = Session.objects.none()
    serializer_class = SessionSerializer
    filterset_class = SessionFilter

    def visible(self, key: ApiKey) -> QuerySet[Session]:
        return prefetch_newest(access.sessions(key))


class SessionDetail(ApiView):
    """One session."""

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        return Response(
            SessionSerializer(find_or_404(prefetch_newest(access.sessions(self.key(request))), pk=session_id)).data
        )


class WaiverSerializer(Body):
    """The reason of the waiver, which the guest sees."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class Waiver(ApiView):
    """The end of a held session without a bill."""

    @extend_schema(
        request=WaiverSerializer,
        responses=SessionSerializer,
        examples=[OpenApiExample("Meter", value={"reason": "The meter was replaced"}, request_only=True)],
    )
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Bills nothing and releases the hold. A session that is no longer held stays as it is."""
        key = self.key(request)
        session = find_or_404(access.sessions(key).select_related("host", "charger"), pk=session_id)
        people.require(key, Right.HANDLE_MONEY, session.host)
        serializer = WaiverSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            acts.waive(session, reason=serializer.validated_data["reason"], by=key, now=now())
        except LimitError as exc:
            raise ValidationError(str(exc)) from exc
        return Response(SessionSerializer(find_or_404(prefetch_newest(access.sessions(key)), pk=session_id)).data)


def page_of(session: Session) -> str:
    """Returns the receipt's page, public to anyone with this link."""
    return domains.base_address(session.host_id) + reverse("guest:receipt", args=[session.secret])


def prefetch_newest(rows: QuerySet[Session]) -> QuerySet[Session]:
    """Prefetches the newest rating and hold of each row, in one query each."""
    ratings = Rating.objects.defer("inputs").order_by("session_id", "-id").distinct("session_id")
    holds = (
        Hold.objects.filter(role__in=(Hold.Role.MAIN, Hold.Role.ACCOUNT))
        .order_by("session_id", "-created_at")
        .distinct("session_id")
    )
    receipts = Receipt.objects.defer("document").select_related("session").order_by("id")
    together = rows.select_related("property", "charger", "transaction", "rate_version__rate")
    return together.prefetch_related(
        Prefetch("ratings", ratings), Prefetch("holds", holds), Prefetch("receipts", receipts)
    )
