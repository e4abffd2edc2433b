"""Reasons about the charger or the property: not found, not licensed, private, not set up. Pure."""

from authorization.decide.reasons.parts import (
    ADD_TOKEN,
    ASK_FOR_ACCESS,
    ENTER_STATION_ID,
    OPEN_CHARGER,
    OPEN_CONNECTION,
    OPEN_DECISIONS,
    OPEN_GUEST_PAGE,
    OPEN_MESSAGES,
    OPEN_PROPERTY,
    OPEN_REQUESTS,
    OPEN_SETUP,
    Advice,
    JudgedBy,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

STATION_ID_INVALID = Reason(
    code="station_id_invalid",
    title=_("Station ID is invalid"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.SUPPORT),
    guest=Advice(
        meaning=_(
            "No charger in service has this Station ID. It may be mistyped, the label may be worn or hidden, "
            "or the charger may not be in contact with us."
        ),
        next_steps=(
            NextStep(
                _("Compare it with the label, letter by letter: capitals matter, and there are no spaces."),
                ENTER_STATION_ID,
            ),
            NextStep(_("Scan the QR code on the charger instead, if it has one.")),
            NextStep(_("Still not found? Send us the place and the Station ID as printed, and we will look it up.")),
        ),
    ),
    host=Advice(
        meaning=_("Somebody asked for a Station ID that no charger of yours in service has, or that you retired."),
        next_steps=(
            NextStep(_("Check that the label shows the Station ID of the charger's page."), OPEN_CHARGER),
            NextStep(_("Print a new label where the old one is worn or belongs to a charger that was replaced.")),
        ),
    ),
    agent=Advice(
        meaning=_("No such Station ID, or its charger is retired. The look-up minds capitals and spaces."),
        next_steps=(
            NextStep(_("Ask for the place and a photo of the label, and search by property.")),
            NextStep(_("If the charger was replaced, give the new one the Station ID of the label."), OPEN_CHARGER),
        ),
    ),
)

CHARGER_NOT_ACCEPTED = Reason(
    code="charger_not_accepted",
    title=_("This charger is not in service yet"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST, Remedy.SUPPORT),
    guest=Advice(
        meaning=_("The host or our support has not put this charger into service, or has taken it out."),
        next_steps=(
            NextStep(_("Use another charger here, if there is one.")),
            NextStep(_("Tell the host or our support the Station ID, if it should work.")),
        ),
    ),
    host=Advice(
        meaning=_("Its registration is Pending or Rejected: it may connect, and nobody can charge at it."),
        next_steps=(
            NextStep(_("Open its Connection page, see who set it and why, and accept it."), OPEN_CONNECTION),
            NextStep(_("Did our support set it? Then ask our support.")),
        ),
    ),
    agent=Advice(
        meaning=_("Every BootNotification is answered Pending or Rejected, and all else with SecurityError."),
        next_steps=(
            NextStep(_("Read in the audit trail who set it, and why, before you accept it."), OPEN_CONNECTION),
        ),
    ),
)

LICENCE_INACTIVE = Reason(
    code="licence_inactive",
    title=_("Licence inactive"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("This charger needs an active licence from its host. It was never set up, or it has run out."),
        next_steps=(
            NextStep(_("Tell the host that the charger's licence must be activated or renewed.")),
            NextStep(_("Cannot reach the host? Contact our support and give the Station ID.")),
        ),
    ),
    host=Advice(
        meaning=_(
            "This charger's licence is not set up, is inactive, or is past its days of grace. No session can start; "
            "one that runs is not stopped."
        ),
        next_steps=(
            NextStep(_("Activate or renew the licence of this charger."), OPEN_SETUP),
            NextStep(_("Already renewed? Contact support with the charger's id.")),
        ),
    ),
    agent=Advice(
        meaning=_("No active licence at the moment of the tap, days of grace included."),
        next_steps=(
            NextStep(_("Check the state, the last day and the days of grace."), OPEN_SETUP),
            NextStep(_("Tell the host what to renew; do not extend it without their order.")),
        ),
    ),
)

PRIVATE_NOT_SET_UP = Reason(
    code="private_not_set_up",
    title=_("Private charger, not set up"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("This charger has not been set up for guests or the public yet, so only its own cards work."),
        next_steps=(
            NextStep(_("Contact the host and ask for access to this charger.")),
            NextStep(_("Need help? Contact our support and give the Station ID.")),
        ),
    ),
    host=Advice(
        meaning=_("The charger is not marked as set up. Until then only your own cards and stays are let in."),
        next_steps=(
            NextStep(_("Finish setting up the charger: connectors, property, price."), OPEN_SETUP),
            NextStep(_("Then choose who may charge at the property."), OPEN_PROPERTY),
        ),
    ),
    agent=Advice(
        meaning=_("`configured` is off: different from a private property, and both can be true."),
        next_steps=(
            NextStep(_("See what of the set-up is missing and walk the host through it."), OPEN_SETUP),
            NextStep(_("Check the property's access too, or the next tap is refused as private."), OPEN_PROPERTY),
        ),
    ),
)

REMOTE_START_ROAMING_OFF = Reason(
    code="remote_start_roaming_off",
    title=_("Start by app: roaming is off here"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("The app asked us to start, but this property does not take drivers of other providers."),
        next_steps=(
            NextStep(_("Ask the host whether the charger can be opened to apps and roaming cards.")),
            NextStep(_("Try paying on the charger's own page instead."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("An app or a roaming partner ordered a start, and roaming is off for this property."),
        next_steps=(
            NextStep(_("Set the access of the property to “Public (roaming)”."), OPEN_PROPERTY),
            NextStep(_("To let in only this driver, add the token to a local group."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("A remote start by app or partner needs roaming at the property; the charger was never asked."),
        next_steps=(
            NextStep(_("Ask the host whether roaming is meant to be off."), OPEN_PROPERTY),
            NextStep(_("See all orders for this token, and who gave them."), OPEN_DECISIONS),
        ),
    ),
)

PRIVATE_CHARGER = Reason(
    code="private_charger",
    title=_("Private charger"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("This charger is privately owned and not open to the public. You need the owner's permission."),
        next_steps=(
            NextStep(
                _("Staying or living here? Ask the owner for access: the answer comes to your phone."), ASK_FOR_ACCESS
            ),
            NextStep(_("Check that you are at the charger that was assigned to you, and scan the code on that one.")),
        ),
    ),
    host=Advice(
        meaning=_("A guest tried to start, and this property is private: only your own cards and stays are let in."),
        next_steps=(
            NextStep(_("To let guests pay and charge, set the access of the property to “Guests”."), OPEN_PROPERTY),
            NextStep(_("To let in one person for some days, answer their request."), OPEN_REQUESTS),
            NextStep(_("To let in one person for good, add their card to a local group."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("Access mode “private”: guests are not admitted, paid or not."),
        next_steps=(
            NextStep(_("Confirm with the host that the person should have access before you change anything.")),
            NextStep(_("See the property's access mode."), OPEN_PROPERTY),
        ),
    ),
)

NOT_PUBLIC = Reason(
    code="not_public",
    title=_("This charger does not take roaming cards"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NotAtThisLocation", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.HOST,),
    guest=Advice(
        meaning=_("Your card is fine, but this charger is not open to cards of other providers."),
        next_steps=(
            NextStep(_("Pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
            NextStep(_("Ask the host to add your card, or look for a public charger nearby.")),
        ),
    ),
    host=Advice(
        meaning=_("A mobility provider's card was refused because this property does not admit roaming."),
        next_steps=(
            NextStep(_("Set the access of the property to “Public (roaming)” to take all such cards."), OPEN_PROPERTY),
            NextStep(_("Or whitelist this one card in a local group."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("A known roaming card at a property whose access mode is not public."),
        next_steps=(
            NextStep(_("Ask the host whether the charger is meant to be public."), OPEN_PROPERTY),
            NextStep(_("If it is, publish it with the roaming partner as well.")),
        ),
    ),
)

ACCOUNT_NOT_VERIFIED = Reason(
    code="account_not_verified",
    title=_("Your account is not finished"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NoCredit", ocpi="NO_CREDIT"),
    remedies=(Remedy.DRIVER,),
    guest=Advice(
        meaning=_("This charger asks for a confirmed account, and yours is not confirmed or not complete yet."),
        next_steps=(
            NextStep(_("Log in, confirm your e-mail address or phone number, and complete your profile.")),
            NextStep(_("Then scan the code of the charger again."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The guest has not finished the account that this property asks for."),
        next_steps=(
            NextStep(_("Ask the guest to confirm the account; you cannot do that for them.")),
            NextStep(_("See whether this property needs accounts at all."), OPEN_PROPERTY),
        ),
    ),
    agent=Advice(
        meaning=_("An account is needed here, and the guest's is not verified."),
        next_steps=(NextStep(_("Ask for the e-mail address or phone number, and send the confirmation again.")),),
    ),
)

PAYMENT_REQUIRED = Reason(
    code="payment_required",
    title=_("Payment comes first"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NoCredit", ocpi="NO_CREDIT"),
    remedies=(Remedy.DRIVER,),
    guest=Advice(
        meaning=_("You can charge here once an amount is held on your payment card. You pay only for what you use."),
        next_steps=(
            NextStep(_("Open the charger's page, look at the price, and pay."), OPEN_GUEST_PAGE),
            NextStep(_("Paid already? The hold may have ended: pay again; what was held is released.")),
        ),
    ),
    host=Advice(
        meaning=_("The guest has no valid hold. Guests start from the charger's page, after paying."),
        next_steps=(NextStep(_("Send the guest to the page of the QR code."), OPEN_GUEST_PAGE),),
    ),
    agent=Advice(
        meaning=_("No hold, or its time has passed, at the moment of the start."),
        next_steps=(
            NextStep(_("Look for the guest's last payment attempt, by its last four digits and time.")),
            NextStep(_("See what the charger sent at that time."), OPEN_MESSAGES),
        ),
    ),
)

CHARGER_OUT_OF_ORDER = Reason(
    code="charger_out_of_order",
    title=_("Charger is out of order"),
    statuses=Statuses(),
    remedies=(Remedy.HOST, Remedy.SUPPORT),
    judged_by=JudgedBy.CALLER,
    guest=Advice(
        meaning=_("The charger is offline, or reports a fault, so it cannot start now."),
        next_steps=(
            NextStep(_("Use another plug or charger that is free: the page of the station names them.")),
            NextStep(_("If it lasts, contact the host or our support: Station ID, and when you tried.")),
        ),
    ),
    host=Advice(
        meaning=_("The charger has no connection to us, or reports a fault."),
        next_steps=(
            NextStep(_("Check the power: is the breaker on, are any lights lit?")),
            NextStep(_("Switch the breaker off for one to two minutes, then on, and wait until it has started.")),
            NextStep(_("Check the property's internet, and that the charger is on the right network.")),
            NextStep(_("See since when, and what it said last."), OPEN_CHARGER),
        ),
    ),
    agent=Advice(
        meaning=_("Offline or faulted when a guest or a remote start needed it."),
        next_steps=(
            NextStep(_("Read the last messages and the error code before a reset."), OPEN_MESSAGES),
            NextStep(_("Ask for property, charger id or a photo of the QR code, and the time of the attempt.")),
        ),
    ),
)

PLACES = (
    STATION_ID_INVALID,
    CHARGER_NOT_ACCEPTED,
    LICENCE_INACTIVE,
    PRIVATE_NOT_SET_UP,
    REMOTE_START_ROAMING_OFF,
    PRIVATE_CHARGER,
    NOT_PUBLIC,
    ACCOUNT_NOT_VERIFIED,
    PAYMENT_REQUIRED,
    CHARGER_OUT_OF_ORDER,
)
