"""Why a session is so expensive."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, if_possible, needs

TOPIC: Final = Topic(
    number=5,
    code="expensive",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Why is this session so expensive?"),
    askers=EVERYBODY,
    priority=Priority.NORMAL,
    queue=Queue.BILLING,
    symptoms=("Session amount appears higher than the posted rate", "User asks “How was this charge calculated?”"),
    steps=(),
    requirements=(
        needs("Property name", Detail.PROPERTY),
        if_possible("Charger ID/QR photo (if possible)", Detail.CHARGER_ID),
        needs("Date and time of the session", Detail.ATTEMPTED_AT),
        needs("Total amount charged", Detail.AMOUNT),
    ),
    review=("Connection fees", "Energy charged (kWh × rate)", "Any idle fees", "Taxes and processing fees"),
    action="Reply with the breakdown by line, and correct the bill where it does not match the configuration.",
)
