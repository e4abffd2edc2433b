"""/ocpi/<version>/tokens/<country>/<party>/<uid>?type=RFID (OCPI 2.2.1 12.2.1): the provider pushes its tokens."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from authorization.models import MobilityProvider
from authorization.roaming.transport.envelope import Reply
from authorization.roaming.transport.routing import Party
from billing.roaming.partners import connections
from billing.roaming.serving.base import AbsentError, FaultError, OcpiView
from billing.roaming.tokens import storing
from billing.roaming.tokens.storing import UnusableUidError

Body = dict[str, Any]


class TokenObject(OcpiView):
    module = "tokens"

    def get(self, request: Request, country_code: str, party_id: str, uid: str, **_: Any) -> Reply:
        token = storing.find(self._provider(country_code, party_id), uid, kind=self._kind())
        if token is None:
            raise AbsentError("We do not have this token.", status=2004)
        return Reply(data=self._convert_to_version(storing.body_of(token)))

    def put(self, request: Request, country_code: str, party_id: str, uid: str, **_: Any) -> Reply:
        """Replaces the token. Returns 201 for a new one."""
        provider, body = self._provider(country_code, party_id), self.body()
        self.read(self.version.token_form, body)
        self._require_same(body, country_code=country_code, party_id=party_id, uid=uid)
        return Reply(http=201 if self._store_token(provider, body) else 200)

    def patch(self, request: Request, country_code: str, party_id: str, uid: str, **_: Any) -> Reply:
        """Changes the fields that are sent; a field cannot be removed."""
        provider, changes = self._provider(country_code, party_id), self.body()
        self.read(self.version.token_change_form, changes)
        token = storing.find(provider, uid, kind=self._kind())
        if token is None:
            raise AbsentError("We do not have this token: PUT it.", status=2004)
        merged_body = self._convert_to_version(storing.body_of(token)) | changes
        self.read(self.version.token_form, merged_body)
        self._require_same(merged_body, country_code=country_code, party_id=party_id, uid=uid)
        self._store_token(provider, merged_body)
        return Reply()

    def _provider(self, country_code: str, party_id: str) -> MobilityProvider:
        """Returns the party in the URL, if it is the partner's own. Raises AbsentError."""
        provider = connections.provider_of_party(self.require_own(country_code, party_id))
        if provider is None:
            raise AbsentError("There is no such party.")
        return provider

    def _kind(self) -> str | None:
        """Returns the type that the URL states; None where it does not name the token."""
        stated = self.request.query_params.get("type")
        return stated.upper() if stated else "RFID" if self.version.types_token_urls else None

    def _store_token(self, provider: MobilityProvider, body: Body) -> bool:
        try:
            return storing.store(provider, body, now=datetime.now(tz=UTC))
        except UnusableUidError as exc:
            raise FaultError("uid: no charger can read it.") from exc

    def _require_same(self, body: Body, *, country_code: str, party_id: str, uid: str) -> None:
        """Raises FaultError if the body and the URL name different objects."""
        url_values = [("uid", uid)]
        if self.version.has_roles:
            url_values += [("country_code", country_code), ("party_id", party_id)]
        for name, value in url_values:
            if str(body[name]).casefold() != value.casefold():
                raise FaultError(f"{name}: it is {body[name]!r} here and {value!r} in the address."[:255])
        kind = self._kind()
        if kind is not None and str(body["type"]).upper() != kind:
            raise FaultError(f"type: it is {body['type']!r} here and {kind!r} in the address.")

    def _convert_to_version(self, body: Body) -> Body:
        """Returns the body in this version.

        One that arrived in 2.1.1 has no party, and its contract is called auth_id.
        """
        owner = Party(self.kwargs["country_code"].upper(), self.kwargs["party_id"].upper())
        contract = body.get("contract_id") or body.get("auth_id", "")
        owner_fields = {"country_code": owner.country_code, "party_id": owner.party_id, "contract_id": contract}
        return self.version.token(owner_fields | body)
