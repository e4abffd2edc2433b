"""Reasons about a guest whose phone is the key of a stay: too early, too late, cancelled, unknown. Pure."""

from authorization.decide.reasons.parts import (
    ENTER_BOOKING,
    OPEN_PROPERTY,
    OPEN_STAYS,
    Advice,
    JudgedBy,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

_MOVED = NextStep(
    _("Compare the dates of the stay with your booking system, and correct them if they moved."), OPEN_STAYS
)

STAY_NOT_BEGUN = Reason(
    code="stay_not_begun",
    title=_("Your stay has not begun"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisTime"),
    remedies=(Remedy.HOST, Remedy.DRIVER),
    guest=Advice(
        meaning=_("Your booking opens this charger, but only from shortly before check-in on."),
        next_steps=(
            NextStep(_("Come back at the time above. This phone is recognised then; you need not enter anything.")),
            NextStep(_("Arriving early? Ask the host to let you check in earlier: the charger opens with it.")),
        ),
    ),
    host=Advice(
        meaning=_("A guest of a booking asked to charge before their time at the property began."),
        next_steps=(
            NextStep(
                _("Let them check in earlier in your booking system, or set more minutes before check-in."), OPEN_STAYS
            ),
            _MOVED,
        ),
    ),
    agent=Advice(
        meaning=_("The phone is the key of a stay that covers this charger; its window lies ahead of the attempt."),
        next_steps=(
            NextStep(_("Look for a change of the booking that its system has not sent yet."), OPEN_STAYS),
            NextStep(_("Check the property's time zone if the guest is off by whole hours."), OPEN_PROPERTY),
        ),
    ),
)

STAY_OVER = Reason(
    code="stay_over",
    title=_("Your stay has ended"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisTime"),
    remedies=(Remedy.HOST, Remedy.DRIVER),
    guest=Advice(
        meaning=_("Your booking opened this charger until shortly after check-out. A session that runs goes on."),
        next_steps=(
            NextStep(_("Leaving late? Ask the host to extend your stay: the charger opens with it.")),
            NextStep(_("A new booking? Enter its code or the digits again."), ENTER_BOOKING),
        ),
    ),
    host=Advice(
        meaning=_("A guest asked to start after their stay had ended. Sessions that ran at its end went on."),
        next_steps=(
            NextStep(
                _("Extend the booking in your system, or set more minutes after check-out, if they may."), OPEN_STAYS
            ),
            _MOVED,
        ),
    ),
    agent=Advice(
        meaning=_("The phone is the key of a stay that covers this charger; its window lies before the attempt."),
        next_steps=(
            NextStep(_("Look for an extension of the booking that its system has not sent yet."), OPEN_STAYS),
            NextStep(_("Check the property's time zone if the guest is off by whole hours."), OPEN_PROPERTY),
        ),
    ),
)

STAY_CANCELLED = Reason(
    code="stay_cancelled",
    title=_("This booking was cancelled"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisTime"),
    remedies=(Remedy.HOST, Remedy.DRIVER),
    guest=Advice(
        meaning=_("The property's booking system says that this booking was cancelled, so it opens no charger."),
        next_steps=(
            NextStep(_("Booked anew? Enter the new code."), ENTER_BOOKING),
            NextStep(_("It was not cancelled? Tell the host, who can put it right in the booking system.")),
        ),
    ),
    host=Advice(
        meaning=_("The guest's booking is cancelled or marked as a no-show in your booking system."),
        next_steps=(
            NextStep(_("If the guest is there after all, reinstate the booking there; it opens within minutes.")),
            NextStep(_("See what became of the stay, and when."), OPEN_STAYS),
        ),
    ),
    agent=Advice(
        meaning=_("The stay of this phone was cancelled, or its guest did not show up, by its system's word."),
        next_steps=(
            NextStep(_("See the stay's history, and when its system was read last."), OPEN_STAYS),
            NextStep(_("The host reinstates it in the booking system; nothing is changed here.")),
        ),
    ),
)

BOOKING_NOT_FOUND = Reason(
    code="booking_not_found",
    title=_("No booking was found with that"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    judged_by=JudgedBy.CALLER,
    guest=Advice(
        meaning=_("No booking of this host matches what you entered, or it matches more than one."),
        next_steps=(
            NextStep(_("Copy the reservation code from your confirmation: it is the surest way.")),
            NextStep(_("The digits are those of the phone in the booking, and the day is that of arrival.")),
            NextStep(_("Booked a moment ago? It can take some minutes until the booking is here: try again.")),
            NextStep(_("Still not? Ask the host for the link of your booking, or for your code.")),
        ),
    ),
    host=Advice(
        meaning=_("Somebody at a charger entered a booking that is not among your stays."),
        next_steps=(
            NextStep(_("Search your stays for the guest, and send them the link on the stay's page."), OPEN_STAYS),
            NextStep(_("If it is missing, see under Settings > Property systems when its system was read last.")),
        ),
    ),
    agent=Advice(
        meaning=_("Neither code nor digits and day fit a stay. The guest is told the same in each of these cases."),
        next_steps=(
            NextStep(_("Ask for the host's name and the guest's name, and look for the stay."), OPEN_STAYS),
            NextStep(_("Then send the guest its link; do not read codes or digits to anybody.")),
        ),
    ),
)

STAY_ON_OTHER_PHONES = Reason(
    code="stay_on_other_phones",
    title=_("This booking is used on other phones"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    judged_by=JudgedBy.CALLER,
    guest=Advice(
        meaning=_("As many phones as the host allows have opened the chargers with this booking already."),
        next_steps=(
            NextStep(_("Start on one of those phones, or let go of the booking there.")),
            NextStep(_("A new phone? Ask the host to take the old one off your booking.")),
        ),
    ),
    host=Advice(
        meaning=_(
            "A further phone tried to use a booking whose phones are all taken: its link may have been passed on."
        ),
        next_steps=(
            NextStep(_("Open the stay, and take a phone away that the guest does not use."), OPEN_STAYS),
            NextStep(_("Allow more phones for each booking under Settings > Property systems, if parties need them.")),
        ),
    ),
    agent=Advice(
        meaning=_("The property's number of phones for a booking is reached. The proof itself was right."),
        next_steps=(
            NextStep(_("Confirm with the host who the guest is, then take a phone off the stay's page."), OPEN_STAYS),
        ),
    ),
)

STAYS = (STAY_NOT_BEGUN, STAY_OVER, STAY_CANCELLED, BOOKING_NOT_FOUND, STAY_ON_OTHER_PHONES)
