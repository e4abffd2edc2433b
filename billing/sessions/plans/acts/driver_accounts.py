"""Acts on a driver's account: changing its address, ending a plan, deleting it; by the driver, or by an agent at their
request.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.formatting import contacts, times
from billing.models import Driver, OutgoingMail, PaymentCard, Subscription
from billing.sessions.allowances import first_line
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Mail, Reader
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.drivers.accounts import LinkError
from billing.sessions.join_codes import joins
from billing.sessions.plans import subscriptions
from chargers.lib import batch
from chargers.lib.i18n import mark

_HELP: Final = "help:start"
_DELETED: Final = "driver-deleted:"


class OpenError(Exception):
    """The account cannot be deleted while something is open; `sentences` tell what, each marked for translation."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


def send_address_link(driver: Driver, email: str, *, by: User, now: datetime) -> None:
    """Mails a link to the new address, which takes effect when the link is used, and a notice to the old one.

    For agents, after they have identified the driver. Raises NotAllowedError and LinkError.
    """
    access.require_agent(by, Right.MANAGE)
    user = driver.user
    if user is None or User.objects.filter(email=email).exists():
        raise LinkError("This address cannot be used: it has an account of its own, or the account was deleted.")
    with transaction.atomic():
        sent = accounts.make_link(email, now=now, driver=driver)
        with translation.override(driver.language):
            mail = Mail(
                key=f"driver-address:{sent.link.pk}",
                subject=_("Confirm your new e-mail address"),
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
        recipient = Reader(address=email, language=driver.language)
        outbox.queue_page(reverse("drive:come-in", args=[sent.secret]), to=recipient, mail=mail, now=now)
        _notify(user.email, notice, language=driver.language, now=now)
        after = {"from": contacts.mask_address(user.email), "to": contacts.mask_address(email)}
        audit.write("driver.address_link_sent", _subject(driver), user=by, now=now, after=after)


def notify_of_change(driver: Driver, *, before: str, now: datetime) -> None:
    """Notifies the old address that it no longer opens the account. Call it when the link was used."""
    if driver.user is None or driver.user.email == before:
        return
    with translation.override(driver.language):
        notice = Mail(
            key=f"driver-address:{driver.pk}:{now:%Y%m%d%H%M%S}",
            subject=_("Your account has another address now"),
            text=_("From now on your account is opened with %(address)s. Was this not you? Write to us at once:")
            % {"address": contacts.mask_address(driver.user.email)},
            headers={},
        )
    _notify(before, notice, language=driver.language, now=now)


def end_plan(subscription: Subscription, *, is_at_once: bool, by: User, now: datetime) -> int:
    """Ends a plan with its period, or at once. Returns how much goes back. Calls the card processor.

    For agents, after they have identified the driver. Raises NotAllowedError, LimitError and SubscriptionError.
    """
    access.require_agent(by, Right.MANAGE)
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
    """Erases the person: first their cards at the processor, then the account. `by`: an agent; None: the driver.

    The caller has checked `accounts.obstacles`; raises OpenError for anything that began since. Raises NotAllowedError
    and CardError.
    """
    if by is not None:
        access.require_agent(by, Right.MANAGE)
    _remove_cards(driver, now=now)
    with transaction.atomic():
        _erase(driver, by=by, now=now)


def schedule_deletion(driver: Driver, *, by: User | None, now: datetime) -> datetime:
    """Deletes the account when everything open has ended. Returns the latest day. `by` as for `delete`.

    A mail tells the driver, with the page to withdraw. Raises NotAllowedError, and OpenError for what does not end by
    itself.
    """
    if by is not None:
        access.require_agent(by, Right.MANAGE)
    if blockers := accounts.blocking(driver):
        raise OpenError(blockers)
    with transaction.atomic():
        is_new = accounts.schedule_deletion(driver, now=now)
        driver.refresh_from_db(fields=["deletion_asked_at", "deletion_due_at"])
        assert driver.deletion_due_at is not None
        if is_new:
            _write("driver.deletion_scheduled", driver, by=by, now=now)
            _mail(driver, _scheduled_mail(driver), page=reverse("drive:delete"), now=now)
    return driver.deletion_due_at


def withdraw_deletion(driver: Driver, *, by: User | None, now: datetime) -> bool:
    """Withdraws the deletion. False if none was scheduled. Raises NotAllowedError."""
    if by is not None:
        access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        is_withdrawn = accounts.withdraw_deletion(driver)
        if is_withdrawn:
            _write("driver.deletion_withdrawn", driver, by=by, now=now)
    return is_withdrawn


def delete_due(*, now: datetime) -> int:
    """Deletes the scheduled accounts with nothing open any more. Calls the card processor."""
    _forget_addresses()
    return batch.run_for_rows(accounts.to_delete(), lambda pk: _delete_due(pk, now=now), failure="could not be deleted")


def _delete_due(pk: UUID, *, now: datetime) -> bool:
    driver = accounts.to_delete().filter(pk=pk).first()
    if driver is None or driver.user is None:
        return False
    if accounts.obstacles(driver) or accounts.has_unsent(driver):
        return _notify_of_delay(driver, now=now)
    with translation.override(driver.language):
        text = _(
            "You asked for it on %(day)s. Name, address and saved cards are deleted; receipts stay without a name."
        )
        request_day = times.day(driver.deletion_asked_at)
        advice = _("You can go on charging without one: scan the code on the charger.")
        mail = Mail(
            key=f"{_DELETED}{driver.pk}",
            subject=_("Your account was deleted"),
            text=f"{text % {'day': request_day}}\n\n{advice}",
            headers={},
        )
    address = driver.user.email
    _remove_cards(driver, now=now)
    with transaction.atomic():
        _erase(driver, by=None, now=now)
        _notify(address, mail, language=driver.language, now=now)
    return True


def _notify_of_delay(driver: Driver, *, now: datetime) -> bool:
    """Tells the driver what still delays the deletion and until when, if the promised day has passed. Always False."""
    obstacles = accounts.obstacles(driver)
    with transaction.atomic():
        if not obstacles or not accounts.postpone_deletion(driver, now=now):
            return False
        driver.refresh_from_db(fields=["deletion_due_at"])
        _write("driver.deletion_late", driver, by=None, now=now)
        with translation.override(driver.language):
            paragraphs = [
                _("Your account is not deleted yet, because something is still open:"),
                *(_(obstacle) for obstacle in obstacles),
                _("It is deleted once that has ended, at the latest on %(day)s; or we write to you again.")
                % {"day": times.day(driver.deletion_due_at)},
            ]
            mail = Mail(
                key=f"driver-deletion-late:{driver.pk}:{now:%Y%m%d}",
                subject=_("Your account is not deleted yet"),
                text="\n\n".join(paragraphs),
                headers={},
            )
        _mail(driver, mail, page=reverse("drive:delete"), now=now)
    return False


def _scheduled_mail(driver: Driver) -> Mail:
    assert driver.deletion_asked_at is not None
    with translation.override(driver.language):
        sentence = _(
            "Your account will be deleted once the session that runs and its payment have ended, at the latest on "
            "%(day)s; if something is still open then, we write to you. Its receipt still reaches you. Until then you "
            "can keep the account: open this page."
        ) % {"day": times.day(driver.deletion_due_at)}
        key = f"driver-deletion:{driver.pk}:{driver.deletion_asked_at:%Y%m%d%H%M%S}"
        return Mail(key=key, subject=_("Your account will be deleted"), text=sentence, headers={})


def _remove_cards(driver: Driver, *, now: datetime) -> None:
    """Removes the cards, also at their processor. Raises CardError."""
    for card in driver.payment_cards.exclude(state=PaymentCard.State.REMOVED):
        payment_cards.remove(card, now=now)


def _erase(driver: Driver, *, by: User | None, now: datetime) -> None:
    """Erases the account. Call it in a transaction. Raises OpenError."""
    _lock_closed(driver)
    _write("driver.deleted", driver, by=by, now=now)
    if driver.user is not None:
        joins.erase(driver.user)
    accounts.delete(driver, now=now)


def _lock_closed(driver: Driver) -> None:
    """Locks the account against another deletion, and checks that nothing has begun or was withdrawn meanwhile.

    Raises OpenError.
    """
    locked = Driver.objects.select_for_update().get(pk=driver.pk)
    if locked.deletion_asked_at != driver.deletion_asked_at or locked.deleted_at is not None:
        raise OpenError([mark("The account has changed meanwhile: open this page again.")])
    if obstacles := accounts.obstacles(driver):
        raise OpenError(obstacles)


def _forget_addresses() -> None:
    """Forgets the addresses of deleted drivers whose last mail was sent: nothing else was left of the person."""
    sent_mails = OutgoingMail.objects.filter(
        key__startswith=_DELETED, state__in=(OutgoingMail.State.SENT, OutgoingMail.State.GIVEN_UP)
    )
    for mail in sent_mails.exclude(address__endswith=accounts.NOWHERE)[:100]:
        OutgoingMail.objects.filter(pk=mail.pk).update(address=f"deleted-{mail.pk}{accounts.NOWHERE}")


def _write(verb: str, driver: Driver, *, by: User | None, now: datetime) -> None:
    if by is None:
        audit.write_of_driver(verb, _subject(driver), now=now)
    else:
        audit.write(verb, _subject(driver), user=by, now=now)


def _mail(driver: Driver, mail: Mail, *, page: str, now: datetime) -> None:
    if driver.user is not None:
        outbox.queue_page(page, to=Reader(address=driver.user.email, language=driver.language), mail=mail, now=now)


def _notify(address: str, notice: Mail, *, language: str, now: datetime) -> None:
    outbox.queue_page(reverse(_HELP), to=Reader(address=address, language=language), mail=notice, now=now)


def _subject(driver: Driver) -> audit.Subject:
    """Returns the audit subject by the account's id, which is not personal data: it outlives the account."""
    return audit.Subject("driver", driver.pk, f"driver {driver.pk}")
