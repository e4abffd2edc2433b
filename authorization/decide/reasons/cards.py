"""Reasons about the card: unknown, blocked, expired, in a group that does not open this charger. Pure."""

from authorization.decide.reasons.parts import (
    ADD_TOKEN,
    ENTER_STATION_ID,
    OPEN_CONFIGURATION,
    OPEN_DECISIONS,
    OPEN_GROUPS,
    OPEN_GUEST_PAGE,
    OPEN_MESSAGES,
    OPEN_PROPERTY,
    OPEN_REIMBURSEMENT,
    OPEN_SETUP,
    OPEN_STAYS,
    OPEN_TOKEN,
    Advice,
    JudgedBy,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

TOKEN_BLOCKED = Reason(
    code="token_blocked",
    title=_("This card is blocked"),
    statuses=Statuses(ocpp_16="Blocked", ocpp_2x="Blocked", ocpi="BLOCKED"),
    remedies=(Remedy.HOST, Remedy.PROVIDER),
    guest=Advice(
        meaning=_("Your card has been blocked, often because it was reported lost. It cannot start a session."),
        next_steps=(
            NextStep(_("Ask the property or the provider that gave you the card why it is blocked.")),
            NextStep(_("Use another card, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The card is known and marked as blocked. Blocking is meant to be temporary: a lost card, say."),
        next_steps=(
            NextStep(_("Open the card, read the reason of the block, and unblock it if the card is back."), OPEN_TOKEN),
            NextStep(_("If a mobility provider issued it, only that provider can unblock it: send the driver there.")),
        ),
    ),
    agent=Advice(
        meaning=_("The flag “blocked” is set. It is separate from “valid”; both must be right."),
        next_steps=(
            NextStep(_("See who set the flag and why before anybody unsets it."), OPEN_TOKEN),
            NextStep(_("For a roaming card, name the provider and give the driver its contact.")),
        ),
    ),
)

TOKEN_EXPIRED = Reason(
    code="token_expired",
    title=_("This card has expired"),
    statuses=Statuses(ocpp_16="Expired", ocpp_2x="Expired", ocpi="EXPIRED"),
    remedies=(Remedy.HOST, Remedy.PROVIDER),
    guest=Advice(
        meaning=_("Your card was valid until a date that has passed."),
        next_steps=(
            NextStep(_("Ask the property or your card's provider for a new card or a later date.")),
            NextStep(_("Until then, pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The card is known, and its expiry date has passed."),
        next_steps=(
            NextStep(_("Open the card and set a later date, or leave the date empty."), OPEN_TOKEN),
            NextStep(_("If a mobility provider issued it, the driver needs a new card from that provider.")),
        ),
    ),
    agent=Advice(
        meaning=_("`expires_at` lies before the moment of the tap (corrected for the charger's clock)."),
        next_steps=(
            NextStep(
                _("Check the date on the card's page, and the charger's clock if the date looks right."), OPEN_TOKEN
            ),
        ),
    ),
)

TOKEN_NOT_VALID = Reason(
    code="token_not_valid",
    title=_("This card is listed, but not valid"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid", ocpi="BLOCKED"),
    remedies=(Remedy.HOST, Remedy.PROVIDER),
    guest=Advice(
        meaning=_("Your card is known, but it has been switched off by the property or provider that issued it."),
        next_steps=(
            NextStep(_("Ask your card's provider to make the card valid again.")),
            NextStep(_("Use another card, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The card is in the list, but its box “valid” is not ticked, so it opens nothing."),
        next_steps=(
            NextStep(_("Your own card: open it and tick “valid”."), OPEN_TOKEN),
            NextStep(_("A roaming card: its mobility provider must make it valid; ask them, or let the driver ask.")),
        ),
    ),
    agent=Advice(
        meaning=_("Listed with “valid” off. For a roaming card this is the provider's word from its last sync."),
        next_steps=(
            NextStep(_("Compare the last sync of the card with what the provider says today."), OPEN_TOKEN),
            NextStep(_("If the provider says it is valid, ask the provider to push the token again.")),
        ),
    ),
)

CONTRACT_NOT_CHECKED = Reason(
    code="contract_not_checked",
    title=_("Plug & Charge is not accepted here"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid"),
    remedies=(Remedy.DRIVER, Remedy.INSTALLER),
    judged_by=JudgedBy.CALLER,
    guest=Advice(
        meaning=_(
            "Your car identified itself with a contract certificate (Plug & Charge), which is not accepted here."
        ),
        next_steps=(
            NextStep(_("Use a charging card or an app, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_(
            "The car presented a contract certificate (Plug & Charge). Nobody checks these certificates here, and "
            "anybody can write an id into one, so the id alone does not let a car in, even if it is in a list."
        ),
        next_steps=(
            NextStep(_("Let the driver use a charging card or an app, or pay as a guest.")),
            NextStep(_("If it happens often, switch off Plug & Charge in the charger's settings."), OPEN_CONFIGURATION),
        ),
    ),
    agent=Advice(
        meaning=_(
            "Authorize came with `certificate` or `iso15118CertificateHashData`; no chain and no revocation is checked "
            "here, so neither lists nor groups were asked."
        ),
        next_steps=(
            NextStep(_("Read the message: `certificateStatus` in the answer names what was presented."), OPEN_MESSAGES),
            NextStep(_("Compare with ISO15118Ctrlr.PnCEnabled in its configuration."), OPEN_CONFIGURATION),
        ),
    ),
)

ALREADY_CHARGING = Reason(
    code="already_charging",
    title=_("This card is already charging elsewhere"),
    statuses=Statuses(ocpp_16="ConcurrentTx", ocpp_2x="ConcurrentTx", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    guest=Advice(
        meaning=_("Your card has a session running at another charger, and it may run only one at a time."),
        next_steps=(
            NextStep(_("Stop the other session first: hold the card to that charger, or unplug there.")),
            NextStep(_("If you have no other session, tell the host: someone may be using a copy of your card.")),
        ),
    ),
    host=Advice(
        meaning=_("A transaction of this card is still open at another connector."),
        next_steps=(
            NextStep(_("See where it is open; stop it there if the car has left."), OPEN_DECISIONS),
            NextStep(_("If the card serves several cars, allow it to run several sessions at once."), OPEN_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("Answered to StartTransaction only: OCPP 1.6 has ConcurrentTx for the start, never for a stop."),
        next_steps=(
            NextStep(_("Look whether the other transaction is real, or its charger fell silent before the stop.")),
            NextStep(_("If it never stopped, close it as a case with its last trusted reading."), OPEN_DECISIONS),
        ),
    ),
)

TOKEN_UNKNOWN = Reason(
    code="token_unknown",
    title=_("Unknown card"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Unknown"),
    remedies=(Remedy.HOST, Remedy.ROAMING_PARTNER),
    guest=Advice(
        meaning=_(
            "The host of this charger does not know your card, and neither does any card provider that we work with."
        ),
        next_steps=(
            NextStep(_("If the property gave you the card, ask them to add it.")),
            NextStep(_("Charging at home for your employer? Ask your employer to have the card added.")),
            NextStep(_("Otherwise use another card, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("This UID is neither in your own tokens nor in the roaming list of a mobility provider."),
        next_steps=(
            NextStep(_("A card of yours: add it, and pick the local group that opens this charger."), ADD_TOKEN),
            NextStep(_("Search for it first: the number printed on a card is often not its UID."), OPEN_TOKEN),
            NextStep(
                _("A visitor's card: its provider and your roaming partner must know each other, or share a network.")
            ),
        ),
    ),
    agent=Advice(
        meaning=_(
            "No token of this host and none of a provider has this UID; a card of another host counts as unknown."
        ),
        next_steps=(
            NextStep(_("Search all hosts, in both byte orders, before you call it unknown."), OPEN_TOKEN),
            NextStep(_("Take the UID from the charger's messages: that is the one to whitelist."), OPEN_MESSAGES),
            NextStep(_("For a public card, ask the roaming partner whether it covers the card's provider.")),
        ),
    ),
)

REIMBURSEMENT_NOT_LINKED = Reason(
    code="reimbursement_not_linked",
    title=_("Not in this card's reimbursement contract"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation"),
    remedies=(Remedy.EMPLOYER, Remedy.HOST),
    guest=Advice(
        meaning=_("Your employer's card pays you back for charging at certain chargers, and this is not one of them."),
        next_steps=(
            NextStep(_("Ask your employer to link the card to this charger in the reimbursement contract.")),
            NextStep(_("Until then, use your own card here.")),
        ),
    ),
    host=Advice(
        meaning=_("The card is meant for reimbursement, and no contract in force links it to this charger."),
        next_steps=(
            NextStep(_("Check which card is linked to which charger, and add what is missing."), OPEN_REIMBURSEMENT),
            NextStep(_("Who pays decides: the employer, or the reimbursement partner, must confirm the link.")),
        ),
    ),
    agent=Advice(
        meaning=_("A reimbursement card needs a link between card and charger; roaming is not needed for it."),
        next_steps=(
            NextStep(
                _("Name the missing link: the card, the charger, or the dates of the contract."), OPEN_REIMBURSEMENT
            ),
            NextStep(_("Check that the charger belongs to a property at all."), OPEN_SETUP),
        ),
    ),
)

OUTSIDE_STAY = Reason(
    code="outside_stay",
    title=_("Outside the dates of the stay"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisTime"),
    remedies=(Remedy.HOST, Remedy.DRIVER),
    guest=Advice(
        meaning=_("Charging comes with your stay, and your stay has not begun, has ended, or was cancelled."),
        next_steps=(
            NextStep(_("Check the dates of your reservation; times are the property's own.")),
            NextStep(_("Arriving early or leaving late? Ask the host to extend the charging times.")),
        ),
    ),
    host=Advice(
        meaning=_("The card belongs to a stay with access to this charger, but not at this moment."),
        next_steps=(
            NextStep(
                _("Compare the dates of the stay with your booking system, and correct them if they moved."),
                OPEN_STAYS,
            ),
            NextStep(_("To let the guest in now, add the card to a local group of this property."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("The place of the stay fits; its window, in the property's time zone, does not."),
        next_steps=(
            NextStep(_("Look for a change or cancellation that the booking system did not send.")),
            NextStep(_("Check the property's time zone if the guest is off by whole hours."), OPEN_PROPERTY),
        ),
    ),
)

WRONG_CHARGER_FOR_STAY = Reason(
    code="wrong_charger_for_stay",
    title=_("Not the charger of this stay"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation"),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    guest=Advice(
        meaning=_("Your stay includes charging, but at another charger than this one."),
        next_steps=(
            NextStep(_("Look for the charger of your own unit; the label shows which one it is.")),
            NextStep(_("Scan the QR code on the very charger that you plug in to."), ENTER_STATION_ID),
            NextStep(_("If this should be yours, ask the property to check which charger belongs to your unit.")),
        ),
    ),
    host=Advice(
        meaning=_("The guest is staying now, but this charger belongs to another unit or property."),
        next_steps=(
            NextStep(_("Check which unit the charger is tied to."), OPEN_SETUP),
            NextStep(_("If the guest moved rooms, change the unit of the stay."), OPEN_STAYS),
        ),
    ),
    agent=Advice(
        meaning=_("The stay is running; its unit or property does not match the charger's."),
        next_steps=(
            NextStep(_("Ask for a photo of the QR label: guests often scan a neighbour's charger.")),
            NextStep(_("If the charger is tied to the wrong unit, link it to the right one."), OPEN_SETUP),
        ),
    ),
)

NOT_IN_LOCAL_GROUP = Reason(
    code="not_in_local_group",
    title=_("No local group of this card opens this charger"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("Your card is known here, but it has not been given this charger."),
        next_steps=(
            NextStep(_("Check that you are at the right charger or property.")),
            NextStep(_("Ask the host to add your card to the group that may use this charger.")),
        ),
    ),
    host=Advice(
        meaning=_("The card is yours, but it is in no local group, and has no grant, that reaches this charger."),
        next_steps=(
            NextStep(_("Pick a local group that opens this charger and press “Add Token”."), ADD_TOKEN),
            NextStep(_("Or link one of the card's groups to this charger, its unit or its property."), OPEN_GROUPS),
        ),
    ),
    agent=Advice(
        meaning=_("An own token of the host; none of its groups and direct grants is linked to this charger."),
        next_steps=(
            NextStep(
                _("Check that the UID in the group is the one the charger sent, not the printed number."), OPEN_MESSAGES
            ),
            NextStep(_("With the host's word, add the card to the right group."), ADD_TOKEN),
        ),
    ),
)

GROUP_DISABLED = Reason(
    code="group_disabled",
    title=_("The card's group is switched off"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("The group of cards that yours belongs to has been switched off for now."),
        next_steps=(NextStep(_("Ask the host when the group will be switched on again.")),),
    ),
    host=Advice(
        meaning=_("The card's group would open this charger, but the group is disabled: all of its doors are closed."),
        next_steps=(
            NextStep(_("Enable the group again."), OPEN_GROUPS),
            NextStep(_("Or add the card to another group that is enabled."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("A group that reaches this charger is disabled, which cuts all its cards at once."),
        next_steps=(NextStep(_("Find out who disabled it and why before it is enabled."), OPEN_GROUPS),),
    ),
)

OUTSIDE_SCHEDULE = Reason(
    code="outside_schedule",
    title=_("Outside the hours of the card's group"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisTime"),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    guest=Advice(
        meaning=_("Your card may charge here, but not at this time."),
        next_steps=(
            NextStep(_("Come back within the hours of your group; times are the property's own.")),
            NextStep(_("Ask the host if you need other hours.")),
        ),
    ),
    host=Advice(
        meaning=_("The card's group opens this charger, but not at this hour or on this date."),
        next_steps=(
            NextStep(_("Change the schedule or the validity of the group."), OPEN_GROUPS),
            NextStep(_("Or add the card to a group with other hours."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("The moment of the tap, in the property's time zone, lies outside the group's schedule or validity."),
        next_steps=(
            NextStep(_("Check the property's time zone and the charger's clock before changing hours."), OPEN_PROPERTY),
        ),
    ),
)

CARDS = (
    TOKEN_BLOCKED,
    TOKEN_EXPIRED,
    TOKEN_NOT_VALID,
    CONTRACT_NOT_CHECKED,
    ALREADY_CHARGING,
    TOKEN_UNKNOWN,
    REIMBURSEMENT_NOT_LINKED,
    OUTSIDE_STAY,
    WRONG_CHARGER_FOR_STAY,
    NOT_IN_LOCAL_GROUP,
    GROUP_DISABLED,
    OUTSIDE_SCHEDULE,
)
