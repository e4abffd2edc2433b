"""A driver's account: another address, a plan ended, all of it deleted; by its driver, or by an agent who was asked."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization import audit
from authorization.models import User
from authorization.people import access
from billing.allowances import first_line
from billing.documents import outbox
from billing.documents.outbox import Mail, Reader
from billing.drivers import accounts, payment_cards
from billing.drivers.accounts import LinkError
from billing.formatting import contacts
from billing.joining import joins
from billing.models import Driver, PaymentCard, Subscription
from billing.plans import subscriptions

_HELP: Final = "help:start"


def send_address_link(driver: Driver, email: str, *, by: User, now: datetime) -> None:
    """Sends the link that makes the address count to the new one, and a notice to the old one.

    An agent's act, after they know who asks. Raises NotAllowedError and LinkError.
    """
    access.require_agent(by)
    user = driver.user
    if user is None or User.objects.filter(email=email).exists():
        raise LinkError("This address cannot be used: it has an account of its own, or the account was deleted.")
    with transaction.atomic():
        sent = accounts.make_link(email, now=now, driver=driver)
        with translation.override(driver.language):
            mail = Mail(
                key=f"driver-address:{sent.link.pk}",
                subject=_("Your link to log in"),
                text="\n\n".join(
                    (
                        _(
                            "It works once, for half an hour. You did not ask for it? Then do nothing: nobody comes in "
                            "without it."
                        ),
                        _("Open this link to log in with this address from now on:"),
                    )
                ),
                headers={},
            )
            notice = Mail(
                key=f"driver-address:{sent.link.pk}:notice",
                subject=_("Somebody asked for another address for your account"),
                text=_(
                    "Our support was asked to change the address of your account to %(address)s. It counts once the "
                    "link that went there was opened. Was this not you? Write to us at once:"
                )
                % {"address": email},
                headers={},
            )
        to = Reader(address=email, language=driver.language)
        outbox.queue_page(reverse("drive:come-in", args=[sent.secret]), to=to, mail=mail, now=now)
        _notify(user.email, notice, language=driver.language, now=now)
        after = {"from": contacts.masked(user.email), "to": contacts.masked(email)}
        audit.write("driver.address_link_sent", _subject(driver), user=by, now=now, after=after)


def notify_of_change(driver: Driver, *, before: str, now: datetime) -> None:
    """The old address learns that it opens the account no more. Call it when the link was used."""
    if driver.user is None or driver.user.email == before:
        return
    with translation.override(driver.language):
        notice = Mail(
            key=f"driver-address:{driver.pk}:{now:%Y%m%d%H%M%S}",
            subject=_("Your account has another address now"),
            text=_("From now on your account is opened with %(address)s. Was this not you? Write to us at once:")
            % {"address": contacts.masked(driver.user.email)},
            headers={},
        )
    _notify(before, notice, language=driver.language, now=now)


def end_plan(subscription: Subscription, *, is_at_once: bool, by: User, now: datetime) -> int:
    """Ends a plan with its period, or at once; how much goes back then. Asks the card processor.

    An agent's act, after they know who asks. Raises NotAllowedError, LimitError and SubscriptionError.
    """
    access.require_agent(by)
    back_minor = 0
    if is_at_once:
        first_line.check(by, lambda: first_line.of_plan_end(subscription, now=now))
        back_minor = subscriptions.end_at_once(subscription, now=now)
    else:
        subscriptions.cancel(subscription)
    subject = audit.Subject("subscription", subscription.pk, subscription.plan.name, subscription.host)
    after = {"at_once": is_at_once, "back_minor": back_minor}
    audit.write(
        "subscription.ended" if is_at_once else "subscription.cancelled", subject, user=by, now=now, after=after
    )
    return back_minor


def delete(driver: Driver, *, by: User | None, now: datetime) -> None:
    """Erases the person: the cards at their processor first, then the account. `by`: an agent; None: the driver.

    The caller has looked at `accounts.obstacles`. Raises NotAllowedError and CardError.
    """
    if by is not None:
        access.require_agent(by)
    for card in driver.payment_cards.exclude(state=PaymentCard.State.REMOVED):
        payment_cards.remove(card, now=now)
    with transaction.atomic():
        if by is None:
            audit.write_of_driver("driver.deleted", _subject(driver), now=now)
        else:
            audit.write("driver.deleted", _subject(driver), user=by, now=now)
        if driver.user is not None:
            joins.erase(driver.user)
        accounts.delete(driver, now=now)


def _notify(address: str, notice: Mail, *, language: str, now: datetime) -> None:
    outbox.queue_page(reverse(_HELP), to=Reader(address=address, language=language), mail=notice, now=now)


def _subject(driver: Driver) -> audit.Subject:
    """By the account's id, which is not personal data: it outlives the account."""
    return audit.Subject("driver", driver.pk, f"driver {driver.pk}")
