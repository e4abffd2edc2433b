"""What follows a failed payment: the retries, the end of the plan's grace period, and the mails to the driver."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from billing.formatting import stored_sentences
from billing.formatting.money import money
from billing.models import Invoice, PlanChange, SubscriptionPeriod
from billing.sessions.documents import outbox
from billing.sessions.plans import change_terms
from chargers.lib.i18n import mark

GIVEN_UP: Final = mark("The fee could not be taken from the card, however often it was tried.")


def next_try(period: SubscriptionPeriod) -> datetime | None:
    """Returns when the next attempt is due, counted from the period's start; None after the last."""
    days = settings.SUBSCRIPTION_RETRY_DAYS
    attempt_count = period.generation
    return period.begins_at + timedelta(days=days[attempt_count - 1]) if attempt_count <= len(days) else None


def benefits_end(period: SubscriptionPeriod) -> datetime | None:
    """Returns until when the plan's benefits last although its fee is due; None if no fee is overdue."""
    since = period.subscription.past_due_since
    return since + timedelta(days=settings.SUBSCRIPTION_BENEFITS_DAYS) if since else None


def notify_paid(period: SubscriptionPeriod, invoice: Invoice, *, now: datetime) -> None:
    """Mails the driver about a payment. Call it in the transaction of the payment."""
    values = {"plan": period.version.plan.name, "amount": _amount(period), "number": invoice.label}

    def rendered() -> tuple[str, str]:
        subject = gettext("%(plan)s: %(amount)s paid, invoice %(number)s")
        text = gettext(
            "%(amount)s was taken from your card for the plan %(plan)s. Invoice %(number)s is on your pages:"
        )
        return subject % values, text % values

    _notify(period, "paid", rendered, now=now)


def notify_refused(period: SubscriptionPeriod, *, again_at: datetime | None, now: datetime) -> None:
    """Mails the driver about a refusal. Call it in the transaction that records the refusal."""
    zone = ZoneInfo(period.subscription.time_zone)

    def rendered() -> tuple[str, str]:
        values = {
            "plan": period.version.plan.name,
            "amount": _amount(period),
            "why": stored_sentences.local(period.failure_sentences),
        }
        subject = gettext("%(plan)s: your card was refused") % values
        first = gettext("%(amount)s for the plan %(plan)s could not be taken from your card. %(why)s") % values
        if again_at is None:
            last = gettext("The plan has ended. The amount is still owed: choose another card on your pages to pay it.")
            return subject, f"{first}\n\n{last}"
        until = benefits_end(period) or now
        days = {"again": _day(again_at, zone), "until": _day(until, zone)}
        last = gettext("It is tried again on %(again)s. The plan counts until %(until)s. Choose another card here:")
        return subject, f"{first}\n\n{last % days}"

    _notify(period, f"refused:{period.generation}" if again_at else "refused:last", rendered, now=now)


def notify_changed(change: PlanChange, invoice: Invoice, *, now: datetime) -> None:
    """Mails the driver about a change. Call it in the transaction that carries out the change."""
    terms = change_terms.calculate(change)

    def rendered() -> tuple[str, str]:
        values = {"new": terms.new_plan, "old": terms.old_plan, "number": invoice.label}
        subject = gettext("You have %(new)s instead of %(old)s now") % values
        parts = [
            f"{line.text}: {money(line.signed_minor, terms.currency)}. {line.reason}".rstrip()
            for line in change_terms.lines(terms)
        ]
        last = gettext("Invoice %(number)s is on your pages:") % values
        return subject, "\n".join([*parts, change_terms.result(terms), change_terms.energy(terms), "", last])

    assert change.made is not None
    _notify(change.made, "changed", rendered, now=now)


def _notify(period: SubscriptionPeriod, event: str, rendered: Callable[[], tuple[str, str]], *, now: datetime) -> None:
    driver = period.subscription.driver
    with translation.override(driver.language):
        subject, text = rendered()
    outbox.queue_for_driver(driver, key=f"period:{period.pk}:{event}", subject=subject, text=text, now=now)


def _amount(period: SubscriptionPeriod) -> str:
    return money(period.total_minor, period.currency)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), gettext("j M Y"))
