"""Start, stop, unlock, reserve, and the cost of a session. Pure."""

from chargers.commands.builder import Details, UsualAction, of_version
from chargers.commands.forms.form import (
    CARD,
    FREE_EVSE,
    ONE_EVSE,
    ONLY_2X,
    CommandForm,
    Input,
    Kind,
    Values,
    only_filled,
)
from chargers.protocol.frames import Payload, Version

_RUNNING = Input(name="transaction_id", label="Session", kind=Kind.TRANSACTION, most=255)


def token(uid: str) -> Payload:
    """Returns a card as OCPP 2.x names it; tokens in our orders have the type Central."""
    return {"idToken": uid, "type": "Central"}


def _start(values: Values, version: Version) -> tuple[str, Payload]:
    details = Details(evse_number=values["evse"], uid=values["uid"], remote_start_id=values["request_id"])
    return of_version(UsualAction.START, details, version=version)


def _stop(values: Values, version: Version) -> tuple[str, Payload]:
    return of_version(UsualAction.STOP, Details(transaction_id=values["transaction_id"]), version=version)


def _unlock(values: Values, version: Version) -> tuple[str, Payload]:
    return of_version(UsualAction.UNLOCK, Details(evse_number=values["evse"]), version=version)


def _reserve(values: Values, version: Version) -> tuple[str, Payload]:
    number, uid, until = values["request_id"], values["uid"], values["until"]
    if version is Version.V16:
        return "ReserveNow", only_filled(
            connectorId=values["evse"] or 0, expiryDate=until, idTag=uid, reservationId=number
        )
    return "ReserveNow", only_filled(id=number, expiryDateTime=until, idToken=token(uid), evseId=values["evse"])


def _cancel(values: Values, _: Version) -> tuple[str, Payload]:
    return "CancelReservation", {"reservationId": values["number"]}


def _status(values: Values, _: Version) -> tuple[str, Payload]:
    return "GetTransactionStatus", only_filled(transactionId=values["transaction_id"])


def _cost(values: Values, _: Version) -> tuple[str, Payload]:
    return "CostUpdated", {"totalCost": values["cost"], "transactionId": values["transaction_id"]}


OFFERS = (
    CommandForm(
        key="start",
        label="Start a session",
        says="Asks the charger to start for a card: OCPP’s remote start. A card that nobody knows may start too; "
        "nobody pays for that session.",
        inputs=lambda _: (CARD, FREE_EVSE),
        build=_start,
    ),
    CommandForm(
        key="stop",
        label="Stop a session",
        says="Ends a running session. The cable stays locked until the driver unplugs.",
        inputs=lambda _: (_RUNNING,),
        build=_stop,
    ),
    CommandForm(
        key="unlock",
        label="Unlock a connector",
        says="Releases a cable that is stuck.",
        inputs=lambda _: (ONE_EVSE,),
        build=_unlock,
    ),
    CommandForm(
        key="reserve",
        label="Reserve",
        says="Keeps a connector for a card until a time.",
        inputs=lambda _: (
            CARD,
            Input(name="evse", label="Connector", kind=Kind.EVSE, required=False),
            Input(name="until", label="Until", kind=Kind.TIME),
        ),
        build=_reserve,
    ),
    CommandForm(
        key="cancel_reservation",
        label="Cancel a reservation",
        says="Frees a connector that was reserved.",
        inputs=lambda _: (Input(name="number", label="Reservation", kind=Kind.NUMBER, hint="Its number, see below."),),
        build=_cancel,
    ),
    CommandForm(
        key="transaction_status",
        label="Ask about a session",
        says="Does it still run, and are messages about it waiting to be delivered?",
        inputs=lambda _: (
            Input(name="transaction_id", label="Session", kind=Kind.TRANSACTION, required=False, most=36),
        ),
        build=_status,
        versions=ONLY_2X,
    ),
    CommandForm(
        key="cost",
        label="Show the running cost",
        says="Puts the cost so far on the charger's display.",
        inputs=lambda _: (_RUNNING, Input(name="cost", label="Cost so far", kind=Kind.DECIMAL)),
        build=_cost,
        versions=ONLY_2X,
    ),
)
