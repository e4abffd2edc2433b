"""The charger is offline or does not work."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=1,
    code="offline",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("The charger is offline or does not work"),
    askers=EVERYBODY,
    priority=Priority.HIGH,
    queue=Queue.CHARGING,
    symptoms=(
        "App shows charger as “Offline” or “Error loading the charger”",
        "Charger won’t start a session",
        "Property dashboard shows charger offline",
    ),
    steps=(
        mark("Check that the breaker is on, and whether any light of the charger is lit."),
        mark("Turn the breaker off for 1 to 2 minutes, turn it on again, and wait until the charger has started."),
        mark("Check that the internet at the place works, and that the charger is in the right network."),
    ),
    requirements=(
        needs("Property name and address", Detail.PROPERTY),
        needs("Charger ID or a clear photo of the QR code", Detail.CHARGER_ID),
        needs("Date and approximate time of your most recent attempt", Detail.ATTEMPTED_AT),
    ),
    review=("Check the charger remotely", "Confirm connectivity"),
    action="Advise the next steps.",
)
