"""Sentences about sessions: why nothing is due, why it waits or is in review, and why its rate applies. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark


class SessionCode(StrEnum):
    """Codes of sentences about sessions. The part before the dot is the subject."""

    NOT_STARTED = "session.not_started"
    """Followed by the outcome of the order."""
    START_REFUSED = "session.start_refused"
    NOT_IN_TIME = "session.not_in_time"
    CANCELLED = "session.cancelled"
    TAKEN_MEANWHILE = "session.taken_meanwhile"
    OCCUPIED = "session.occupied"
    PAID_FIRST = "session.paid_first"
    WAIVED = "session.waived"
    START_LOST = "session.start_lost"
    CARD_REFUSED = "session.card_refused"
    NO_CARD = "session.no_card"
    HOST_GIVES = "session.host_gives"
    NO_METER_VALUE = "session.no_meter_value"
    NOTHING_BILLED = "session.nothing_billed"
    """Followed by the reason why there was no rate."""
    NO_ENERGY_BEFORE = "session.no_energy_before"
    TOO_LITTLE_BEFORE = "session.too_little_before"
    """For sessions from before these were whole sentences."""
    NO_RATE_FOR_GUESTS = "rate.none.guest"
    NO_RATE_FOR_MEMBERS = "rate.none.member"
    NO_RATE_FOR_ROAMING = "rate.none.roaming"
    NO_RATE_FOR_REIMBURSED = "rate.none.reimbursement"
    NO_RATE_AT = "rate.none_at"
    ASSIGNED = "rate.assigned"
    ASSIGNED_BY_PRIORITY = "rate.assigned_by_priority"
    BEFORE = "rate.before"
    BEFORE_MORE = "rate.before_more"
    BEATEN = "rate.beaten"
    EARLIEST = "rate.earliest"
    LED_ELSEWHERE = "rate.led_elsewhere"
    ANY_CARD = "rate.any_card"
    HOME = "rate.home"
    GUESTS = "people.guest"
    MEMBERS = "people.member"
    ROAMING = "people.roaming"
    REIMBURSED = "people.reimbursement"
    OF_GROUP = "people.of_group"
    OF_PROVIDER = "people.of_provider"
    FOR_GUESTS = "for.guest"
    FOR_MEMBERS = "for.member"
    FOR_ROAMING = "for.roaming"
    FOR_REIMBURSED = "for.reimbursement"
    FOR_GROUP = "for.of_group"
    FOR_PROVIDER = "for.of_provider"
    AT_PROPERTY = "at.property"
    AT_CHARGER = "at.charger"
    AT_CONNECTOR = "at.connector"


PATTERNS: Final[Mapping[str, str]] = {
    SessionCode.NOT_STARTED: mark("Charging could not be started."),
    SessionCode.START_REFUSED: mark("This charger refused the start."),
    SessionCode.NOT_IN_TIME: mark(
        "Charging did not begin in time: the plug was not connected, or the payment not finished."
    ),
    SessionCode.CANCELLED: mark("You cancelled before charging began."),
    SessionCode.TAKEN_MEANWHILE: mark("Somebody else began to charge at this connector while you paid."),
    SessionCode.OCCUPIED: mark("Another guest is using this connector, or about to."),
    SessionCode.PAID_FIRST: mark(
        "This connector was paid for a moment before. If that was you in another window, go on there: "
        "you have paid only once."
    ),
    SessionCode.WAIVED: mark("Waived: %(reason)s"),
    SessionCode.START_LOST: mark("The charger never reported the start of this session."),
    SessionCode.CARD_REFUSED: mark("The charger gave energy to a card that is refused here."),
    SessionCode.NO_CARD: mark("The charger gave energy, and no card was presented."),
    SessionCode.HOST_GIVES: mark("Support started this session, and the host pays for it."),
    SessionCode.NO_METER_VALUE: mark("The charger reported no meter value: nothing is billed."),
    SessionCode.NOTHING_BILLED: mark("Nothing is billed."),
    SessionCode.NO_ENERGY_BEFORE: mark("no energy flowed: nothing is billed"),
    SessionCode.TOO_LITTLE_BEFORE: mark("%(energy)s Wh is less than the %(least)s Wh from which a session is billed"),
    SessionCode.NO_RATE_FOR_GUESTS: mark("Guests have no rate at charger %(charger)s."),
    SessionCode.NO_RATE_FOR_MEMBERS: mark("Members have no rate at charger %(charger)s."),
    SessionCode.NO_RATE_FOR_ROAMING: mark("Roaming drivers have no rate at charger %(charger)s."),
    SessionCode.NO_RATE_FOR_REIMBURSED: mark("Reimbursed employees have no rate at charger %(charger)s."),
    SessionCode.NO_RATE_AT: "%(people)s have no rate at %(place)s.",
    SessionCode.ASSIGNED: "%(people)s pay “%(rate)s”, version %(number)s, assigned to %(place)s.",
    SessionCode.ASSIGNED_BY_PRIORITY: (
        "%(people)s pay “%(rate)s”, version %(number)s, assigned to %(place)s, with priority %(priority)s."
    ),
    SessionCode.BEFORE: "It goes before %(beaten)s.",
    SessionCode.BEFORE_MORE: "It goes before %(beaten)s and %(more)s more.",
    SessionCode.BEATEN: "“%(rate)s” for %(people)s at %(place)s",
    SessionCode.EARLIEST: "No version was in force when the session began, so the first one holds.",
    SessionCode.LED_ELSEWHERE: "%(upstream)s leads this charger and bills this session; we do not.",
    SessionCode.ANY_CARD: "The charger is set to accept any card: charging costs nothing.",
    SessionCode.HOME: ("%(employer)s pays back %(price)s for each kWh, by the contract “%(contract)s” from %(since)s."),
    SessionCode.GUESTS: "Guests",
    SessionCode.MEMBERS: "Members",
    SessionCode.ROAMING: "Roaming drivers",
    SessionCode.REIMBURSED: "Employees (reimbursed)",
    SessionCode.OF_GROUP: "Members of %(group)s",
    SessionCode.OF_PROVIDER: "Drivers of %(provider)s",
    SessionCode.FOR_GUESTS: "guests",
    SessionCode.FOR_MEMBERS: "members",
    SessionCode.FOR_ROAMING: "roaming drivers",
    SessionCode.FOR_REIMBURSED: "reimbursed employees",
    SessionCode.FOR_GROUP: "members of %(group)s",
    SessionCode.FOR_PROVIDER: "drivers of %(provider)s",
    SessionCode.AT_PROPERTY: "all chargers of %(property)s",
    SessionCode.AT_CHARGER: "charger %(station)s",
    SessionCode.AT_CONNECTOR: "connector %(connector)s of charger %(station)s",
}
