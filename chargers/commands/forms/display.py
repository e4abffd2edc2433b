"""Messages on a charger's display (OCPP 2.0.1 O). Pure."""

from chargers.commands.forms.form import ONLY_2X, CommandForm, Input, Kind, Values, only_filled
from chargers.protocol.frames import Payload, Version

_PRIORITIES = (
    ("NormalCycle", "In turn with others"),
    ("InFront", "In front of others"),
    ("AlwaysFront", "Always in front"),
)
_STATES = (
    ("", "Always"),
    ("Idle", "While nobody charges"),
    ("Charging", "While somebody charges"),
    ("Unavailable", "While out of service"),
    ("Faulted", "While it has a fault"),
)


def _set(values: Values, _: Version) -> tuple[str, Payload]:
    content = only_filled(format="UTF8", language=values["language"], content=values["text"])
    message = only_filled(
        id=values["id"],
        priority=values["priority"],
        state=values["state"],
        endDateTime=values["until"],
        message=content,
    )
    return "SetDisplayMessage", {"message": message}


def _get(values: Values, _: Version) -> tuple[str, Payload]:
    return "GetDisplayMessages", {"requestId": values["request_id"]}


_ID = Input(name="id", label="Number of the message", kind=Kind.NUMBER, initial="1", hint="The same number replaces.")
OFFERS = (
    CommandForm(
        key="set_message",
        label="Show a message",
        says="A text on the charger's display.",
        inputs=lambda _: (
            Input(name="text", label="Text", kind=Kind.LONG, most=512),
            Input(name="language", label="Language", required=False, most=8, hint="Such as en or de."),
            Input(name="state", label="When", kind=Kind.CHOICE, required=False, choices=_STATES),
            Input(name="until", label="Until", kind=Kind.TIME, required=False),
            Input(name="priority", label="Place", kind=Kind.CHOICE, choices=_PRIORITIES),
            _ID,
        ),
        build=_set,
        versions=ONLY_2X,
    ),
    CommandForm(
        key="clear_message",
        label="Take a message off",
        says="Removes a message from the display.",
        inputs=lambda _: (_ID,),
        build=lambda values, _: ("ClearDisplayMessage", {"id": values["id"]}),
        versions=ONLY_2X,
    ),
    CommandForm(
        key="get_messages",
        label="List messages",
        says="The charger reports what it displays; that comes in as a message of its own.",
        build=_get,
        versions=ONLY_2X,
    ),
)
