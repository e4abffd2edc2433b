"""The REST API about a host's public status page."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body, asked
from chargers.models import Host
from support.incidents import status
from support.incidents.acts import status_pages as acts


class StatusPageSerializer(serializers.Serializer[Any]):
    """Whether everybody may see it, and where."""

    is_public = serializers.BooleanField()
    url = serializers.CharField(help_text="Within the site.")


class StatusPageChange(Body):
    """Shows it, or takes it away."""

    is_public = serializers.BooleanField()


class HostStatusPage(ApiView):
    """The page that shows everybody how a host's chargers are."""

    @extend_schema(responses=StatusPageSerializer)
    def get(self, request: Request, host: str) -> Response:
        """Off unless it was turned on."""
        return _answer(find_or_404(access.hosts_with(self.key(request), Right.MANAGE), slug=host))

    @extend_schema(request=StatusPageChange, responses=StatusPageSerializer)
    def put(self, request: Request, host: str) -> Response:
        """Turns it on or off."""
        row = find_or_404(access.hosts_with(self.key(request), Right.MANAGE), slug=host)
        acts.publish(row, is_public=asked(StatusPageChange, request)["is_public"], by=self.key(request), now=now())
        return _answer(row)


def _answer(host: Host) -> Response:
    return Response({"is_public": status.is_public(host), "url": reverse("help:status", args=[host.slug])})
