"""Who calls the REST API, and the dry run of a decision."""

from typing import Any

from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authorization import access, decisions
from authorization.models import ApiKey
from chargers.models import Charger
from chargers.views.frame import now


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "api-key":
            return None
        try:
            found = ApiKey.objects.get_from_key(key.strip())
        except ApiKey.DoesNotExist as exc:
            raise AuthenticationFailed("This API key is not known: make one with manage.py api_key.") from exc
        if found.has_expired:
            raise AuthenticationFailed("This API key has expired: make a new one with manage.py api_key.")
        assert isinstance(found, ApiKey)
        return None, found

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


class HasKey(BasePermission):
    """Every address of the API needs a key."""

    message = "Send a key as `Authorization: Api-Key <key>`: make one with manage.py api_key."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "authorization.api.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key <key>`"}


class ApiView(APIView):
    """A view of the REST API: behind a key, limited to what the key's host may see."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]

    def key(self, request: Request) -> ApiKey:
        """Whose call it is; `HasKey` has seen to it that there is one."""
        assert isinstance(request.auth, ApiKey)
        return request.auth

    def charger(self, request: Request, charger_id: str) -> Charger:
        """The charger, or the same 404 for a foreign as for an absent one."""
        found = (
            access.chargers(self.key(request)).select_related("property__host").filter(charger_id=charger_id).first()
        )
        if found is None:
            raise Http404
        return found


class QuestionSerializer(serializers.Serializer[Any]):
    """A question for the dry run."""

    uid = serializers.CharField(max_length=255)
    connector = serializers.IntegerField(required=False, min_value=1, allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=["authorize", "start", "remote_start"], default="authorize")


class TraceLineSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["passed", "failed", "skipped"])
    sentence = serializers.CharField()
    link = serializers.CharField(allow_blank=True)


class VerdictSerializer(serializers.Serializer[Any]):
    """The answer with its trace."""

    verdict = serializers.ChoiceField(choices=["accepted", "refused", "would_ask_msp"])
    reason = serializers.CharField(allow_null=True)
    status_16 = serializers.CharField()
    status_2x = serializers.CharField()
    trace = TraceLineSerializer(many=True)


class Decide(ApiView):
    """Would this card be accepted at this charger, now? Nothing is stored and nobody is asked."""

    @extend_schema(request=QuestionSerializer, responses=VerdictSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        charger = self.charger(request, charger_id)
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        asked, at = question.validated_data, now()
        outcome = decisions.decide(
            charger=charger,
            question=decisions.Question(kind=asked["kind"], uid=asked["uid"], at=at, evse_number=asked["connector"]),
            now=at,
            dry_run=True,
        )
        return Response(
            {
                "verdict": outcome.verdict,
                "reason": outcome.reason or None,
                "status_16": outcome.status_16,
                "status_2x": outcome.status_2x,
                "trace": [
                    {name: line[name] for name in ("step", "outcome", "sentence", "link")} for line in outcome.trace
                ],
            }
        )
