"""The REST API about codes by which drivers claim a host's cards."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.problems import ConflictError
from billing.sessions.drivers import acts
from billing.sessions.drivers.driver_tokens import ClaimError


class ClaimCodeSerializer(serializers.Serializer[Any]):
    """A code for a charging card. The driver who types it into their account gets the card there."""

    secret = serializers.CharField(allow_null=True, help_text="Shown this once; null in a repeated answer.")


class ClaimCode(ApiView):
    """A code for a card."""

    @extend_schema(request=None, responses={201: ClaimCodeSerializer})
    def post(self, request: Request, token_id: int) -> Response:
        """Makes a code. An earlier code of the same card expires."""
        token = find_or_404(
            access.tokens(self.api_key(request)).select_related("host").filter(host__isnull=False), pk=token_id
        )
        try:
            code = acts.make_code(token, by=self.api_key(request), now=now())
        except ClaimError as exc:
            raise ConflictError(str(exc)) from exc
        return Response({"secret": code}, status=status.HTTP_201_CREATED)
