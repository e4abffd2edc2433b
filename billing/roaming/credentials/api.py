"""/ocpi/<version>/credentials (OCPI 2.2.1 7.2)."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request

from authorization.roaming.transport.envelope import Reply
from billing.roaming.credentials import forms, registration
from billing.roaming.credentials.forms import PartnerCredentials
from billing.roaming.credentials.registration import RefusedError
from billing.roaming.partners import connections
from billing.roaming.serving.base import FaultError, OcpiView
from chargers.lib import secrets


class CredentialsView(OcpiView):
    module = "credentials"
    is_open_to_registering = True

    def may_register(self, request: Request) -> bool:
        """Whether the token A may register.

        It may also repeat its own registration until the answer's token was used.
        """
        return super().may_register(request) or self._is_newer_invitation() or request.method == "POST"

    def get(self, request: Request, **_: Any) -> Reply:
        """Returns our credentials, with the token of the request."""
        assert self.caller is not None
        token = secrets.decrypt(self.caller.credential.token_encrypted)
        return Reply(data=registration.build_own_credentials(self.connection, token=token, version=self.version))

    def post(self, request: Request, **_: Any) -> Reply:
        assert self.caller is not None
        if not self.caller.is_registering:
            raise exceptions.MethodNotAllowed("POST", "You are registered already: PUT changes your credentials.")
        partner_credentials = self._read_credentials()
        is_over = self.connection.is_registered and not self._is_newer_invitation()
        if is_over and not registration.is_repeat(self.connection, partner_credentials):
            raise exceptions.NotAuthenticated("This token A was used.")
        return self._register(partner_credentials)

    def put(self, request: Request, **_: Any) -> Reply:
        self._require_registered("PUT")
        return self._register(self._read_credentials())

    def delete(self, request: Request, **_: Any) -> Reply:
        self._require_registered("DELETE")
        connections.unregister(self.connection, now=_now())
        return Reply()

    def _is_newer_invitation(self) -> bool:
        """Whether the token A was made after the partner had registered, to register again."""
        assert self.caller is not None
        registered_at = self.connection.registered_at
        made_at = self.caller.credential.created_at
        return self.caller.is_registering and registered_at is not None and made_at > registered_at

    def _read_credentials(self) -> PartnerCredentials:
        return forms.parse_credentials(self.read(forms.form(self.version)), version=self.version)

    def _register(self, partner_credentials: PartnerCredentials) -> Reply:
        try:
            data = registration.register(self.connection, partner_credentials, version=self.version, now=_now())
        except RefusedError as exc:
            raise FaultError(str(exc), status=exc.status) from exc
        return Reply(data=data)

    def _require_registered(self, method: str) -> None:
        if not self.connection.is_registered or (self.caller is not None and self.caller.is_registering):
            raise exceptions.MethodNotAllowed(method, "You are not registered: POST your credentials first.")


def _now() -> datetime:
    return datetime.now(tz=UTC)
