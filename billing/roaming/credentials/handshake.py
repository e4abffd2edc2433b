"""The handshake that we begin (OCPI 2.2.1 7.1): token A, versions, details, and our credentials with a token B.

A registered partner gets a PUT instead: both tokens rotate and its endpoints are read again. Uses the network: never
inside a transaction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from billing.models import RoamingConnection
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call
from billing.roaming.credentials import discovery, forms
from billing.roaming.credentials.discovery import DiscoveryError, Offer
from billing.roaming.credentials.forms import Role
from billing.roaming.partners import connections, partner_tokens
from billing.roaming.partners.connections import RoleTakenError
from billing.roaming.serving.base import first_error
from billing.roaming.versions.entry import KnownVersion
from chargers.lib import secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step and its outcome, with a sentence about it."""

    name: str
    is_done: bool
    sentence: str
    http: int | None = None
    status: int | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "step": self.name,
            "ok": self.is_done,
            "sentence": self.sentence,
            "http_status": self.http,
            "ocpi_status": self.status,
        }


def our_roles(connection: RoamingConnection) -> list[Role]:
    return [
        Role(host.ocpi_country_code.upper(), host.ocpi_party_id.upper(), host.legal_name or host.name)
        for host in connections.hosts(connection)
    ]


def connect(connection: RoamingConnection, *, now: datetime, version: KnownVersion | None = None) -> Iterator[Step]:
    """Yields the steps as they happen; the last one failed, or is `registered`."""
    name, is_rotation = connection.msp.name, connection.is_registered
    token = "" if is_rotation else secrets.decrypt(connection.msp.token_a_encrypted)
    if obstacle := _obstacle(connection, token):
        yield Step(name="prepare", is_done=False, sentence=obstacle)
        return
    speaks = version.name if version and not version.encodes_tokens else connection.version
    try:
        partner_offer = discovery.offer(
            connection, connection.msp.versions_url, token=token, version=version, speaks=speaks
        )
        yield Step(name="versions", is_done=True, sentence=f"{name} speaks OCPI {partner_offer.version}, and so do we.")
        endpoints = discovery.endpoints(connection, partner_offer, token=token)
        module_list = ", ".join(sorted({entry["identifier"] for entry in endpoints}))
        yield Step(name="version_details", is_done=True, sentence=f"{name} offers {module_list}.")
    except DiscoveryError as exc:
        yield Step(name=exc.step, is_done=False, sentence=f"{name} {exc}.", status=exc.status)
        return
    yield from _exchange(connection, partner_offer, endpoints, token=token, now=now)


def _exchange(
    connection: RoamingConnection, partner_offer: Offer, endpoints: list[dict[str, str]], *, token: str, now: datetime
) -> Iterator[Step]:
    """Exchanges credentials. Our token B is valid before it is sent, because the partner calls us with it first."""
    name, method = connection.msp.name, "PUT" if connection.is_registered else "POST"
    our_token = partner_tokens.issue(connection, partner_tokens.Kind.CREDENTIALS, now=now)
    address = next(entry["url"] for entry in endpoints if entry["identifier"] == "credentials")
    connection_roles = our_roles(connection)
    body = forms.build_credentials(
        token=our_token, url=connections.our_versions_url(), roles=connection_roles, version=partner_offer.version
    )
    outcome = calls.send(
        connection,
        Call(
            method=method, url=address, module="credentials", body=body, token=token, version=partner_offer.version.name
        ),
    )
    facts = {"http": outcome.http, "status": outcome.status}
    if not outcome.is_success:
        sentence = f"{name} {outcome.failure}.{_advice(outcome.http, is_rotation=method == 'PUT')}"
        yield Step(name="credentials", is_done=False, sentence=sentence, **facts)
        return
    form = forms.form(partner_offer.version)(data=outcome.data if isinstance(outcome.data, Mapping) else {})
    if not form.is_valid():
        sentence = f"The credentials of {name} cannot be used: {first_error(form.errors)}"
        yield Step(name="credentials", is_done=False, sentence=sentence, **facts)
        return
    partner_credentials = forms.parse_credentials(dict(form.validated_data), version=partner_offer.version)
    yield Step(name="credentials", is_done=True, sentence=f"{name} took our token and gave us one of its own.", **facts)
    try:
        connections.register(
            connection,
            version=partner_offer.version,
            token=partner_credentials.token,
            endpoints=endpoints,
            roles=partner_credentials.roles,
            versions_url=partner_credentials.url,
            now=now,
        )
    except RoleTakenError as exc:
        yield Step(name="registered", is_done=False, sentence=str(exc))
        return
    hosts = ", ".join(f"{role.country_code}-{role.party_id}" for role in connection_roles)
    yield Step(
        name="registered", is_done=True, sentence=f"{name} is connected by OCPI {partner_offer.version}, with {hosts}."
    )


def disconnect(connection: RoamingConnection, *, now: datetime) -> Step:
    """Sends DELETE to the partner, then disconnects here: its tokens are dropped whatever the answer."""
    address = connections.endpoint(connection, "credentials", "RECEIVER") or connections.endpoint(
        connection, "credentials", "SENDER"
    )
    outcome = calls.send(connection, Call(method="DELETE", url=address, module="credentials"))
    connections.unregister(connection, now=now)
    name = connection.msp.name
    if outcome.is_success or outcome.http == 405:
        return Step(name="unregistered", is_done=True, sentence=f"{name} is no longer connected.", http=outcome.http)
    return Step(
        name="unregistered",
        is_done=True,
        sentence=f"{name} is no longer connected here. It {outcome.failure}: tell it to drop us, too.",
        http=outcome.http,
        status=outcome.status,
    )


def _obstacle(connection: RoamingConnection, token: str) -> str:
    """Returns what is missing before the first call; empty if nothing is."""
    name = connection.msp.name
    if not connection.msp.versions_url:
        return f"We have no address of {name}: enter its versions URL."
    if not connection.is_registered and not token:
        return f"We have no token A of {name}: ask it for one, or give it one of ours."
    if not our_roles(connection):
        return "No host has an OCPI country code and party id: enter them on the page of its company."
    return ""


def _advice(http: int | None, *, is_rotation: bool) -> str:
    if http in {401, 403} and not is_rotation:
        return " A token A is good once: if it took an earlier try, ask it for a new one."
    if http == 405:
        return " It says that we are registered already: ask it to delete us, and for a new token A."
    return ""
