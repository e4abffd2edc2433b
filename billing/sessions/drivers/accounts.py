"""Drivers' accounts: opened by a mailed link, holding little personal data, and deleted when their driver asks.

A request for a link gets the same answer whether or not the address has an account, so that only its mailbox learns it.
Portal users and agents cannot log in by a link or skip their second factor: they log in to the portal first.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.models import Decision, User
from authorization.people import access
from authorization.visits import access_requests
from billing.models import Complaint, Driver, DriverLink, Hold, OutgoingMail, PaymentCard, Session, SubscriptionPeriod
from chargers.lib import ids
from chargers.lib.i18n import mark
from chargers.lib.secrets import digest

LINK_LASTS: Final = timedelta(minutes=30)
_LINKS_ARE_KEPT: Final = timedelta(days=2)
DELETED_WITHIN: Final = timedelta(days=30)
"""The legal deadline for an answer (GDPR 12.3); a session and its payment end within hours or days."""
NOWHERE: Final = "@driver.invalid"
_GONE: Final = f"deleted-%d{NOWHERE}"


class LinkError(Exception):
    """The link is not valid; the message is a sentence for its holder."""


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link with its secret, which is stored only as a hash. `is_portals`: for a user of the portal."""

    link: DriverLink
    secret: str
    is_portals: bool


def make_link(email: str, *, now: datetime, session: Session | None = None, driver: Driver | None = None) -> SentLink:
    """Makes a link for one use within half an hour. With `driver`, using it changes their account to this address."""
    secret = secrets.token_urlsafe(24)
    DriverLink.objects.filter(expires_at__lt=now - _LINKS_ARE_KEPT).delete()
    link = DriverLink.objects.create(
        secret_hash=digest(secret),
        email=email.strip().lower(),
        session=session,
        driver=driver,
        made_at=now,
        expires_at=now + LINK_LASTS,
    )
    user = User.objects.filter(email=link.email).first()
    return SentLink(link, secret, is_portals=user is not None and is_of_portal(user))


def counted_as(email: str) -> str:
    """Returns the key of an address in rate limits: a hash, not the address itself."""
    return digest(email.strip().lower())[:32]


def find_link(secret: str, *, now: datetime) -> DriverLink | None:
    """Returns the link if it is still valid. Does not use it up, because mail programs open links, too."""
    links = DriverLink.objects.filter(secret_hash=digest(secret), used_at=None, expires_at__gt=now)
    return links.select_related("session", "driver__user").first()


def use_link(secret: str, *, language: str, now: datetime) -> Driver:
    """Opens the account of the link's address, creating it if there is none. Raises LinkError."""
    with transaction.atomic():
        link = find_link(secret, now=now)
        if link is None or not DriverLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
            raise LinkError(mark("This link was used already, or its half hour is over: ask for a new one."))
        if link.driver is not None:
            return _change_email(link.driver, link.email, now=now)
        user = User.objects.filter(email=link.email).first()
        if user is None:
            user = User.objects.create_user(link.email, None, sees_portal=False)
        if is_of_portal(user) or not user.is_active:
            raise LinkError(mark("This address logs in at the portal: log in there, then come back."))
        if user.email_confirmed_at is None:
            user.email_confirmed_at = now
            user.save(update_fields=["email_confirmed_at"])
        driver = of_user(user, language=language, now=now)
        if link.session is not None:
            keep(link.session, driver)
        return driver


def of_user(user: User, *, language: str, now: datetime) -> Driver:
    """Returns the user's driver account, created on their first visit."""
    new_fields = {"id": ids.generate(now=now), "language": language, "created_at": now}
    return Driver.objects.get_or_create(user=user, defaults=new_fields)[0]


def is_of_portal(user: User) -> bool:
    """Whether the user may use the portal: an agent, a member of a host, or a person with access granted by a host."""
    if user.sees_portal or user.is_agent:
        return True
    return access.hosts(user).exists() or access.chargers(user).exists()


def keep(session: Session, driver: Driver) -> bool:
    """Adds a session to the account; the caller has proven its link. A session of another account stays there."""
    return bool(Session.objects.filter(pk=session.pk, driver=None).update(driver=driver))


def list_sessions(driver: Driver) -> QuerySet[Session]:
    """Returns the account's sessions, and unclaimed ones whose receipt went to its address.

    Drivers have proven their address by the mailed link; users of the portal have not.
    """
    condition = Q(driver=driver)
    if driver.user is not None and not driver.user.sees_portal:
        by_guest_email = Q(guest_email=driver.user.email, receipts__isnull=False)
        sent = Q(receipts__mails__address=driver.user.email, receipts__mails__state=OutgoingMail.State.SENT)
        condition |= Q(by_guest_email | sent, driver=None)
    return Session.objects.filter(condition)


def history(driver: Driver) -> QuerySet[Session]:
    """Returns all sessions of the account, with the rows that its page shows."""
    rows = Session.objects.filter(pk__in=list_sessions(driver).values("pk")).select_related(
        "property", "charger", "rate_version__rate"
    )
    return rows.prefetch_related("ratings", "receipts").order_by("-id")


def refusals(driver: Driver) -> QuerySet[Decision]:
    """Returns refused starts of the account's charging cards, each since it was added."""
    condition = Q(pk__in=[])
    for owned in driver.tokens.all():
        condition |= Q(token=owned.token_id, at__gte=owned.claimed_at)
    decisions = Decision.objects.filter(condition, verdict=Decision.Verdict.REFUSED).select_related(
        "charger__property", "token"
    )
    return decisions.order_by("-id")


def obstacles(driver: Driver) -> list[str]:
    """Returns why the account cannot be deleted now, as sentences; empty if it can."""
    return [*pending(driver), *blocking(driver)]


def pending(driver: Driver) -> list[str]:
    """Returns what ends by itself or by the driver's own stop, as sentences; a deletion can wait for it."""
    running = Session.objects.filter(driver=driver, state__in=Session.UNFINISHED)
    if running.exists():
        return [mark("A session of yours is not over yet: stop it, unplug, and wait for its receipt.")]
    if Hold.objects.filter(session__driver=driver, state__in=Hold.LIVE).exists():
        return [mark("A payment of a session is not over yet: your bank has not answered, or money is still held.")]
    return []


def blocking(driver: Driver) -> list[str]:
    """Returns what only the driver can end, as sentences; a deletion needs that first."""
    live = driver.subscriptions.filter(state__in=("pending", "active", "past_due"))
    unpaid = SubscriptionPeriod.objects.filter(subscription__driver=driver, invoices__kind="invoice")
    why = (
        (live, mark("A plan of yours still runs: end it at once, then delete the account.")),
        (unpaid.exclude(state="paid"), mark("A fee of a plan is still owed: pay it with another card first.")),
    )
    return [sentence for rows, sentence in why if rows.exists()]


def schedule_deletion(driver: Driver, *, now: datetime) -> bool:
    """Schedules the deletion for when nothing is open any more. False if it was scheduled before or is done."""
    active_rows = Driver.objects.filter(pk=driver.pk, deleted_at=None, deletion_asked_at=None)
    return bool(active_rows.update(deletion_asked_at=now, deletion_due_at=now + DELETED_WITHIN))


def withdraw_deletion(driver: Driver) -> bool:
    """Withdraws the deletion. False if none was scheduled, or it is done."""
    scheduled_rows = Driver.objects.filter(pk=driver.pk, deleted_at=None, deletion_asked_at__isnull=False)
    return bool(scheduled_rows.update(deletion_asked_at=None, deletion_due_at=None))


def postpone_deletion(driver: Driver, *, now: datetime) -> bool:
    """Postpones a deletion whose promised day has passed with something still open.

    False if that day has not passed.
    """
    overdue_rows = Driver.objects.filter(pk=driver.pk, deletion_due_at__lte=now)
    return bool(overdue_rows.update(deletion_due_at=now + DELETED_WITHIN))


def to_delete() -> QuerySet[Driver]:
    """Returns the accounts to be deleted."""
    return Driver.objects.filter(deletion_asked_at__isnull=False).exclude(user=None).select_related("user")


def has_unsent(driver: Driver) -> bool:
    """Whether a receipt or another mail to them still waits: deleting the account would drop it."""
    states = (OutgoingMail.State.WAITING, OutgoingMail.State.SENDING)
    own_mails = Q(driver=driver) | Q(session__driver=driver) | Q(receipt__session__driver=driver)
    return OutgoingMail.objects.filter(own_mails, state__in=states).exists()


def delete(driver: Driver, *, now: datetime) -> None:
    """Erases the person; sessions, documents and books stay, without a name. Call it in a transaction.

    The caller has removed the payment cards at their processor, and checked `obstacles`.
    """
    session_ids = set(list_sessions(driver).values_list("pk", flat=True))
    for mail in OutgoingMail.objects.filter(receipt__session__in=session_ids):
        # A receipt is mailed to an address once, so each mail needs an address of its own.
        OutgoingMail.objects.filter(pk=mail.pk).update(address=_GONE % mail.pk)
    OutgoingMail.objects.filter(Q(driver=driver) | Q(session__in=session_ids)).delete()
    Session.objects.filter(pk__in=session_ids).update(guest_email="", guest_language="")
    Complaint.objects.filter(receipt__session__in=session_ids).update(email="")
    driver.tokens.all().delete()
    PaymentCard.objects.filter(driver=driver).update(last4="", brand="", exp_month=None, exp_year=None)
    user = driver.user
    Driver.objects.filter(pk=driver.pk).update(
        user=None, name="", deleted_at=now, deletion_asked_at=None, deletion_due_at=None
    )
    if user is None:
        return
    DriverLink.objects.filter(email=user.email).delete()
    access_requests.erase(user.email, now=now)
    if not is_of_portal(user):
        user.delete()


def export_data(driver: Driver) -> dict[str, Any]:
    """Returns all that we know of the driver, for the export they may ask for."""
    user = driver.user
    return {
        "account": {
            "email": user.email if user else "",
            "name": driver.name,
            "language": driver.language,
            "since": driver.created_at.isoformat(),
        },
        "sessions": [_session(row) for row in history(driver).iterator(chunk_size=200)],
        "payment_cards": [
            {"brand": card.brand, "last4": card.last4, "state": card.state, "since": card.created_at.isoformat()}
            for card in driver.payment_cards.order_by("id")
        ],
        "plans": [
            {
                "plan": subscription.plan.name,
                "host": subscription.host.name,
                "state": subscription.state,
                "since": subscription.created_at.isoformat(),
                "invoices": [
                    invoice.document for period in subscription.periods.all() for invoice in period.invoices.all()
                ],
            }
            for subscription in driver.subscriptions.select_related("plan", "host").order_by("id")
        ],
        "charging_cards": [
            {"uid": token.token.uid, "since": token.claimed_at.isoformat(), "proof": token.proof}
            for token in driver.tokens.select_related("token").order_by("id")
        ],
    }


def _session(row: Session) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "place": row.property.name,
        "station": row.charger.station_id,
        "state": row.state,
        "opened_at": row.opened_at.isoformat(),
        "email": row.guest_email,
        "documents": [receipt.document for receipt in row.receipts.all()],
    }


def _change_email(driver: Driver, email: str, *, now: datetime) -> Driver:
    """Changes the address that opens the account. Raises LinkError if another account has it."""
    user = driver.user
    if user is None or User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise LinkError(mark("This address cannot be used: it has an account of its own."))
    User.objects.filter(pk=user.pk).update(email=email, email_confirmed_at=now)
    return Driver.objects.select_related("user").get(pk=driver.pk)
