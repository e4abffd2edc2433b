"""The REST API about a session's line on the bill of its stay."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.problems import ConflictError
from billing import access
from billing.models import FolioCharge
from billing.sessions.folios import acts


class PostedLineSerializer(serializers.ModelSerializer[FolioCharge]):
    """The line on the bill: of the session alone, or the total of a day or of the stay."""

    class Meta:
        model = FolioCharge
        fields: ClassVar = ["key", "text", "amount_minor", "currency", "state", "external_ref", "failure", "charged_at"]
        read_only_fields = fields


class FolioChargeSerializer(serializers.ModelSerializer[FolioCharge]):
    """What a session cost, as a line on the bill of its stay or as part of a total, which is `line`."""

    line = PostedLineSerializer(source="posted", read_only=True)

    class Meta:
        model = FolioCharge
        fields: ClassVar = [
            "session", "key", "booking_key", "amount_minor", "currency", "state", "external_ref", "failure",
            "created_at", "charged_at", "undone_at", "collected_for", "line",
        ]  # fmt: skip
        read_only_fields = fields


class _OfSession(ApiView):
    def line(self, request: Request, session_id: uuid.UUID) -> FolioCharge:
        find_or_404(access.sessions(self.api_key(request)), pk=session_id)
        return find_or_404(FolioCharge.objects.select_related("session__host", "total"), session=session_id)


class SessionFolio(_OfSession):
    """The line of a session."""

    @extend_schema(responses=FolioChargeSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        return Response(FolioChargeSerializer(self.line(request, session_id)).data)


class SessionFolioUndo(_OfSession):
    """Taking a line back."""

    @extend_schema(request=None, responses=FolioChargeSerializer)
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Takes the line off the bill within seconds. Returns 409 if it is not on the bill."""
        if not acts.take_back(self.line(request, session_id), by=self.api_key(request), now=now()):
            raise ConflictError("This is not on the bill, or was taken back before.")
        return Response(FolioChargeSerializer(self.line(request, session_id)).data)


class SessionFolioRetry(_OfSession):
    """Trying a refused line again."""

    @extend_schema(request=None, responses=FolioChargeSerializer)
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """Posts the line again, after checking whether it is on the bill. Returns 409 if it was not refused."""
        if not acts.try_again(self.line(request, session_id), by=self.api_key(request), now=now()):
            raise ConflictError("This was not refused.")
        return Response(FolioChargeSerializer(self.line(request, session_id)).data)
