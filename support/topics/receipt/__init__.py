"""Find a receipt, or have it sent again."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=11,
    code="receipt",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Find a receipt, or have it sent again"),
    askers=EVERYBODY,
    priority=Priority.NORMAL,
    queue=Queue.BILLING,
    symptoms=("The receipt did not arrive", "The link of the session’s page is lost", "An invoice is needed"),
    steps=(
        mark("The receipt is e-mailed when the session has ended. Check your spam folder, too."),
        mark("It is also on your session’s page. “Find your session again” e-mails you the link to that page."),
    ),
    requirements=(
        needs("Station ID", Detail.CHARGER_ID),
        needs("Date and approximate time of the session", Detail.ATTEMPTED_AT),
        needs("Last 4 digits of the payment card used", Detail.LAST4),
    ),
    review=("Find the session, and verify the person", "See where its receipt was mailed, and whether that failed"),
    action="Send the receipt once more, or correct the address first.",
)
