"""“Not allowed to use this charger” or “No permission”."""

from pathlib import Path
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import Detail
from support.topics.topic import EVERYBODY, Priority, Queue, Topic, needs

TOPIC: Final = Topic(
    number=3,
    code="not_allowed",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title=mark("“Not allowed to use this charger” or “No permission”"),
    askers=EVERYBODY,
    priority=Priority.HIGH,
    queue=Queue.CHARGING,
    symptoms=(
        "App message: “Not allowed to use this charger”",
        "“No permission” or “Access denied” when scanning the QR code",
    ),
    steps=(
        mark("Log in, and make sure that your account is complete."),
        mark("Scan the code of the charger that you really stand at."),
        mark("If the charger is for residents or guests only, ask the property whether you should have access."),
    ),
    requirements=(
        needs("Property name", Detail.PROPERTY),
        needs("Photo or ID of the charger’s QR label", Detail.CHARGER_ID),
        needs("Email/phone on your OK2Charge account", Detail.ACCOUNT_EMAIL),
    ),
    review=("Look up the last decisions and their reasons", "Compare the charger with the stay or the group"),
    action="Adjust the permissions if appropriate, then confirm that they can charge.",
)
