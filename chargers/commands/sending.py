"""Sends commands to chargers for users, their software and agents."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from authorization import audit
from authorization.decide import decisions
from authorization.decide.decisions import DecisionResult, Kind, OrderedBy, Question
from authorization.models import ApiKey, User
from authorization.tokens import local_lists
from billing.sessions.lifecycle import lifecycle, outlets
from chargers.commands import builder, queue, splitting, uploads
from chargers.commands.builder import BuiltCommand
from chargers.commands.forms import CommandForm, Values, local_list
from chargers.commands.queue import CommandRequest
from chargers.commands.splitting import Limit
from chargers.models import Charger, Command, LocalList, Reservation, Upload
from chargers.protocol import fields, frames
from chargers.protocol.frames import Payload, Version
from chargers.text.masking import conceal

_STARTS = {"RemoteStartTransaction", "RequestStartTransaction"}


class StartRefusedError(Exception):
    """The authorization chain refuses the ordered start: nothing was sent. `decided` is the stored answer."""

    def __init__(self, decided: DecisionResult) -> None:
        reason = decided.reason_entry
        why = f"{reason.title}. {reason.host.meaning}" if reason else f"Only provider {decided.provider_key} can say."
        super().__init__(f"The start was not sent. {why}")
        self.decided = decided


class OutletTakenError(Exception):
    """The outlet that a driver's app asks for is in use by somebody else: nothing was sent.

    The message is a sentence.
    """


def version_of(charger: Charger) -> Version:
    """Returns the version that the charger spoke last; 1.6 if it never connected."""
    return Version(charger.ocpp_version) if charger.ocpp_version else Version.V16


def send(
    charger: Charger,
    order: BuiltCommand,
    *,
    by: User | ApiKey,
    now: datetime,
    submission_id: uuid.UUID | None = None,
    ordered_by: OrderedBy | None = None,
) -> Command:
    """Stores the command for the charger's gateway, with its reservation or upload link and an audit entry.

    `submission_id` is the id of the submitted form: submitting it again returns the first command. A start is decided
    as ordered by the host's own people or an agent unless `ordered_by` is given: raises StartRefusedError. For an app
    the outlet must also be free: raises OutletTakenError.
    """
    if sent := sent_before(charger, submission_id):
        return sent
    if order.action in _STARTS:
        _decide(charger, order, by=ordered_by or (OrderedBy.AGENT if by.is_agent else OrderedBy.PORTAL), now=now)
        if ordered_by is OrderedBy.APP:
            _check_outlet(charger, order, now=now)
    try:
        with transaction.atomic():
            return _store_command(charger, order, by=by, now=now, submission_id=submission_id)
    except IntegrityError:  # the same form was submitted twice at the same moment
        if sent := sent_before(charger, submission_id):
            return sent
        raise


def _decide(charger: Charger, order: BuiltCommand, *, by: OrderedBy, now: datetime) -> None:
    """Decides whether this start may be ordered, and stores the answer.

    If a provider had to be asked first, nothing is stored and the start is refused.
    """
    command = request_of(order, origin="")
    question = _question(command.id_token, command.evse_number, by=by, now=now)
    decided = decisions.decide(charger=charger, question=question, now=now)
    if not decided.is_accepted:
        raise StartRefusedError(decided)


def rehearse_start(charger: Charger, uid: str, *, evse_number: int, by: OrderedBy, now: datetime) -> DecisionResult:
    """Returns the decision that `send` would make about this start. Stores nothing. Raises StartRefusedError."""
    question = _question(uid, evse_number, by=by, now=now)
    decided = decisions.decide(charger=charger, question=question, now=now, dry_run=True)
    if not decided.is_accepted:
        raise StartRefusedError(decided)
    return decided


def _question(uid: str, evse_number: int | None, *, by: OrderedBy, now: datetime) -> Question:
    return Question(kind=Kind.REMOTE_START, uid=uid, at=now, evse_number=evse_number, ordered_by=by)


def _check_outlet(charger: Charger, order: BuiltCommand, *, now: datetime) -> None:
    command = request_of(order, origin="")
    if outlets.is_taken(charger.pk, command.evse_number, now=now, uid=command.id_token):
        raise OutletTakenError(lifecycle.OCCUPIED)


def sent_before(charger: Charger, submission_id: uuid.UUID | None) -> Command | None:
    """Returns the command made by the first submission of a form."""
    return Command.objects.filter(pk=submission_id, charger=charger).first() if submission_id else None


def _store_command(
    charger: Charger, order: BuiltCommand, *, by: User | ApiKey, now: datetime, submission_id: uuid.UUID | None
) -> Command:
    order, upload = with_link(charger, order, now=now)
    max_entries = _most_entries(charger, splitting.limits(order.action, order.payload))
    request = replace(request_of(order, origin=audit.actor(by)), id=submission_id, items_per_message=max_entries)
    command = queue.request(charger, request, now=now)
    if upload is not None:
        Upload.objects.filter(pk=upload.pk).update(command=command)
    if order.action == "ReserveNow":
        reserve(charger, order.payload, command, now=now)
    subject = audit.Subject("charger", charger.lasting_id(), charger.station_id, charger.property.host)
    after = {"action": order.action, **conceal(order.payload)}
    audit.write("charger.command", subject, user=by, now=now, after=after)
    return command


def build_orders(charger: Charger, offer: CommandForm, values: Values, *, now: datetime) -> list[BuiltCommand]:
    """Returns the orders that an offer of the console becomes, several for a long local list. Raises OrderError."""
    version = version_of(charger)
    values = {**values, "request_id": new_request_id()}
    if offer.key == "local_list":
        values |= {"entries": _list_entries(charger, now=now), "known": accepted_list(charger)}
    if offer.key in {"diagnostics", "log"}:
        values |= {"link": LINK}
    action, payload = offer.build(values, version)
    return [builder.check(action, convert_for_json(payload), version=version)]


LINK = "https://link.invalid/"
"""A placeholder for the upload link, which is made only when the order is sent."""


def with_link(charger: Charger, order: BuiltCommand, *, now: datetime) -> tuple[BuiltCommand, Upload | None]:
    """Returns the order with a real link if it asks for a file, and the link's row."""
    if LINK not in (order.payload.get("location"), fields.section(order.payload, "log").get("remoteLocation")):
        return order, None
    row, secret = uploads.allot(charger, kind=str(order.payload.get("logType", "Diagnostics")), now=now)
    link = settings.PUBLIC_BASE_URL.rstrip("/") + reverse("chargers:upload", args=[secret])
    payload = dict(order.payload)
    if "location" in payload:
        payload["location"] = link
    else:
        payload["log"] = {**payload["log"], "remoteLocation": link}
    return replace(order, payload=payload), row


def request_of(order: BuiltCommand, *, origin: str) -> CommandRequest:
    """Converts an order.

    For a start, it includes for whom and where, so that the charger's own authorization request is accepted.
    """
    payload = order.payload
    match order.action:
        case "RemoteStartTransaction":
            token, evse, start_id = payload["idTag"], payload.get("connectorId"), None
        case "RequestStartTransaction":
            token, evse, start_id = payload["idToken"]["idToken"], payload.get("evseId"), payload["remoteStartId"]
        case _:
            payload, hidden = queue.hide(payload)
            return CommandRequest(action=order.action, payload=payload, origin=origin, secret_encrypted=hidden)
    return CommandRequest(
        action=order.action, payload=payload, origin=origin, id_token=token, evse_number=evse, remote_start_id=start_id
    )


def accepted_list(charger: Charger) -> local_list.AcceptedList:
    """Returns the local list that the charger last accepted."""
    row = LocalList.objects.filter(charger=charger).first()
    return local_list.AcceptedList(row.version, row.entries) if row else local_list.AcceptedList()


def new_request_id() -> int:
    """Returns a number for remoteStartId and requestId that this charger has not seen recently (31 bits of
    milliseconds).
    """
    return time.time_ns() // 1_000_000 % 2**31


def convert_for_json(payload: Payload) -> Payload:
    """Converts a payload as JSON columns do: without Decimal and tuple."""
    plain_payload: Payload = json.loads(frames.dump_json(payload))
    return plain_payload


def reserve(charger: Charger, payload: Payload, command: Command, *, now: datetime) -> None:
    """Stores the reservation that the command asks for; replaces one of the same number."""
    is_16 = "reservationId" in payload
    token = payload["idTag"] if is_16 else payload["idToken"]["idToken"]
    until = fields.instant(payload["expiryDate" if is_16 else "expiryDateTime"])
    Reservation.objects.update_or_create(
        charger=charger,
        number=payload["reservationId" if is_16 else "id"],
        defaults={
            "evse_number": payload.get("connectorId" if is_16 else "evseId") or None,
            "id_token": token[:255],
            "until": until or now,
            "state": Reservation.State.REFUSED if command.state == "offline" else Reservation.State.ASKED,
            "command_id": command.pk,
            "created_at": now,
            "ended_at": now if command.state == "offline" else None,
            "transaction": None,
        },
    )


def _list_entries(charger: Charger, *, now: datetime) -> list[local_list.Entry]:
    cards = local_lists.cards(charger, now=now)
    return [
        local_list.Entry(card.uid, type=card.type, parent=card.parent, expires_at=card.expires_at) for card in cards
    ]


def _most_entries(charger: Charger, limits: Sequence[Limit]) -> int | None:
    """Returns the reported number of entries that the charger accepts in one message. A query for each limit."""
    for limit in limits:
        rows = charger.variables.filter(component=limit.component, name=limit.variable, attribute="Actual")
        row = rows.filter(instance=limit.instance).first()
        if row and (max_entries := fields.count(row.value)):
            return max_entries
    return None
