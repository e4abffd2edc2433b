"""The REST API for mobility providers that a host has blocked."""

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, MobilityProvider, ProviderBlock
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body
from authorization.rest.problems import ConflictError
from authorization.roaming import acts, providers


class BlockSerializer(serializers.ModelSerializer[ProviderBlock]):
    """A provider whose cards this host's chargers refuse."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    provider = serializers.CharField(source="msp.key", read_only=True, help_text="Such as NL-EMS.")
    provider_name = serializers.CharField(source="msp.name", read_only=True)

    class Meta:
        model = ProviderBlock
        fields = ["id", "host", "provider", "provider_name", "reason", "since"]
        read_only_fields = fields


class NewBlockSerializer(Body):
    """The provider to block, and the reason."""

    provider = serializers.CharField(max_length=6, help_text="Such as NL-EMS.")
    reason = serializers.CharField(max_length=255, validators=[require_storable])
    host = serializers.SlugField(required=False, help_text="Agents: at whose chargers.")


class ReasonSerializer(serializers.Serializer[Any]):
    """The reason for lifting a block."""

    reason = serializers.CharField(max_length=255, validators=[require_storable])


class BlockFilter(FilterSet):  # type: ignore[misc]
    """Filters blocks."""

    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = ProviderBlock
        fields: ClassVar = ["host"]


class Blocks(ApiList[ProviderBlock]):
    """Lists the host's own blocks, newest first; support's blocks for all hosts are not included."""

    queryset = ProviderBlock.objects.none()
    serializer_class = BlockSerializer
    filterset_class = BlockFilter

    def visible(self, key: ApiKey) -> QuerySet[ProviderBlock]:
        return _visible_blocks(key)

    @extend_schema(
        request=NewBlockSerializer,
        responses={201: BlockSerializer},
        examples=[
            OpenApiExample("Unpaid", value={"provider": "NL-EMS", "reason": "Invoices unpaid"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Refuses every card of the provider from its next tap.

        For a provider already blocked, only the reason changes.
        """
        key = self.key(request)
        body = NewBlockSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = body.validated_data
        host, msp = host_of(key, validated.get("host")), providers.find(validated["provider"])
        if msp is None:
            raise ValidationError({"provider": "There is no such mobility provider: write it as NL-EMS."})
        acts.block(msp, host, reason=validated["reason"], by=key, now=now())
        provider_block = find_or_404(_visible_blocks(key), host=host, msp=msp)
        return Response(BlockSerializer(provider_block).data, status=status.HTTP_201_CREATED)


class BlockDetail(ApiView):
    """One block."""

    @extend_schema(responses=BlockSerializer)
    def get(self, request: Request, block_id: int) -> Response:
        return Response(BlockSerializer(find_or_404(_visible_blocks(self.key(request)), pk=block_id)).data)

    @extend_schema(
        parameters=[OpenApiParameter("reason", str, required=True, description="Why it is lifted.")],
        responses={204: None},
    )
    def delete(self, request: Request, block_id: int) -> Response:
        """Lifts the block: the provider's cards are admitted where a property is public (roaming)."""
        key = self.key(request)
        with transaction.atomic():
            block = find_or_404(_visible_blocks(key), pk=block_id)
            access.require(key, Right.MANAGE, block.host)
            choice = ReasonSerializer(data=request.query_params)
            choice.is_valid(raise_exception=True)
            acts.unblock(block.msp, block.host, reason=choice.validated_data["reason"], by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _visible_blocks(key: ApiKey) -> QuerySet[ProviderBlock]:
    hosts = access.hosts_with(key, Right.SEE)
    return ProviderBlock.objects.filter(host__in=hosts).select_related("host", "msp")


class ResyncSerializer(serializers.Serializer[Any]):
    """Whether a fetch was started."""

    asked = serializers.BooleanField(help_text="False: it was asked a moment ago, or is being asked now.")


class ProviderResync(ApiView):
    """A mobility provider's list of cards."""

    @extend_schema(request=None, responses={202: ResyncSerializer})
    def post(self, request: Request, provider: str) -> Response:
        """Fetches the list again; at most once in a few minutes for all hosts."""
        country_code, _, party_id = provider.partition("-")
        msp = find_or_404(MobilityProvider.objects.all(), country_code=country_code, party_id=party_id)
        if not msp.authorize_url:
            raise ConflictError(f"{msp.name} cannot be asked: there is no address of it.")
        is_asked = acts.resync(msp, by=self.key(request), now=now())
        return Response({"asked": is_asked}, status=status.HTTP_202_ACCEPTED)
