"""The REST API about payouts: their amounts and dates with reasons, and forecasts."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import CharFilter, ChoiceFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, HostFilter, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing import access
from billing.models import Payout, PayoutCarry
from billing.payouts.cycle import acts, approval, forecast, wording
from billing.payouts.payees import agreements


class FailureSerializer(serializers.Serializer[Any]):
    """Why the payout failed."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    whose_move = serializers.ChoiceField(choices=["host", "platform", "bank", "nobody"])


class BridgeRowSerializer(serializers.Serializer[Any]):
    """One step from what was charged to what the bank receives."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    amount_minor = serializers.IntegerField()
    sentence = serializers.CharField()


class PayoutSerializer(serializers.Serializer[Any]):
    """A payout; minor units, positive amounts are for the host."""

    id = serializers.UUIDField()
    number = serializers.CharField(help_text="As people read it: P-000012.")
    host = serializers.CharField()
    property = serializers.CharField(allow_null=True, help_text="Its slug, where it is paid by itself.")
    currency = serializers.CharField()
    period = serializers.ListField(
        child=serializers.DateTimeField(), min_length=2, max_length=2, help_text="From, to; the second is not in it."
    )
    state = serializers.ChoiceField(choices=Payout.State.values)
    amount_minor = serializers.IntegerField(help_text="What was or would be paid.")
    expected_on = serializers.DateField(allow_null=True)
    expected_reason = serializers.CharField()
    failure = FailureSerializer(allow_null=True)
    bridge = BridgeRowSerializer(many=True)
    remainder_minor = serializers.IntegerField(help_text="What the bridge does not explain: 0.")


class PendingSerializer(serializers.Serializer[Any]):
    """Money that is owed but not in the next payout."""

    why = serializers.ChoiceField(
        choices=["clearing", "unpaid", "roaming", "disputed", "payout", *PayoutCarry.Kind.values]
    )
    sessions = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    sentence = serializers.CharField()


class ForecastSerializer(serializers.Serializer[Any]):
    """The next payout, if nothing else happens until then."""

    host = serializers.CharField()
    property = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    amount_minor = serializers.IntegerField()
    expected_on = serializers.DateField(allow_null=True)
    expected_reason = serializers.CharField()
    bridge = BridgeRowSerializer(many=True)
    pending = PendingSerializer(many=True)


class ForecastsSerializer(serializers.Serializer[Any]):
    """Forecasts for each separately paid property or host, by currency."""

    results = ForecastSerializer(many=True)


class PayoutFilter(HostFilter):
    """Filters of payouts."""

    state = ChoiceFilter(choices=Payout.State.choices)
    currency = CharFilter()

    class Meta:
        model = Payout
        fields: ClassVar = ["state", "currency", "host"]


class Payouts(ApiList[Payout]):
    """Payouts, newest first."""

    queryset = Payout.objects.none()
    serializer_class = PayoutSerializer
    filterset_class = PayoutFilter

    def visible(self, key: ApiKey) -> QuerySet[Payout]:
        return _visible_payouts(key)

    @extend_schema(responses=PayoutSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists payouts, newest first, including carried, failed and pending ones."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([wording.facts(row) for row in rows])


class PayoutDetail(ApiView):
    """One payout."""

    @extend_schema(responses=PayoutSerializer)
    def get(self, request: Request, payout_id: Any) -> Response:
        """Returns a payout with its bridge."""
        return Response(wording.facts(find_or_404(_visible_payouts(self.key(request)), pk=payout_id)))


class PayoutReissue(ApiView):
    """A repeated payment of a failed payout."""

    @extend_schema(request=None, responses=PayoutSerializer)
    def post(self, request: Request, payout_id: Any) -> Response:
        """Pays a failed payout again to the current bank account; returns the new payout."""
        key = self.key(request)
        payout = find_or_404(_visible_payouts(key), pk=payout_id)
        try:
            new_payout = acts.reissue(payout, by=key, now=now())
        except approval.NotPossibleError as exc:
            raise ValidationError({"payout": str(exc)}) from exc
        return Response(wording.facts(new_payout))


class PayoutReasonSerializer(Body):
    """The reason, which the host can read."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class PayoutHold(ApiView):
    """The hold of a payout for a review."""

    @extend_schema(request=PayoutReasonSerializer, responses=PayoutSerializer)
    def post(self, request: Request, payout_id: Any) -> Response:
        """Keeps the payout from being sent; agents' keys only."""
        key = self.key(request)
        people.require_agent(key)
        payout, reason = (
            find_or_404(_visible_payouts(key), pk=payout_id),
            parse_request(PayoutReasonSerializer, request)["reason"],
        )
        return _perform_act(lambda: acts.hold(payout, reason=reason, by=key, now=now()))

    @extend_schema(responses={200: PayoutSerializer})
    def delete(self, request: Request, payout_id: Any) -> Response:
        """Releases the payout after its review; agents' keys only."""
        key = self.key(request)
        people.require_agent(key)
        payout = find_or_404(_visible_payouts(key), pk=payout_id)
        return _perform_act(lambda: acts.release(payout, by=key, now=now()))


def _perform_act(act: Callable[[], Payout]) -> Response:
    try:
        return Response(wording.facts(act()))
    except approval.NotPossibleError as exc:
        raise ConflictError(str(exc)) from exc


class PayoutForecast(ApiView):
    """The next payout."""

    @extend_schema(
        responses=ForecastsSerializer,
        parameters=[OpenApiParameter("host", str, description="The host's slug; agents and people of several hosts.")],
    )
    def get(self, request: Request) -> Response:
        """Forecasts the amount and date of the next payout with their reasons, and what is owed but not included."""
        host = host_of(self.key(request), request.query_params.get("host"))
        people.require(self.key(request), Right.SEE_MONEY, host)
        found_now = [forecast.calculate(scope, now=now()) for scope in agreements.scopes(host, at=now())]
        return Response({"results": [forecast.facts(expected) for expected in found_now if expected is not None]})


def _visible_payouts(key: ApiKey) -> QuerySet[Payout]:
    return access.payouts(key).select_related("host", "property", "agreement")
