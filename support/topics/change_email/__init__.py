"""Change your e-mail address or account details."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, if_possible, needs

TOPIC: Final = Topic(
    number=7,
    code="change_email",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Change your e-mail address or account details"),
    askers=EVERYBODY,
    priority=Priority.NORMAL,
    queue=Queue.ACCOUNTS,
    symptoms=("Using a new work or personal email", "Transferring account access to a new contact"),
    steps=(mark("Best ask while you are logged in to your account: we need no other proof then."),),
    requirements=(
        needs("Current account email", Detail.ACCOUNT_EMAIL),
        needs("New email address you want to use", Detail.NEW_EMAIL),
        if_possible(
            "support may ask for an additional verification detail (e.g., recent session date, last 4 digits of card)",
            Detail.LAST4,
            Detail.ATTEMPTED_AT,
        ),
    ),
    review=("Verify the person: their address, a recent session or the last four digits of the card",),
    action="Update the address, and confirm when the change is complete.",
)
