"""The REST API for a host's public status page."""

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
from authorization.rest.bodies import Body, parse_request
from chargers.models import Host
from support.incidents import status
from support.incidents.acts import status_pages as acts


class StatusPageSerializer(serializers.Serializer[Any]):
    """Whether the page is public, and its address."""

    is_public = serializers.BooleanField()
    url = serializers.CharField(help_text="The path of the page at our address, such as /status/sunset/.")


class StatusPageChange(Body):
    """Publishes the page, or hides it."""

    is_public = serializers.BooleanField()


class HostStatusPage(ApiView):
    """A host's public status page."""

    @extend_schema(responses=StatusPageSerializer)
    def get(self, request: Request, host: str) -> Response:
        """Returns whether the page is public; off by default."""
        return _answer(find_or_404(access.hosts_with(self.api_key(request), Right.MANAGE), slug=host))

    @extend_schema(request=StatusPageChange, responses=StatusPageSerializer)
    def put(self, request: Request, host: str) -> Response:
        """Publishes or hides the page."""
        row = find_or_404(access.hosts_with(self.api_key(request), Right.MANAGE), slug=host)
        acts.publish(
            row, is_public=parse_request(StatusPageChange, request)["is_public"], by=self.api_key(request), now=now()
        )
        return _answer(row)


def _answer(host: Host) -> Response:
    return Response({"is_public": status.is_public(host), "url": reverse("help:status", args=[host.slug])})
