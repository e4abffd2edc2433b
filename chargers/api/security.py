"""The REST API about a charger's authentication: security profile, passwords, certificates, and registration."""

from collections.abc import Callable
from typing import Any, Final

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body
from chargers.acts import security
from chargers.acts.registration import HeldBySupportError, change, is_held_by_support
from chargers.fleet import registration
from chargers.models import Certificate, Charger, PasswordChange
from chargers.pages.fields import PROFILES
from chargers.security import passwords

_PROFILES: Final = [int(number) for number, _ in PROFILES]


class SecuritySerializer(serializers.Serializer[Any]):
    """The charger's security profile, and the latest change of its password."""

    security_profile = serializers.IntegerField(help_text="OCPP security profile, from the next connection on.")
    warning = serializers.CharField(
        allow_blank=True, help_text="What the profile asks for and the charger has not shown yet."
    )
    password_change = serializers.ChoiceField(
        choices=PasswordChange.State.choices, allow_null=True, help_text="How the newest change stands; null: none."
    )


class ProfileSerializer(Body):
    """The new security profile."""

    security_profile = serializers.ChoiceField(choices=_PROFILES)


class NewPasswordSerializer(Body):
    """How the password changes."""

    way = serializers.ChoiceField(
        choices=["send", "by_hand", "replace", "withdraw"],
        help_text="`send`: a new one is sent to the charger; `by_hand`: the answer has one to type in, and the old one "
        "is good until it is used; `replace`: the same, and the old one ends at once; `withdraw`: only the old one is "
        "good.",
    )


class PasswordSerializer(SecuritySerializer):
    """The password to type into the charger, which is shown only once."""

    password = serializers.CharField(allow_null=True, help_text="With `by_hand` and `replace`; it is stored nowhere.")


class RegistrationSerializer(serializers.Serializer[Any]):
    """Whether a charger is served."""

    registration = serializers.ChoiceField(choices=Charger.Registration.choices)
    sentence = serializers.CharField(help_text="What the charger gets.")
    held_by_support = serializers.BooleanField(help_text="Only support can change it.")


class AnyCaseField(serializers.ChoiceField):
    """A choice that also accepts OCPP's spelling: Accepted for accepted."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


class NewRegistrationSerializer(Body):
    """Whether a charger is served after its next connection."""

    registration = AnyCaseField(choices=Charger.Registration.choices)
    reason = serializers.CharField(max_length=400, help_text="Why, for the audit trail.")


class Registration(ApiView):
    """Whether a charger is served: accepted, pending or rejected."""

    @extend_schema(responses=RegistrationSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the answer to the charger's BootNotification, and its meaning."""
        return Response(RegistrationSerializer(_serialize_registration(self.charger(request, charger_id))).data)

    @extend_schema(request=NewRegistrationSerializer, responses=RegistrationSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Accepts the charger, or holds it as pending or rejected.

        Its connection ends; the change takes effect with the next one.
        """
        charger, key = _get_permitted_charger(self, request, charger_id, right=Right.MANAGE)
        body = NewRegistrationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        after = Charger.Registration(body.validated_data["registration"])
        try:
            change(charger, after=after, by=key, reason=body.validated_data["reason"], now=now())
        except HeldBySupportError as exc:
            raise ValidationError({"registration": str(exc)}) from exc
        return Response(RegistrationSerializer(_serialize_registration(charger)).data)


class Security(ApiView):
    """How a charger authenticates."""

    @extend_schema(responses=SecuritySerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the required profile, and whether a new password is being sent."""
        return Response(SecuritySerializer(_state(self.charger(request, charger_id))).data)

    @extend_schema(request=ProfileSerializer, responses=SecuritySerializer)
    def patch(self, request: Request, charger_id: str) -> Response:
        """Sets the security profile that the charger must meet at its next connection."""
        charger, key = _get_permitted_charger(self, request, charger_id)
        body = ProfileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        profile = int(body.validated_data["security_profile"])
        security.set_profile(charger, profile=profile, by=key, now=now())
        return Response(SecuritySerializer(_state(charger)).data)


class Password(ApiView):
    """A charger's password."""

    @extend_schema(
        request=NewPasswordSerializer,
        responses=PasswordSerializer,
        examples=[OpenApiExample("Over the air", value={"way": "send"}, request_only=True)],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        """Changes the password. A new one to type in is shown only in this answer."""
        charger, key = _get_permitted_charger(self, request, charger_id)
        body = NewPasswordSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            password = _WAYS[body.validated_data["way"]](charger, by=key, now=now())
        except (passwords.ChangeUnderWayError, passwords.OfflineError) as exc:
            raise ValidationError({"way": str(exc)}) from exc
        return Response(PasswordSerializer(_state(charger) | {"password": password}).data)


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    """A client certificate that we signed for a charger."""

    class Meta:
        model = Certificate
        fields = [
            "id",
            "serial_number",
            "fingerprint",
            "subject",
            "valid_from",
            "valid_to",
            "first_used_at",
            "revoked_at",
        ]
        read_only_fields = fields


class CertificatesSerializer(serializers.Serializer[Any]):
    """Certificates, newest first."""

    results = CertificateSerializer(many=True)


class RenewalSerializer(serializers.Serializer[Any]):
    """The command to the charger; `/commands/<id>/` shows its answer."""

    command = serializers.UUIDField()


class Certificates(ApiView):
    """The certificates of a charger (security profile 3)."""

    @extend_schema(responses=CertificatesSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        rows = self.charger(request, charger_id).certificates.order_by("-pk")
        return Response({"results": CertificateSerializer(rows, many=True).data})


class CertificateRenewal(ApiView):
    """The renewal of a certificate."""

    @extend_schema(request=None, responses={202: RenewalSerializer})
    def post(self, request: Request, charger_id: str) -> Response:
        """Commands the charger to request a certificate, which we sign."""
        charger, key = _get_permitted_charger(self, request, charger_id)
        command = security.renew_certificate(charger, by=key, now=now())
        return Response({"command": command.pk}, status=202)


class CertificateRevocation(ApiView):
    """The revocation of a certificate."""

    @extend_schema(request=None, responses=CertificateSerializer)
    def post(self, request: Request, charger_id: str, certificate_id: int) -> Response:
        """Revokes the certificate and ends a connection that it opened."""
        charger, key = _get_permitted_charger(self, request, charger_id)
        certificate = find_or_404(Certificate.objects.filter(charger=charger), pk=certificate_id)
        security.revoke_certificate(charger, certificate, by=key, now=now())
        return Response(CertificateSerializer(find_or_404(Certificate.objects.all(), pk=certificate.pk)).data)


_WAYS: Final[dict[str, Callable[..., str | None]]] = {
    "send": security.send_password,
    "by_hand": security.make_password,
    "replace": security.replace_password,
    "withdraw": security.withdraw_password,
}


def _get_permitted_charger(
    view: ApiView, request: Request, charger_id: str, *, right: Right = Right.CONNECT
) -> tuple[Charger, ApiKey]:
    """Returns the charger if the key has this right there; otherwise 404."""
    charger, key = view.charger(request, charger_id), view.api_key(request)
    if not access.may_at(key, right, charger):
        raise Http404
    return charger, key


def _serialize_registration(charger: Charger) -> dict[str, Any]:
    return {
        "registration": charger.registration,
        "sentence": registration.MEANS[Charger.Registration(charger.registration)],
        "held_by_support": is_held_by_support(charger),
    }


def _state(charger: Charger) -> dict[str, Any]:
    change = PasswordChange.objects.filter(charger=charger).order_by("-pk").first()
    return {
        "security_profile": charger.security_profile,
        "warning": security.would_stay_out(charger, profile=charger.security_profile),
        "password_change": change.state if change else None,
    }
