"""A charge cannot be started: errors of the QR code or the app."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=9,
    code="cannot_start",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("A charge cannot be started: errors of the QR code or the app"),
    askers=EVERYBODY,
    priority=Priority.HIGH,
    queue=Queue.CHARGING,
    symptoms=(
        "“Error loading the charger” after scanning QR",
        "QR scanner in app doesn’t work, or only works via phone camera",
        "App won’t progress after payment step",
    ),
    steps=(
        mark("Use the official app or this site, not somebody else’s page."),
        mark("Scan the code on the charger itself, not a photo or a screenshot of it."),
        mark("Close and reopen the app or browser, scan again and follow the steps."),
    ),
    requirements=(
        needs("Screenshot of the error", Detail.SCREENSHOT),
        needs("Property name and charger ID/QR photo", Detail.PROPERTY),
        needs("Property name and charger ID/QR photo", Detail.CHARGER_ID),
        needs("Date/time of the guest’s latest attempt", Detail.ATTEMPTED_AT),
    ),
    review=("Review the charger’s status and configuration", "Review the guest’s authorization"),
    action="Advise how to proceed, or start a host or override session where appropriate.",
)
