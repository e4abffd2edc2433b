"""The REST API about messages to guests of bookings."""

from typing import ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing.models import ArrivalPolicy, StayMessage
from billing.sessions.arrivals import acts, history, messages, texts
from billing.sessions.arrivals.acts import CancelledError, Policy
from billing.sessions.arrivals.texts import MessageText, UnknownNameError
from chargers.models import Host


class ArrivalPolicySerializer(Body):
    """Whether guests get a message before they arrive, how long before, and in which language."""

    is_enabled = serializers.BooleanField()
    hours_before = serializers.IntegerField(min_value=1, max_value=720)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)


class ArrivalTextSerializer(Body):
    """The message's text in one language, with placeholders in braces. Both empty: the usual text."""

    subject = serializers.CharField(max_length=150, allow_blank=True, validators=[require_storable])
    text = serializers.CharField(max_length=3000, allow_blank=True, validators=[require_storable])


class StayMessageSerializer(serializers.ModelSerializer[StayMessage]):
    """One message to the guest of a stay."""

    address = serializers.EmailField(read_only=True, allow_blank=True, help_text="Empty: no mail, or none to send to.")

    class Meta:
        model = StayMessage
        fields: ClassVar = [
            "id", "channel", "address", "language", "subject", "text", "state", "asked_at", "sent_at", "failure"
        ]  # fmt: skip
        read_only_fields = fields


class NewStayMessageSerializer(Body):
    """A message to send now."""

    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False, help_text="Left out: the host's.")


class _OfHost(ApiView):
    def of_host(self, request: Request, slug: str) -> Host:
        return find_or_404(access.hosts_with(self.key(request), Right.MANAGE), slug=slug)


class HostArrivals(_OfHost):
    """Messages to guests before they arrive."""

    @extend_schema(responses=ArrivalPolicySerializer)
    def get(self, request: Request, host: str) -> Response:
        row = self.of_host(request, host)
        return Response(_policy(row))

    @extend_schema(request=ArrivalPolicySerializer, responses=ArrivalPolicySerializer)
    def put(self, request: Request, host: str) -> Response:
        """Sets the policy. It applies to guests who have not been written to yet."""
        row = self.of_host(request, host)
        acts.set_policy(row, Policy(**parse_request(ArrivalPolicySerializer, request)), by=self.key(request), now=now())
        return Response(_policy(row))


class HostArrivalText(_OfHost):
    """The words of the message in one language."""

    @extend_schema(responses=ArrivalTextSerializer)
    def get(self, request: Request, host: str, language: str) -> Response:
        words = texts.of_host(self.of_host(request, host), _require_language(language))
        return Response({"subject": words.subject, "text": words.text})

    @extend_schema(request=ArrivalTextSerializer, responses=ArrivalTextSerializer)
    def put(self, request: Request, host: str, language: str) -> Response:
        """Saves the host's own text. An unknown placeholder is an error."""
        row, fields = self.of_host(request, host), parse_request(ArrivalTextSerializer, request)
        words = MessageText(fields["subject"], fields["text"]) if fields["subject"] and fields["text"] else None
        try:
            acts.set_text(row, _require_language(language), words, by=self.key(request), now=now())
        except UnknownNameError as exc:
            raise ValidationError({"text": str(exc)}) from exc
        words = texts.of_host(row, language)
        return Response({"subject": words.subject, "text": words.text})


class StayMessages(ApiView):
    """The messages to the guest of a stay, newest first."""

    @extend_schema(responses=StayMessageSerializer(many=True))
    def get(self, request: Request, stay_id: int) -> Response:
        key = self.key(request)
        stay = find_or_404(access.stays(key).select_related("property__host"), pk=stay_id)
        access.require(key, Right.MANAGE, stay.property.host)
        return Response(StayMessageSerializer(history.messages_of([stay.pk])[:50], many=True).data)

    @extend_schema(request=NewStayMessageSerializer, responses={201: StayMessageSerializer})
    def post(self, request: Request, stay_id: int) -> Response:
        """Writes to the guest now, even if they were written to before. Returns 409 for a cancelled booking."""
        key = self.key(request)
        stay = find_or_404(access.stays(key).select_related("property__host", "unit", "connection"), pk=stay_id)
        fields = parse_request(NewStayMessageSerializer, request)
        language = fields.get("language") or messages.language_of(stay.property.host)
        try:
            message = acts.send(stay, language=language, by=key, now=now())
        except CancelledError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(StayMessageSerializer(message).data, status=status.HTTP_201_CREATED)


def _require_language(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": f"There is no language {language!r}."})
    return language


def _policy(host: Host) -> dict[str, object]:
    policy = ArrivalPolicy.objects.filter(host=host).first() or ArrivalPolicy(host=host)
    return {"is_enabled": policy.is_enabled, "hours_before": policy.hours_before, "language": policy.language}
