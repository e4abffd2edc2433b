"""Reasons about the held amount: why a guest is warned, and why charging was stopped. Pure.

They are not refusals, because the guest has been authorized. At 80 % of the held amount the guest is notified. At 95 %
the same amount is held again if that was agreed; otherwise the charger is stopped.
"""

from authorization.decide.reasons.parts import (
    OPEN_GUEST_PAGE,
    OPEN_HOLDS,
    OPEN_MESSAGES,
    Advice,
    JudgedBy,
    NextStep,
    Reason,
    Remedy,
    Statuses,
    _,
)

_ENOUGH = NextStep(_("Enough? Stop charging and unplug: you pay only what you use."))
_OPEN_HOLDS = NextStep(_("Guests need more here? Raise what is held, or let it be held once more."), OPEN_HOLDS)

HOLD_NEARLY_USED = Reason(
    code="hold_nearly_used",
    title=_("The amount held is nearly used"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    judged_by=JudgedBy.HOLD,
    guest=Advice(
        meaning=_("The cost has passed 80 % of what is held on your card. At 95 % charging ends by itself."),
        next_steps=(_ENOUGH, NextStep(_("Need more? When charging has ended, pay and start again."), OPEN_GUEST_PAGE)),
    ),
    host=Advice(
        meaning=_(
            "The cost had passed 80 % of what is held on the guest's card; the guest was notified. At 95 % it ends."
        ),
        next_steps=(_OPEN_HOLDS,),
    ),
    agent=Advice(
        meaning=_("The cost had passed 80 % of what is held. The guest reads it on the page and, if known, by e-mail."),
        next_steps=(NextStep(_("The guest may stop, or pay and start again once it has ended at 95 %.")),),
    ),
)

HOLD_EXTENDS_SOON = Reason(
    code="hold_extends_soon",
    title=_("More is held soon"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    judged_by=JudgedBy.HOLD,
    guest=Advice(
        meaning=_(
            "The cost has passed 80 % of what is held on your card. At 95 % the same amount is held once more; if your "
            "bank refuses that, charging ends by itself."
        ),
        next_steps=(_ENOUGH,),
    ),
    host=Advice(
        meaning=_(
            "The cost had passed 80 % of what is held; the guest was notified. At 95 % the same is held once more."
        ),
        next_steps=(NextStep(_("It shall end instead? Change what happens near the limit."), OPEN_HOLDS),),
    ),
    agent=Advice(
        meaning=_("The cost had passed 80 % of what is held. At 95 % the same is held again, at most three times."),
        next_steps=(
            NextStep(_("If the bank refuses the further hold, charging is ended: look at the session's holds.")),
        ),
    ),
)

HOLD_USED_UP = Reason(
    code="hold_used_up",
    title=_("Ended at the limit of what is held"),
    statuses=Statuses(),
    remedies=(Remedy.DRIVER, Remedy.HOST),
    judged_by=JudgedBy.HOLD,
    guest=Advice(
        meaning=_("The charger was stopped because the cost had passed 95 % of the amount held on your card."),
        next_steps=(
            NextStep(_("Unplug, so that no idle fee is taken.")),
            NextStep(_("Need more? Pay and start again."), OPEN_GUEST_PAGE),
        ),
    ),
    host=Advice(
        meaning=_("We told the charger to stop: the cost had passed 95 % of what is held on the guest's card."),
        next_steps=(_OPEN_HOLDS,),
    ),
    agent=Advice(
        meaning=_(
            "We told the charger to stop at 95 % of what is held; nothing more was held, or the bank refused it."
        ),
        next_steps=(
            NextStep(_("Went on all the same? See what the charger answered."), OPEN_MESSAGES),
            NextStep(_("The guest can pay and start again at once; what is not used of the hold is released.")),
        ),
    ),
)

LIMITS = (HOLD_NEARLY_USED, HOLD_EXTENDS_SOON, HOLD_USED_UP)
