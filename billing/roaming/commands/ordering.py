"""Turns a partner's command into an order to the charger, or refuses it with a sentence.

A start's token is not checked with its provider: the partner's order is its approval (13.2.1). Whether the charger
accepts roaming drivers at all is decided by the decision chain, as for everyone.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import transaction

from authorization.decide import decisions
from authorization.decide.decisions import Kind, OrderedBy, Question
from authorization.models import Token
from authorization.roaming import ocpi_ids
from authorization.roaming.transport.routing import party
from billing.models import PartnerCommand, RoamingConnection, Session
from billing.roaming.partners import connections
from billing.roaming.publication import objects
from billing.roaming.tokens import storing
from billing.roaming.versions.entry import KnownVersion
from billing.sessions.lifecycle import lifecycle, outlets
from billing.sessions.starting import maintenance
from chargers.commands import builder, queue, sending
from chargers.commands.builder import BuiltCommand, Details, OrderError, UsualAction
from chargers.lib import ids
from chargers.models import Charger, Command, Evse, Property
from chargers.protocol.frames import Version as OcppVersion

TIMEOUT: Final = timedelta(seconds=60)
"""How long a partner waits for the result."""
_RECENT: Final = timedelta(hours=1)
_MAX_NUMBER: Final = 2**31 - 1
_FREE_STATUSES: Final = ("Preparing", "Available")


class Answer(StrEnum):
    """OCPI 2.2.1 13.4.2 CommandResponseType."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class RefusedError(Exception):
    """Nothing was ordered; the message is a sentence for the partner."""

    def __init__(self, message: str, *, answer: Answer = Answer.REJECTED) -> None:
        super().__init__(message)
        self.answer = answer


class UnknownLocationError(Exception):
    """The command does not name a location or EVSE of ours (status 2003)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedCommand:
    """A partner's command. `values` are its parsed fields."""

    connection: RoamingConnection
    version: KnownVersion
    name: str
    values: Mapping[str, Any]
    correlation_id: str = ""


def order(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    """Orders the command. Raises RefusedError, UnknownLocationError."""
    match order_request.name:
        case "START_SESSION":
            return _start(order_request, now=now)
        case "STOP_SESSION":
            return _stop(order_request, now=now)
        case "RESERVE_NOW":
            return _reserve(order_request, now=now)
        case "CANCEL_RESERVATION":
            return _cancel(order_request, now=now)
        case _:
            return _unlock(order_request, now=now)


def _start(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    token = _token(order_request, now=now)
    evse = _outlet(order_request, uid=token.canonical_uid, now=now)
    charger = evse.charger
    _require_admitted(charger, token, evse=evse, now=now, stores=True)
    details = Details(evse_number=evse.number, uid=token.canonical_uid, remote_start_id=sending.new_request_id())
    return _send(order_request, charger, _build_command(UsualAction.START, details, charger), now=now)


def _stop(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    session = _session(order_request)
    if session is None or session.transaction is None:
        raise RefusedError("We do not have this session.", answer=Answer.UNKNOWN_SESSION)
    if session.transaction.stopped_at is not None:
        raise RefusedError("The session has ended already.")
    row = session.transaction
    details = Details(transaction_id=str(row.pk) if row.ocpp_version == "1.6" else row.transaction_id)
    return _send(order_request, session.charger, _build_command(UsualAction.STOP, details, session.charger), now=now)


def _unlock(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    """Unlocks a connector if a driver of the partner charges there, or did within the last hour.

    Otherwise it could free another driver's cable.
    """
    evse = _evse(order_request)
    providers = objects.providers(order_request.connection)
    partner_sessions = Session.objects.filter(charger=evse.charger, evse_number=evse.number, token__msp__in=providers)
    newest = partner_sessions.order_by("-id").first()
    is_recent = newest is not None and (newest.stopped_at is None or newest.stopped_at > now - _RECENT)
    if not is_recent:
        raise RefusedError("None of your drivers charges there, or did within the last hour.")
    details = Details(evse_number=evse.number)
    return _send(order_request, evse.charger, _build_command(UsualAction.UNLOCK, details, evse.charger), now=now)


def _reserve(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    """Reserves. The partner's id is mapped to a number of ours, the same for a repeat, so that the charger
    replaces it.
    """
    until: datetime = order_request.values["expiry_date"]
    if until <= now:
        raise RefusedError("The reservation would end before it begins.")
    token = _token(order_request, now=now)
    earlier = _reservation(order_request)
    evse = _outlet(order_request, uid=token.canonical_uid, now=now)
    _require_admitted(evse.charger, token, evse=evse, now=now, stores=False)
    number = earlier.reservation_number if earlier and earlier.charger_id == evse.charger_id else None
    number = number or 1 + secrets.randbelow(_MAX_NUMBER - 1)
    built = _reservation_order(evse, uid=token.canonical_uid, until=until, number=number)
    return _send(order_request, evse.charger, built, now=now, reservation=number)


def _cancel(order_request: OrderedCommand, *, now: datetime) -> PartnerCommand:
    earlier = _reservation(order_request)
    if earlier is None:
        raise RefusedError("We have no reservation with this id.")
    charger = earlier.charger
    payload = {"reservationId": earlier.reservation_number}
    built = builder.check("CancelReservation", payload, version=sending.version_of(charger))
    return _send(order_request, charger, built, now=now, reservation=earlier.reservation_number)


def _send(
    order_request: OrderedCommand,
    charger: Charger,
    built: BuiltCommand,
    *,
    now: datetime,
    reservation: int | None = None,
) -> PartnerCommand:
    """Sends the order to the charger and stores the result that is owed, in one transaction. Raises RefusedError."""
    if not charger.is_served():
        raise RefusedError(f"The charger {charger.station_id} is not connected at the moment.")
    origin = f"partner:{order_request.connection.msp.key}"
    request = sending.request_of(built, origin=origin)
    with transaction.atomic():
        command = queue.request(charger, request, now=now)
        if built.action == "ReserveNow":
            sending.reserve(charger, built.payload, command, now=now)
        row = PartnerCommand.objects.create(
            id=ids.generate(now=now),
            connection=order_request.connection,
            kind=order_request.name,
            version=order_request.version.name,
            host=charger.property.host,
            charger=charger,
            request=_check_storable(order_request.values),
            response_url=order_request.values["response_url"],
            command=command,
            reservation_id=order_request.values.get("reservation_id") or "",
            reservation_number=reservation,
            correlation_id=order_request.correlation_id,
            created_at=now,
            deadline=now + TIMEOUT,
        )
    if command.state == Command.State.OFFLINE:
        row.delete()
        raise RefusedError(f"The charger {charger.station_id} is not connected at the moment.")
    return row


def _check_storable(values: Mapping[str, Any]) -> dict[str, Any]:
    field_names = ("authorization_reference", "location_id", "evse_uid", "connector_id", "session_id", "reservation_id")
    return {name: values[name] for name in field_names if values.get(name)}


def _token(order_request: OrderedCommand, *, now: datetime) -> Token:
    """Returns the driver's token from the command, stored like a pushed one. Raises RefusedError."""
    body = dict(order_request.values["token"])
    token_party = connections.partner_party(order_request.connection)
    if order_request.version.has_roles:
        token_party = party(str(body["country_code"]), str(body["party_id"]))
    provider = (
        connections.provider_of_party(token_party)
        if connections.has_party(order_request.connection, token_party)
        else None
    )
    if provider is None:
        raise RefusedError(f"{token_party} is not a party of this connection.")
    try:
        storing.store(provider, body, now=now)
    except storing.UnusableUidError as exc:
        raise RefusedError("No charger can read this token's uid.") from exc
    token = storing.find(provider, str(body["uid"]), kind=str(body["type"]))
    assert token is not None
    return token


def _require_admitted(charger: Charger, token: Token, *, evse: Evse, now: datetime, stores: bool) -> None:
    """Raises RefusedError with the chain's reason. The start that follows is accepted because of the order."""
    if outlets.is_taken(charger.pk, evse.number, now=now, uid=token.canonical_uid):
        raise RefusedError(lifecycle.OCCUPIED)
    if serviced := maintenance.refusal(charger, now=now):
        raise RefusedError(str(serviced))
    question = Question(
        kind=Kind.REMOTE_START, uid=token.canonical_uid, at=now, evse_number=evse.number, ordered_by=OrderedBy.PARTNER
    )
    decided = decisions.decide(charger=charger, question=question, now=now, dry_run=not stores)
    if not decided.is_accepted:
        reason = decided.reason_entry
        raise RefusedError(reason.guest.meaning if reason else "This charger takes no roaming drivers.")


def _outlet(order_request: OrderedCommand, *, uid: str, now: datetime) -> Evse:
    """Returns the named EVSE, or a free one of the location, preferably with a car that waits."""
    if order_request.values.get("evse_uid"):
        return _evse(order_request)
    evses = [candidate for candidate in _evses(order_request) if candidate.charger.is_served()]
    taken_outlets = outlets.numbers_taken({candidate.charger_id for candidate in evses}, now=now)
    free = [candidate for candidate in evses if (candidate.charger_id, candidate.number) not in taken_outlets]
    for status in _FREE_STATUSES:
        for evse in free:
            if any(plug.status == status for plug in evse.connectors.all()):
                return evse
    raise RefusedError("No connector is free at this location.")


def _evse(order_request: OrderedCommand) -> Evse:
    wanted_uid = str(order_request.values["evse_uid"]).casefold()
    for evse in _evses(order_request):
        if ocpi_ids.evse_uid(evse.charger.lasting_id(), evse.number).casefold() == wanted_uid:
            return evse
    raise UnknownLocationError(f"There is no EVSE {order_request.values['evse_uid']} at this location.")


def _evses(order_request: OrderedCommand) -> list[Evse]:
    """Returns the EVSEs of the named location, if one of the connection's hosts has it. Raises UnknownLocationError."""
    location_key = str(order_request.values["location_id"])
    own = [host.pk for host in connections.hosts(order_request.connection)]
    rows = Property.objects.filter(host__in=own)
    site = rows.filter(slug__iexact=location_key).first() or _find_property_by_cut_slug(rows, location_key)
    if site is None:
        raise UnknownLocationError(f"There is no location {location_key}.")
    evses = Evse.objects.filter(charger__property=site, charger__retired_at=None)
    return list(
        evses.select_related("charger__property__host")
        .prefetch_related("connectors")
        .order_by("charger__station_id", "number")
    )


def _find_property_by_cut_slug(rows: Any, location_key: str) -> Property | None:
    """Returns the property whose slug of more than 36 characters is cut to this name in OCPI."""
    if len(location_key) < ocpi_ids.MAX_CHARACTERS:
        return None
    candidates: list[Property] = list(rows.filter(slug__istartswith=location_key[:20]))
    return next(
        (
            candidate
            for candidate in candidates
            if ocpi_ids.location_id(candidate.slug).casefold() == location_key.casefold()
        ),
        None,
    )


def _session(order_request: OrderedCommand) -> Session | None:
    """Returns the named session, if it is of the partner's own drivers."""
    key = ids.read(order_request.values["session_id"])
    if key is None:
        return None
    rows = Session.objects.filter(pk=key, token__msp__in=objects.providers(order_request.connection))
    own = [host.pk for host in connections.hosts(order_request.connection)]
    return rows.filter(host__in=own).select_related("transaction", "charger__property__host").first()


def _reservation(order_request: OrderedCommand) -> PartnerCommand | None:
    """Returns the newest reservation with the partner's id."""
    rows = PartnerCommand.objects.filter(
        connection=order_request.connection, kind="RESERVE_NOW", reservation_id=order_request.values["reservation_id"]
    )
    return rows.select_related("charger__property__host").order_by("-created_at").first()


def _build_command(action: UsualAction, details: Details, charger: Charger) -> BuiltCommand:
    """Builds the command.

    Raises RefusedError if the charger's version cannot express it, such as a uid of more than 20 characters in 1.6.
    """
    try:
        return builder.build(action, details, version=sending.version_of(charger))
    except OrderError as exc:
        raise RefusedError(str(exc), answer=Answer.NOT_SUPPORTED) from exc


def _reservation_order(evse: Evse, *, uid: str, until: datetime, number: int) -> BuiltCommand:
    version = sending.version_of(evse.charger)
    ends = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    if version is OcppVersion.V16:
        payload: dict[str, Any] = {
            "connectorId": evse.number, "expiryDate": ends, "idTag": uid, "reservationId": number
        }  # fmt: skip
    else:
        id_token = {"idToken": uid, "type": "Central"}
        payload = {"id": number, "expiryDateTime": ends, "idToken": id_token, "evseId": evse.number}
    try:
        return builder.check("ReserveNow", payload, version=version)
    except OrderError as exc:
        raise RefusedError(str(exc), answer=Answer.NOT_SUPPORTED) from exc
