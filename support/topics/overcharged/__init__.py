"""Charged too much, idle fee or refund."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=4,
    code="overcharged",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Charged too much, idle fee or refund"),
    askers=EVERYBODY,
    priority=Priority.NORMAL,
    queue=Queue.BILLING,
    symptoms=(
        "Charge amount is higher than expected",
        "Idle fees applied when the car was not truly idle",
        "Multiple connection fees after failed attempts",
    ),
    steps=(
        mark("The connection fee is charged once when a session starts, where there is one."),
        mark("Energy is charged in kilowatt-hours at the rate of the place."),
        mark("An idle fee may be due while the car stays plugged in after charging has ended."),
        mark("Taxes and fees depend on the place."),
    ),
    requirements=(
        needs("Property name", Detail.PROPERTY),
        needs("Date and approximate time of the session(s)", Detail.ATTEMPTED_AT),
        needs("Amount(s) charged", Detail.AMOUNT),
        needs("Last 4 digits of the payment card used", Detail.LAST4),
    ),
    review=("Review kWh, duration and idle time", "Check the configured rate and the posted price"),
    action="Refund part or all of it if a mischarge is confirmed, and send a confirmation.",
)
