"""Assign chargers to properties, or sync with a PMS."""

from pathlib import Path
from typing import Final

from support.topics.details import Detail
from support.topics.topic import HOSTS, Priority, Queue, Topic, if_possible, needs

TOPIC: Final = Topic(
    number=8,
    code="assign",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title="Assign chargers to properties, or sync with a PMS",
    askers=HOSTS,
    priority=Priority.NORMAL,
    queue=Queue.HOSTS,
    symptoms=(
        "New charger installed and not appearing under the right property",
        "Chargers missing from the “network list”",
        "PMS (e.g., Guesty, Hospitable, Track) not syncing chargers or bookings",
    ),
    steps=(),
    requirements=(
        needs("Property name and address", Detail.PROPERTY),
        needs("Charger serial number and/or QR code photo", Detail.CHARGER_ID),
        if_possible("PMS name (if any)", Detail.PMS_NAME),
        needs("Whether the PMS integration has already been connected in OK2Charge", Detail.PMS_CONNECTED),
    ),
    review=(
        "Confirm that the charger is online and visible in the admin",
        "Property systems: is one connected, does it work, has each listing a unit?",
    ),
    action="Link the charger to the right property and unit; verify or complete the sync with the PMS.",
)
