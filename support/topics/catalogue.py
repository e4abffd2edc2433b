"""The topics, as the article on the most common questions has them, and one on receipts: symptoms, steps, required
details. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from chargers.lib.i18n import mark
from support.topics.details import FIELDS, Detail


class Asker(StrEnum):
    """Whose question it is."""

    GUEST = "guest"
    HOST = "host"


class Priority(StrEnum):
    """How soon somebody answers."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Queue(StrEnum):
    """The agents who answer."""

    CHARGING = "charging"
    BILLING = "billing"
    ACCOUNTS = "accounts"
    HOSTS = "hosts"
    PAYOUTS = "payouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What the article asks for in one of its lines: one of `any_of` will do; optional where it says "if".

    `article`: the line itself.
    """

    article: str
    any_of: tuple[Detail, ...]
    is_optional: bool = False

    @property
    def may_be_left_out(self) -> bool:
        """Also where only a file would do: somebody may have none."""
        return self.is_optional or all(FIELDS[detail].kind == "file" for detail in self.any_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `steps` are for the person who asks; `review` and `action` for the agent, in English."""

    number: int
    code: str
    title: str
    askers: frozenset[Asker]
    priority: Priority
    queue: Queue
    symptoms: tuple[str, ...]
    steps: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    review: tuple[str, ...]
    action: str


_GUEST, _HOST = frozenset({Asker.GUEST}), frozenset({Asker.HOST})
_BOTH = _GUEST | _HOST


def _needs(article: str, *any_of: Detail) -> Requirement:
    return Requirement(article=article, any_of=any_of)


def _if_possible(article: str, *any_of: Detail) -> Requirement:
    return Requirement(article=article, any_of=any_of, is_optional=True)


_OFFLINE: Final = Topic(
    number=1,
    code="offline",
    title=mark("The charger is offline or does not work"),
    askers=_BOTH,
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
        _needs("Property name and address", Detail.PROPERTY),
        _needs("Charger ID or a clear photo of the QR code", Detail.CHARGER_ID),
        _needs("Date and approximate time of your most recent attempt", Detail.ATTEMPTED_AT),
    ),
    review=("Check the charger remotely", "Confirm connectivity"),
    action="Advise the next steps.",
)
_NOT_CHARGING: Final = Topic(
    number=2,
    code="not_charging",
    title=mark("Plugged in, but the car does not charge or keeps stopping"),
    askers=_BOTH,
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
        _needs("Property name and charger ID/QR photo", Detail.PROPERTY),
        _needs("Property name and charger ID/QR photo", Detail.CHARGER_ID),
        _needs("Date/time of your latest attempt", Detail.ATTEMPTED_AT),
        _if_possible("Screenshot of any error (if available)", Detail.SCREENSHOT),
        _if_possible("Capture any app or vehicle error messages.", Detail.VEHICLE_MESSAGE),
    ),
    review=("Review the session’s log", "Review what the charger reported of faults"),
    action="Help to complete a session, and adjust the bill if appropriate.",
)
_NOT_ALLOWED: Final = Topic(
    number=3,
    code="not_allowed",
    title=mark("“Not allowed to use this charger” or “No permission”"),
    askers=_BOTH,
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
        _needs("Property name", Detail.PROPERTY),
        _needs("Photo or ID of the charger’s QR label", Detail.CHARGER_ID),
        _needs("Email/phone on your OK2Charge account", Detail.ACCOUNT_EMAIL),
    ),
    review=("Look up the last decisions and their reasons", "Compare the charger with the stay or the group"),
    action="Adjust the permissions if appropriate, then confirm that they can charge.",
)
_OVERCHARGED: Final = Topic(
    number=4,
    code="overcharged",
    title=mark("Charged too much, idle fee or refund"),
    askers=_BOTH,
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
        _needs("Property name", Detail.PROPERTY),
        _needs("Date and approximate time of the session(s)", Detail.ATTEMPTED_AT),
        _needs("Amount(s) charged", Detail.AMOUNT),
        _needs("Last 4 digits of the payment card used", Detail.LAST4),
    ),
    review=("Review kWh, duration and idle time", "Check the configured rate and the posted price"),
    action="Refund part or all of it if a mischarge is confirmed, and send a confirmation.",
)
_EXPENSIVE: Final = Topic(
    number=5,
    code="expensive",
    title=mark("Why is this session so expensive?"),
    askers=_BOTH,
    priority=Priority.NORMAL,
    queue=Queue.BILLING,
    symptoms=("Session amount appears higher than the posted rate", "User asks “How was this charge calculated?”"),
    steps=(),
    requirements=(
        _needs("Property name", Detail.PROPERTY),
        _if_possible("Charger ID/QR photo (if possible)", Detail.CHARGER_ID),
        _needs("Date and time of the session", Detail.ATTEMPTED_AT),
        _needs("Total amount charged", Detail.AMOUNT),
    ),
    review=("Connection fees", "Energy charged (kWh × rate)", "Any idle fees", "Taxes and processing fees"),
    action="Reply with the breakdown by line, and correct the bill where it does not match the configuration.",
)
_ACCOUNT: Final = Topic(
    number=6,
    code="cancel",
    title=mark("Cancel a subscription, delete an account or remove a card"),
    askers=_GUEST,
    priority=Priority.NORMAL,
    queue=Queue.ACCOUNTS,
    symptoms=("Moving away from a property", "No longer using the service", "Wanting to remove a saved credit card"),
    steps=(mark("In your account you can cancel a plan and remove a payment card yourself."),),
    requirements=(
        _needs("Email/phone on your OK2Charge account", Detail.ACCOUNT_EMAIL),
        _needs("Cancel subscription only, or", Detail.CANCEL_OR_DELETE),
        _needs("Delete the account and associated data", Detail.CANCEL_OR_DELETE),
    ),
    review=("Verify the person’s identity",),
    action="Stop recurring charges, and change account and cards according to the policy.",
)
_DETAILS: Final = Topic(
    number=7,
    code="change_email",
    title=mark("Change your e-mail address or account details"),
    askers=_BOTH,
    priority=Priority.NORMAL,
    queue=Queue.ACCOUNTS,
    symptoms=("Using a new work or personal email", "Transferring account access to a new contact"),
    steps=(mark("Best ask while you are logged in to your account: we need no other proof then."),),
    requirements=(
        _needs("Current account email", Detail.ACCOUNT_EMAIL),
        _needs("New email address you want to use", Detail.NEW_EMAIL),
        _if_possible(
            "support may ask for an additional verification detail (e.g., recent session date, last 4 digits of card)",
            Detail.LAST4,
            Detail.ATTEMPTED_AT,
        ),
    ),
    review=("Verify the person: their address, a recent session or the last four digits of the card",),
    action="Update the address, and confirm when the change is complete.",
)
_ASSIGN: Final = Topic(
    number=8,
    code="assign",
    title="Assign chargers to properties, or sync with a PMS",
    askers=_HOST,
    priority=Priority.NORMAL,
    queue=Queue.HOSTS,
    symptoms=(
        "New charger installed and not appearing under the right property",
        "Chargers missing from the “network list”",
        "PMS (e.g., Guesty, Hospitable, Track) not syncing chargers or bookings",
    ),
    steps=(),
    requirements=(
        _needs("Property name and address", Detail.PROPERTY),
        _needs("Charger serial number and/or QR code photo", Detail.CHARGER_ID),
        _if_possible("PMS name (if any)", Detail.PMS_NAME),
        _needs("Whether the PMS integration has already been connected in OK2Charge", Detail.PMS_CONNECTED),
    ),
    review=(
        "Confirm that the charger is online and visible in the admin",
        "Property systems: is one connected, does it work, has each listing a unit?",
    ),
    action="Link the charger to the right property and unit; verify or complete the sync with the PMS.",
)
_CANNOT_START: Final = Topic(
    number=9,
    code="cannot_start",
    title=mark("A charge cannot be started: errors of the QR code or the app"),
    askers=_BOTH,
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
        _needs("Screenshot of the error", Detail.SCREENSHOT),
        _needs("Property name and charger ID/QR photo", Detail.PROPERTY),
        _needs("Property name and charger ID/QR photo", Detail.CHARGER_ID),
        _needs("Date/time of the guest’s latest attempt", Detail.ATTEMPTED_AT),
    ),
    review=("Review the charger’s status and configuration", "Review the guest’s authorization"),
    action="Advise how to proceed, or start a host or override session where appropriate.",
)
_PAYOUTS: Final = Topic(
    number=10,
    code="payouts",
    title="Payouts, reports and usage history",
    askers=_HOST,
    priority=Priority.NORMAL,
    queue=Queue.PAYOUTS,
    symptoms=(
        "Payouts don’t seem to match dashboard activity",
        "“Failed payouts” showing",
        "Need annual statements or detailed usage history",
        "Questions about dashboard metrics",
    ),
    steps=(),
    requirements=(
        _needs("Account or property name", Detail.PROPERTY),
        _needs("Payout ID(s) or the date range in question", Detail.PAYOUT_ID, Detail.STATEMENT_PERIOD),
        _if_possible("Any specific amounts you’d like reconciled", Detail.AMOUNT),
    ),
    review=("Reconcile sessions and net revenue with bank payouts",),
    action="Explain the differences (fees, thresholds, timing), and send CSV or statements for the period.",
)
_RECEIPT: Final = Topic(
    number=11,
    code="receipt",
    title=mark("Find a receipt, or have it sent again"),
    askers=_BOTH,
    priority=Priority.NORMAL,
    queue=Queue.BILLING,
    symptoms=("The receipt did not arrive", "The link of the session’s page is lost", "An invoice is needed"),
    steps=(
        mark("The receipt is e-mailed when the session has ended. Check your spam folder, too."),
        mark("It is also on your session’s page. “Find your session again” e-mails you the link to that page."),
    ),
    requirements=(
        _needs("Station ID", Detail.CHARGER_ID),
        _needs("Date and approximate time of the session", Detail.ATTEMPTED_AT),
        _needs("Last 4 digits of the payment card used", Detail.LAST4),
    ),
    review=("Find the session, and verify the person", "See where its receipt was mailed, and whether that failed"),
    action="Send the receipt once more, or correct the address first.",
)
TOPICS: Final[Mapping[int, Topic]] = MappingProxyType(
    {
        topic.number: topic
        for topic in (
            _OFFLINE, _NOT_CHARGING, _NOT_ALLOWED, _OVERCHARGED, _EXPENSIVE,
            _ACCOUNT, _DETAILS, _ASSIGN, _CANNOT_START, _PAYOUTS,
            _RECEIPT,
        )
    }
)  # fmt: skip


def _in_queue(queue: Queue) -> frozenset[int]:
    return frozenset(topic.number for topic in TOPICS.values() if topic.queue is queue)


CHARGING: Final = _in_queue(Queue.CHARGING)
BILLING: Final = _in_queue(Queue.BILLING) - {_RECEIPT.number}
ACCOUNTS: Final = _in_queue(Queue.ACCOUNTS)
PAYOUTS: Final = _PAYOUTS.number
"""The numbers of the topics about a charger that is stood at, about bills, and about accounts."""
RECEIPT: Final = _RECEIPT.number
PAID: Final = BILLING | {RECEIPT}
"""About a session that was paid for, recently or not."""


def of_asker(asker: Asker) -> list[Topic]:
    """The topics that this kind of person may have."""
    return [topic for topic in TOPICS.values() if asker in topic.askers]


def missing(topic: Topic, *, known_details: Collection[Detail]) -> list[Requirement]:
    """What is still to be asked, each detail once: what is optional comes last."""
    requirements: list[Requirement] = []
    asked: set[tuple[Detail, ...]] = set()
    for requirement in sorted(topic.requirements, key=lambda requirement: requirement.is_optional):
        if requirement.any_of not in asked and not set(requirement.any_of) & set(known_details):
            asked.add(requirement.any_of)
            requirements.append(requirement)
    return requirements
