"""Reasons from other parties: a mobility provider, another back office, the charger's own list. Pure."""

from authorization.decide.reasons.parts import (
    ADD_TOKEN,
    OPEN_CONFIGURATION,
    OPEN_DECISIONS,
    OPEN_GUEST_PAGE,
    OPEN_LOCAL_LIST,
    OPEN_MESSAGES,
    OPEN_PROVIDERS,
    OPEN_PROXY,
    OPEN_TOKEN,
    Advice,
    JudgedBy,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

MSP_BLOCKED = Reason(
    code="msp_blocked",
    title=_("The card's mobility provider is blocked"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Blocked", ocpi="BLOCKED"),
    remedies=(Remedy.HOST, Remedy.SUPPORT),
    guest=Advice(
        meaning=_("Cards of your provider are not taken here at the moment. Your card itself may be fine."),
        next_steps=(
            NextStep(_("Use a card of another provider, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
            NextStep(_("Ask the host whether your provider will be taken again.")),
        ),
    ),
    host=Advice(
        meaning=_("The mobility provider that issued this card is blocked, and with it all of its cards."),
        next_steps=(
            NextStep(_("Open Mobility Providers: what you blocked, you unblock in its menu."), OPEN_PROVIDERS),
            NextStep(_("Blocked by support for all hosts? Then ask support why, and for how long.")),
            NextStep(_("Blocked on purpose? Then tell the driver to use another card.")),
        ),
    ),
    agent=Advice(
        meaning=_("The provider's block is judged before groups: whitelisting the card does not get around it."),
        next_steps=(
            NextStep(_("Read who blocked the provider and why; unblock only with their word."), OPEN_PROVIDERS),
        ),
    ),
)

LIVE_VALIDATION_REFUSED = Reason(
    code="live_validation_refused",
    title=_("The card's provider said no"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid", ocpi="NOT_ALLOWED"),
    remedies=(Remedy.PROVIDER,),
    guest=Advice(
        meaning=_("We asked your card's provider, and it did not allow this session."),
        next_steps=(
            NextStep(_("Contact your card's provider: your contract or your credit may need attention.")),
            NextStep(_("Use another card, or pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The mobility provider was asked live and refused. Its own word is in the decision."),
        next_steps=(
            NextStep(_("Send the driver to the provider: nothing at your property needs changing.")),
            NextStep(_("To let the card in all the same, add it to a local group."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_("Real-time authorization answered other than ALLOWED."),
        next_steps=(
            NextStep(_("Quote the provider's word and the time to the driver and the provider."), OPEN_DECISIONS),
        ),
    ),
)

LIVE_VALIDATION_TIMEOUT = Reason(
    code="live_validation_timeout",
    title=_("The card's provider did not answer"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid"),
    remedies=(Remedy.DRIVER, Remedy.PROVIDER),
    guest=Advice(
        meaning=_("Your card's provider must say yes to each session, and no answer came."),
        next_steps=(
            NextStep(_("Wait a minute, then hold your card to the charger again.")),
            NextStep(_("If it fails again, use another card, or pay as a guest."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("The provider wants to be asked each time, and could not be asked or did not answer in time."),
        next_steps=(
            NextStep(_("Ask the driver to try again after a short wait.")),
            NextStep(_("See how the provider has been answering."), OPEN_PROVIDERS),
            NextStep(_("A card that comes often can be added to a local group: then nobody is asked."), ADD_TOKEN),
        ),
    ),
    agent=Advice(
        meaning=_(
            "Whitelist policy NEVER, and no answer within the limit (15 s unless set otherwise), or no connection."
        ),
        next_steps=(
            NextStep(_("See whether one card or all of this provider's are affected."), OPEN_DECISIONS),
            NextStep(_("If all, tell the provider: when, and how long it took."), OPEN_PROVIDERS),
        ),
    ),
)

UPSTREAM_REFUSED = Reason(
    code="upstream_refused",
    title=_("Another back office refused"),
    statuses=Statuses(),
    remedies=(Remedy.LEADER, Remedy.EMPLOYER, Remedy.ROAMING_PARTNER),
    judged_by=JudgedBy.LEADER,
    guest=Advice(
        meaning=_("This charger is run together with another company, and that company decides about cards here."),
        next_steps=(
            NextStep(_("Charging at home for your employer? Ask your employer to have your card added there.")),
            NextStep(_("Otherwise ask the host which cards that company takes.")),
        ),
    ),
    host=Advice(
        meaning=_("Another back office is Leader of this charger. Its no counts, also where we would say yes."),
        next_steps=(
            NextStep(_("See who is Leader, and where it disagrees with us."), OPEN_PROXY),
            NextStep(_("Ask the Leader to add this card; adding it here alone does not help.")),
            NextStep(_("A visitor's card: the Leader's roaming partner must cover the card's provider.")),
        ),
    ),
    agent=Advice(
        meaning=_("The Leader's answer went to the charger; our own verdict is shown beside it."),
        next_steps=(
            NextStep(_("Compare both verdicts, and send the Leader the UID and the time."), OPEN_MESSAGES),
            NextStep(_("Before changing the Leader, list the cards that it has not accepted."), OPEN_PROXY),
        ),
    ),
)

UPSTREAM_SILENT = Reason(
    code="upstream_silent",
    title=_("Another back office did not answer"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="Invalid"),
    remedies=(Remedy.LEADER, Remedy.HOST),
    judged_by=JudgedBy.LEADER,
    guest=Advice(
        meaning=_("The company that decides about cards here did not answer in time, so nobody can start just now."),
        next_steps=(
            NextStep(_("Try again in a few minutes.")),
            NextStep(_("Use another charger if there is one.")),
        ),
    ),
    host=Advice(
        meaning=_("The Leader of this charger is slow or away, and the charger is set up to start nothing meanwhile."),
        next_steps=(
            NextStep(_("See since when it is away, and what it said last."), OPEN_PROXY),
            NextStep(_("Choose what happens while it is away: our own rules, or the charger's list."), OPEN_PROXY),
        ),
    ),
    agent=Advice(
        meaning=_("No usable answer of the Leader within the limit; our own verdict is shown beside it."),
        next_steps=(
            NextStep(_("Read its last error and answer times; tell the Leader since when."), OPEN_PROXY),
            NextStep(_("See the message itself, if it got there."), OPEN_MESSAGES),
        ),
    ),
)

CHARGER_REFUSED = Reason(
    code="charger_refused",
    title=_("The charger itself refused"),
    statuses=Statuses(),
    remedies=(Remedy.INSTALLER, Remedy.HOST),
    judged_by=JudgedBy.CHARGER,
    guest=Advice(
        meaning=_("We said yes, but the charger decided by a list or a setting of its own."),
        next_steps=(
            NextStep(_("Try once more; if it is refused again, tell the host.")),
            NextStep(_("Use another charger if there is one.")),
        ),
    ),
    host=Advice(
        meaning=_("The charger refused by itself: a local list, its memory of cards, or a setting."),
        next_steps=(
            NextStep(
                _("Check the charger's settings, and switch off lists that are kept in the charger."), OPEN_LOCAL_LIST
            ),
            NextStep(_("Not sure how? Its manual or the installer tells.")),
        ),
    ),
    agent=Advice(
        meaning=_("Our answer was Accepted and no transaction followed, or the charger never asked."),
        next_steps=(
            NextStep(
                _("Read LocalAuthListEnabled, AuthorizationCacheEnabled and LocalPreAuthorize in its configuration."),
                OPEN_CONFIGURATION,
            ),
            NextStep(_("See whether it asked at all."), OPEN_MESSAGES),
            NextStep(_("Compare with where the card works."), OPEN_TOKEN),
        ),
    ),
)

PARTNERS = (
    MSP_BLOCKED,
    LIVE_VALIDATION_REFUSED,
    LIVE_VALIDATION_TIMEOUT,
    UPSTREAM_REFUSED,
    UPSTREAM_SILENT,
    CHARGER_REFUSED,
)
