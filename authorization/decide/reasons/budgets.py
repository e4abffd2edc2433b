"""The reason about budgets: what a card may use in a month is used up. Pure."""

from authorization.decide.reasons.parts import (
    OPEN_GROUPS,
    OPEN_GUEST_PAGE,
    OPEN_MESSAGES,
    OPEN_TOKEN,
    Advice,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

BUDGET_USED_UP = Reason(
    code="budget_used_up",
    title=_("The month's budget is used up"),
    statuses=Statuses(ocpp_16="Invalid", ocpp_2x="NoCredit", ocpi="NO_CREDIT"),
    remedies=(Remedy.HOST, Remedy.DRIVER),
    guest=Advice(
        meaning=_("Your card has a budget for each month, and this month's is used up."),
        next_steps=(
            NextStep(_("On the first of next month your card charges again.")),
            NextStep(_("Until then, pay as a guest if the charger offers it."), OPEN_GUEST_PAGE),
            NextStep(_("Ask the host of this charger if you need more this month.")),
        ),
    ),
    host=Advice(
        meaning=_(
            "The card, or a group that lets it in here, has a budget for each month, and this month's is used up. What "
            "runs counts, too."
        ),
        next_steps=(
            NextStep(_("Open the card: it shows what was used, and takes a budget of its own."), OPEN_TOKEN),
            NextStep(_("Or raise the budget of the group, for each card or for all together."), OPEN_GROUPS),
        ),
    ),
    agent=Advice(
        meaning=_(
            "Sum of the sessions that the card began this month, by the property's calendar, at all of the host's "
            "chargers. The step tells the use and the limit."
        ),
        next_steps=(
            NextStep(_("Add up the card's sessions of the month: a session that never ended counts, too."), OPEN_TOKEN),
            NextStep(_("Only the host raises a budget. See in the messages what the charger answered."), OPEN_MESSAGES),
        ),
    ),
)

BUDGETS = (BUDGET_USED_UP,)
