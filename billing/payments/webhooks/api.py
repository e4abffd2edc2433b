"""The REST API about webhooks: a host's endpoints, their event kinds, and the deliveries."""

from collections.abc import Callable
from typing import Any, ClassVar

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
from authorization.rest.bodies import Body
from authorization.rest.problems import ConflictError
from billing import access
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import acts
from billing.payments.webhooks.deliveries import EndpointError


class WebhookEndpointSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """A webhook endpoint. `kinds` null: every kind. The secret is returned only when the endpoint is created."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "host", "url", "kinds", "created_at", "failing_since", "disabled_at", "disabled_why"]
        read_only_fields = fields


class NewWebhookEndpointSerializer(Body):
    """The URL and the event kinds of a new endpoint."""

    url = serializers.CharField(max_length=500, validators=[require_storable])
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=WebhookEndpoint.Kind.choices),
        required=False,
        allow_null=True,
        default=None,
        allow_empty=False,
        help_text="Left out or null: everything, also what is added later.",
    )
    host = serializers.SlugField(required=False, help_text="Agents: whose system.")


class MadeWebhookEndpointSerializer(WebhookEndpointSerializer):
    """The endpoint with its secret, which is returned only once."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookEndpointSerializer.Meta):
        fields = [*WebhookEndpointSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One event at one endpoint. `body` is the exact text that was sent."""

    endpoint = serializers.IntegerField(source="endpoint_id", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "endpoint", "event_id", "kind", "body", "made_at", "tries", "tried_at", "next_try_at",
            "delivered_at", "given_up_at", "last_status", "last_error",
        ]  # fmt: skip
        read_only_fields = fields


class WebhookEndpointFilter(FilterSet):  # type: ignore[misc]
    """Find endpoints."""

    is_disabled = django_filters.BooleanFilter(field_name="disabled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = WebhookEndpoint
        fields: ClassVar = ["is_disabled"]


class WebhookDeliveryFilter(FilterSet):  # type: ignore[misc]
    """Find deliveries."""

    endpoint = django_filters.NumberFilter(field_name="endpoint_id")
    kind = django_filters.ChoiceFilter(choices=WebhookEndpoint.Kind.choices)
    is_delivered = django_filters.BooleanFilter(field_name="delivered_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = WebhookDelivery
        fields: ClassVar = ["endpoint", "kind", "is_delivered"]


class WebhookEndpoints(ApiList[WebhookEndpoint]):
    """Webhook endpoints of a host."""

    queryset = WebhookEndpoint.objects.none()
    serializer_class = WebhookEndpointSerializer
    filterset_class = WebhookEndpointFilter

    def visible(self, key: ApiKey) -> QuerySet[WebhookEndpoint]:
        return access.webhook_endpoints(key).select_related("host")

    @extend_schema(request=NewWebhookEndpointSerializer, responses={201: MadeWebhookEndpointSerializer})
    def post(self, request: Request) -> Response:
        """Adds an endpoint. The answer has its secret, which is returned only once."""
        key = self.key(request)
        require_of_own(key, Right.HANDLE_MONEY)
        serializer = NewWebhookEndpointSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        validated = serializer.validated_data
        host = host_of(key, validated.get("host"))
        people.require(key, Right.HANDLE_MONEY, host)
        try:
            new_endpoint, secret = acts.add(host, url=validated["url"], kinds=validated["kinds"], by=key, now=now())
        except EndpointError as exc:
            raise ValidationError({"url": str(exc)}) from exc
        body = WebhookEndpointSerializer(new_endpoint).data | {"secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class WebhookEndpointDetail(ApiView):
    """One webhook endpoint."""

    @extend_schema(responses=WebhookEndpointSerializer)
    def get(self, request: Request, endpoint_id: int) -> Response:
        return Response(WebhookEndpointSerializer(self._get_endpoint(request, endpoint_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: int) -> Response:
        """Deletes the endpoint and its delivery log."""
        acts.delete(self._get_endpoint(request, endpoint_id), by=self.key(request), now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _get_endpoint(self, request: Request, endpoint_id: int) -> WebhookEndpoint:
        return find_or_404(access.webhook_endpoints(self.key(request)).select_related("host"), pk=endpoint_id)


class WebhookDeliveries(ApiList[WebhookDelivery]):
    """Lists deliveries, newest first."""

    queryset = WebhookDelivery.objects.none()
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilter

    def visible(self, key: ApiKey) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.filter(endpoint__in=access.webhook_endpoints(key))


class WebhookEndpointAct(ApiView):
    """An action on an endpoint. Returns the changed endpoint."""

    act: ClassVar[Callable[..., object]]

    @extend_schema(request=None, responses=WebhookEndpointSerializer)
    def post(self, request: Request, endpoint_id: int) -> Response:
        rows = access.webhook_endpoints(self.key(request)).select_related("host")
        try:
            type(self).act(find_or_404(rows, pk=endpoint_id), by=self.key(request), now=now())
        except EndpointError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(WebhookEndpointSerializer(find_or_404(rows, pk=endpoint_id)).data)


class WebhookDeactivation(WebhookEndpointAct):
    """Disables the endpoint: it gets no events until it is enabled."""

    act = acts.disable


class WebhookActivation(WebhookEndpointAct):
    """Enables the endpoint: it gets future events again."""

    act = acts.enable


class WebhookTest(WebhookEndpointAct):
    """Queues a test event for the endpoint."""

    act = acts.test


class WebhookSecret(ApiView):
    """A new secret."""

    @extend_schema(request=None, responses=MadeWebhookEndpointSerializer)
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Makes a new secret, which is returned only once and signs all further events."""
        endpoint = find_or_404(access.webhook_endpoints(self.key(request)).select_related("host"), pk=endpoint_id)
        secret = acts.new_secret(endpoint, by=self.key(request), now=now())
        return Response(WebhookEndpointSerializer(endpoint).data | {"secret": secret})


class WebhookRedelivery(ApiView):
    """Another delivery of an event."""

    @extend_schema(request=None, responses=WebhookDeliverySerializer)
    def post(self, request: Request, delivery_id: int) -> Response:
        """Delivers the same event again, with the same id."""
        rows = WebhookDelivery.objects.filter(endpoint__in=access.webhook_endpoints(self.key(request)))
        row = find_or_404(rows.select_related("endpoint__host"), pk=delivery_id)
        try:
            acts.send_again(row, by=self.key(request), now=now())
        except EndpointError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(WebhookDeliverySerializer(find_or_404(rows, pk=delivery_id)).data)
