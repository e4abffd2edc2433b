"""Plugged in, but the car does not charge or keeps stopping."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, if_possible, needs

TOPIC: Final = Topic(
    number=2,
    code="not_charging",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Plugged in, but the car does not charge or keeps stopping"),
    askers=EVERYBODY,
    priority=Priority.HIGH,
    queue=Queue.CHARGING,
    symptoms=(
        "Car and charger are connected but no energy flows",
        "The car reports “charging unsuccessful”",
        "Session starts then stops after a few minutes",
        "Charger is beeping or shows unusual lights",
    ),
    steps=(
        mark("Push the plug all the way into the car. The car must be in Park and ready to charge."),
        mark("Stop the session, unplug, wait 30 seconds, plug in again and start anew."),
        mark("Note the colour and pattern of the lights, and every message of the car or on your phone."),
    ),
    requirements=(
        needs("Property name and charger ID/QR photo", Detail.PROPERTY),
        needs("Property name and charger ID/QR photo", Detail.CHARGER_ID),
        needs("Date/time of your latest attempt", Detail.ATTEMPTED_AT),
        if_possible("Screenshot of any error (if available)", Detail.SCREENSHOT),
        if_possible("Capture any app or vehicle error messages.", Detail.VEHICLE_MESSAGE),
    ),
    review=("Review the session’s log", "Review what the charger reported of faults"),
    action="Help to complete a session, and adjust the bill if appropriate.",
)
