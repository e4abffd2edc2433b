"""Cancel a subscription, delete an account or remove a card."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import GUESTS, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=6,
    code="cancel",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("Cancel a subscription, delete an account or remove a card"),
    askers=GUESTS,
    priority=Priority.NORMAL,
    queue=Queue.ACCOUNTS,
    symptoms=("Moving away from a property", "No longer using the service", "Wanting to remove a saved credit card"),
    steps=(mark("In your account you can cancel a plan and remove a payment card yourself."),),
    requirements=(
        needs("Email/phone on your OK2Charge account", Detail.ACCOUNT_EMAIL),
        needs("Cancel subscription only, or", Detail.CANCEL_OR_DELETE),
        needs("Delete the account and associated data", Detail.CANCEL_OR_DELETE),
    ),
    review=("Verify the person’s identity",),
    action="Stop recurring charges, and change account and cards according to the policy.",
)
