"""Effects of charger answers to our commands. Runs inside the journal's transaction and only writes rows."""

from datetime import datetime

from chargers.commands import reservations, splitting
from chargers.commands.forms import local_list
from chargers.commands.results import CommandResult, Result
from chargers.fleet import presence
from chargers.fleet.history import VariableFacts
from chargers.journal.connection import Connection, Outgoing
from chargers.models import Charger, Command, LocalList, Variable
from chargers.protocol import fields
from chargers.protocol.frames import Payload, Version
from chargers.recovery import lost_messages
from chargers.text.masking import is_secret

_FOLLOWED = frozenset(
    ("SendLocalList", "GetLocalListVersion", "ReserveNow", "CancelReservation", "ChangeConfiguration", "SetVariables",
     "GetTransactionStatus")
)  # fmt: skip


def apply_answer(
    connection: Connection, outgoing: Outgoing, outcome: CommandResult, reply: Payload, *, now: datetime
) -> None:
    """Applies the answer to our record of the charger: its list, its reservations, its settings."""
    if outgoing.action not in _FOLLOWED:
        return
    charger, version = connection.charger, connection.version
    command = Command.objects.get(pk=outgoing.command_id)
    accepted = outcome.result is Result.ACCEPTED
    max_entries, start = command.items_per_message, command.answered_items
    payload = splitting.part(command.action, command.payload, start=start, max_entries=max_entries)
    match outgoing.action:
        case "SendLocalList":
            _list_sent(charger, payload, accepted=accepted, version=version, now=now)
        case "GetLocalListVersion":
            _list_version_reported(charger, reply, now=now)
        case "ReserveNow":
            number = command.payload.get("reservationId", command.payload.get("id"))
            reservations.record_answer(charger, number, accepted=accepted, now=now)
        case "CancelReservation" if accepted:
            reservations.cancel(charger, command.payload["reservationId"], now=now)
        case "ChangeConfiguration" if accepted:
            changed = VariableFacts(component="", name=command.payload["key"], value=command.payload["value"])
            _store_new_values(charger, [changed], origin=command.origin, now=now)
        case "SetVariables":
            _store_new_values(charger, _set(payload, reply), origin=command.origin, now=now)
        case "GetTransactionStatus":
            lost_messages.handle_answer(charger, command.payload.get("transactionId", ""), reply, now=now)


def apply_error(connection: Connection, outgoing: Outgoing, *, now: datetime) -> None:
    """Handles an error as the answer: a requested reservation is refused."""
    if outgoing.action == "ReserveNow":
        payload = Command.objects.values_list("payload", flat=True).get(pk=outgoing.command_id)
        number = payload.get("reservationId", payload.get("id"))
        reservations.record_answer(connection.charger, number, accepted=False, now=now)


def reservation_ended(charger: Charger, payload: Payload, *, now: datetime) -> None:
    """Ends a reservation that the charger reports as expired or removed (OCPP 2.0.1 H04)."""
    number = fields.count(payload.get("reservationId"))
    if number is None:
        return
    if payload.get("reservationUpdateStatus") == "Expired":
        reservations.expire(charger, number, now=now)
    else:
        reservations.cancel(charger, number, now=now)


def _list_sent(charger: Charger, payload: Payload, *, accepted: bool, version: Version, now: datetime) -> None:
    if not accepted:
        return
    row = LocalList.objects.filter(charger=charger).first()
    accepted_list = local_list.AcceptedList(row.version, row.entries) if row else local_list.AcceptedList()
    after = local_list.apply_to_accepted(payload, accepted_list, version=version)
    values = {"version": after.version, "entries": after.entries, "accepted_at": now}
    LocalList.objects.update_or_create(charger=charger, defaults=values)


def _list_version_reported(charger: Charger, reply: Payload, *, now: datetime) -> None:
    """Stores the reported list version. If it is not ours, the entries are unknown."""
    number = fields.count(reply.get("listVersion", reply.get("versionNumber")))
    if not number:
        LocalList.objects.filter(charger=charger).delete()
        return
    if not LocalList.objects.filter(charger=charger, version=number).exists():
        values = {"version": number, "entries": {}, "accepted_at": now}
        LocalList.objects.update_or_create(charger=charger, defaults=values)


def _set(payload: Payload, reply: Payload) -> list[VariableFacts]:
    """Returns the values of a SetVariables that the charger accepted, matched by their names."""
    accepted_keys = {
        _variable_key(result)
        for result in fields.entries(reply.get("setVariableResult"))
        if result.get("attributeStatus") in {"Accepted", "RebootRequired"}
    }
    return [_facts(change) for change in payload["setVariableData"] if _variable_key(change) in accepted_keys]


def _variable_key(variable_data: Payload) -> tuple[object, ...]:
    component, variable = fields.section(variable_data, "component"), fields.section(variable_data, "variable")
    evse = fields.section(component, "evse")
    return (
        component.get("name"),
        component.get("instance"),
        evse.get("id"),
        evse.get("connectorId"),
        variable.get("name"),
        variable.get("instance"),
        variable_data.get("attributeType") or "Actual",
    )


def _facts(variable_data: Payload) -> VariableFacts:
    component, variable = fields.section(variable_data, "component"), fields.section(variable_data, "variable")
    evse = fields.section(component, "evse")
    return VariableFacts(
        component=component["name"],
        name=variable["name"],
        value=variable_data["attributeValue"],
        component_instance=component.get("instance", ""),
        instance=variable.get("instance", ""),
        attribute=variable_data.get("attributeType", "Actual"),
        evse_number=evse.get("id"),
        connector_number=evse.get("connectorId"),
    )


def _store_new_values(charger: Charger, reported: list[VariableFacts], *, origin: str, now: datetime) -> None:
    """Stores the new values with their known mutability, except values that the charger keeps secret."""
    new_values = []
    for facts in reported:
        row = _row_of(charger, facts)
        if is_secret(facts.name) or (row is not None and row.mutability == "WriteOnly"):
            continue
        new_values.append(_copy_with_mutability(facts, row))
    if new_values:
        presence.report_variables(charger, new_values, now=now, origin=origin)


def _copy_with_mutability(facts: VariableFacts, row: Variable | None) -> VariableFacts:
    mutability = row.mutability if row else "ReadWrite"
    return VariableFacts(
        component=facts.component,
        name=facts.name,
        value=facts.value,
        mutability=mutability,
        component_instance=facts.component_instance,
        instance=facts.instance,
        attribute=facts.attribute,
        evse_number=facts.evse_number,
        connector_number=facts.connector_number,
    )


def _row_of(charger: Charger, facts: VariableFacts) -> Variable | None:
    return Variable.objects.filter(
        charger=charger,
        component=facts.component,
        component_instance=facts.component_instance,
        name=facts.name,
        instance=facts.instance,
        attribute=facts.attribute,
        evse_number=facts.evse_number,
        connector_number=facts.connector_number,
    ).first()
