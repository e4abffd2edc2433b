"""Acts on a person's account for a ticket, always by billing's own act, once their identity is known."""

from datetime import datetime

from authorization.models import User
from billing.formatting import contacts
from billing.formatting.money import money
from billing.models import Driver, Subscription
from billing.sessions.drivers import accounts
from billing.sessions.plans.acts import driver_accounts
from billing.sessions.plans.acts.driver_accounts import OpenError
from support.models import Ticket
from support.tickets.acts import identities
from support.tickets.identity import RecentError
from support.tools.case import NotPossibleError


def ask_who(ticket: Ticket, driver: Driver, *, by: User, now: datetime) -> str:
    """Sends a link that asks the account's owner.

    Raises NotAllowedError, and NotPossibleError moments after the last link.
    """
    try:
        sent = identities.ask(ticket, driver, by=by, now=now)
    except RecentError as exc:
        raise NotPossibleError(str(exc)) from exc
    return f"The link was sent to {contacts.mask_address(sent.address)}. The answer will appear here."


def change_address(driver: Driver, email: str, *, by: User, now: datetime) -> str:
    """Changes the account's address. Raises NotAllowedError and LinkError."""
    driver_accounts.send_address_link(driver, email, by=by, now=now)
    return f"The link is on its way to {contacts.mask_address(email)}, and a notice to the old address."


def end_plan(subscription: Subscription, *, is_at_once: bool, by: User, now: datetime) -> str:
    """Ends the subscription; calls the card processor. Raises NotAllowedError and SubscriptionError."""
    back = driver_accounts.end_plan(subscription, is_at_once=is_at_once, by=by, now=now)
    if not is_at_once:
        return f"“{subscription.plan.name}” ends when the paid period ends."
    currency = subscription.periods.latest("number").currency
    return f"“{subscription.plan.name}” has ended; {money(back, currency)} goes back to the card."


def delete(driver: Driver, *, by: User, now: datetime) -> str:
    """Deletes the account at once, or after what still runs.

    Raises NotAllowedError, CardError, and NotPossibleError while something is owed.
    """
    try:
        if accounts.pending(driver):
            due_at = driver_accounts.schedule_deletion(driver, by=by, now=now)
            return f"The account {driver.pk} is deleted once its session and payment have ended, by {due_at:%-d %b %Y}."
        if blockers := accounts.blocking(driver):
            raise NotPossibleError(" ".join(blockers))
        driver_accounts.delete(driver, by=by, now=now)
    except OpenError as exc:
        raise NotPossibleError(str(exc)) from exc
    return f"The account {driver.pk} and the person’s data are deleted."


def keep(driver: Driver, *, by: User, now: datetime) -> str:
    """Cancels a pending deletion. Raises NotAllowedError, and NotPossibleError if none is pending."""
    if not driver_accounts.withdraw_deletion(driver, by=by, now=now):
        raise NotPossibleError("No deletion is scheduled for this account, or it has already happened.")
    return f"The account {driver.pk} stays."
