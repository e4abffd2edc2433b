"""Tools for a driver's account. Each asks for proof that the account belongs to the person who asks."""

from typing import Final

from django import forms

from billing.models import Subscription
from billing.sessions.drivers import accounts
from billing.sessions.plans import subscriptions
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import identity
from support.tools import person_previews as previews
from support.tools.acts import person as acts
from support.tools.case import NotPossibleError, Preview, TicketContext
from support.tools.identity import Identity

GROUP: Final = "Account"


class IdentityForm(ToolForm):
    """How the person's identity is known, if the request did not come from the account's own address."""

    session_date = forms.DateField(
        required=False,
        label="Date of a session",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Not needed where the ticket shows already that the account’s owner asks.",
    )
    last4 = forms.RegexField(
        r"^\d{4}$",
        required=False,
        label="Last four digits of the card that paid",
        error_messages={"invalid": "4 digits."},
    )


class AddressForm(IdentityForm):
    """The new address."""

    email = forms.EmailField(label="New e-mail address", max_length=254)
    field_order = ("email", "session_date", "last4", "reason")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PlanForm(IdentityForm):
    """The plan, and when it ends."""

    plan = forms.ChoiceField(label="Plan")
    ends = forms.ChoiceField(
        label="It ends", choices=[("period", "with the period that is paid"), ("now", "at once, with a refund")]
    )
    field_order = ("plan", "ends", "session_date", "last4", "reason")

    def prepare(self, case: TicketContext) -> None:
        self.choose(
            "plan",
            [
                (str(subscription.pk), f"{subscription.plan.name}, {subscription.host.name}")
                for subscription in _live(case)
            ],
        )


def _live(case: TicketContext) -> list[Subscription]:
    if case.driver is None:
        return []
    rows = case.driver.subscriptions.filter(state__in=subscriptions.LIVE).select_related("plan", "host")
    return list(rows.order_by("-id")[:20])


def _plan(case: TicketContext, key: str) -> Subscription:
    plan = next((subscription for subscription in _live(case) if str(subscription.pk) == key), None)
    if plan is None:
        raise NotPossibleError("That plan has ended already.")
    return plan


def _identity(values: Values) -> Identity:
    return Identity(session_date=values["session_date"], last4=values["last4"])


def _no_plan(case: TicketContext) -> str:
    if obstacle := previews.no_driver(case):
        return obstacle
    return "" if _live(case) else "They have no plan that runs."


def _not_deletable(case: TicketContext) -> str:
    if obstacle := previews.no_driver(case):
        return obstacle
    driver = identity.driver_of(case)
    if driver.deletion_due_at is not None:
        return f"It waits already for what is open, at the latest until {driver.deletion_due_at:%-d %b %Y}."
    return " ".join(accounts.blocking(driver))


def _not_kept(case: TicketContext) -> str:
    if obstacle := previews.no_driver(case):
        return obstacle
    return "" if identity.driver_of(case).deletion_due_at else "Its deletion is not asked for."


def _ask(case: TicketContext, _: Values, doing: Doing) -> str:
    return acts.ask_who(case.ticket, identity.driver_of(case), by=doing.by, now=doing.now)


def _address(case: TicketContext, values: Values, doing: Doing) -> str:
    identity.proof(case, _identity(values))
    return acts.change_address(identity.driver_of(case), values["email"], by=doing.by, now=doing.now)


def _plan_preview(case: TicketContext, values: Values) -> Preview:
    subscription, at_once = _plan(case, values["plan"]), values["ends"] == "now"
    return previews.end_plan(case, subscription, is_at_once=at_once, identity_details=_identity(values))


def _end_plan(case: TicketContext, values: Values, doing: Doing) -> str:
    identity.proof(case, _identity(values))
    return acts.end_plan(_plan(case, values["plan"]), is_at_once=values["ends"] == "now", by=doing.by, now=doing.now)


def _delete(case: TicketContext, values: Values, doing: Doing) -> str:
    identity.proof(case, _identity(values))
    return acts.delete(identity.driver_of(case), by=doing.by, now=doing.now)


def _keep(case: TicketContext, values: Values, doing: Doing) -> str:
    identity.proof(case, _identity(values))
    return acts.keep(identity.driver_of(case), by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="ask-who",
        label="Ask the account’s address",
        group=GROUP,
        says="To the account’s current address: a yes behind it proves that its owner asks.",
        form=ToolForm,
        obstacle=previews.no_driver,
        preview=lambda case, _: identity.ask(case),
        act=_ask,
    ),
    Tool(
        key="change-email",
        label="Change the e-mail address",
        group=GROUP,
        says="The new address counts once its link was opened; the old one gets a notice.",
        form=AddressForm,
        obstacle=previews.no_driver,
        preview=lambda case, values: previews.change_address(case, values["email"], _identity(values)),
        act=_address,
    ),
    Tool(
        key="end-plan",
        label="Cancel a subscription",
        group=GROUP,
        says="Only the plan ends; the account stays.",
        form=PlanForm,
        obstacle=_no_plan,
        preview=_plan_preview,
        act=_end_plan,
    ),
    Tool(
        key="delete-account",
        label="Delete the account and its data",
        group=GROUP,
        says="At once, or once a session that runs and its payment have ended. Not while a plan runs or a fee is owed.",
        form=IdentityForm,
        obstacle=_not_deletable,
        preview=lambda case, values: previews.delete(case, _identity(values)),
        act=_delete,
    ),
    Tool(
        key="keep-account",
        label="Withdraw the deletion",
        group=GROUP,
        says="The account stays, where its deletion still waits.",
        form=IdentityForm,
        obstacle=_not_kept,
        preview=lambda case, values: previews.keep(case, _identity(values)),
        act=_keep,
    ),
)
