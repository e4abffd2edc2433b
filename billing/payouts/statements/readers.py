"""Subscribers to a host's statements: members who may see money and asked for them."""

from datetime import datetime
from typing import Final

from authorization.models import User
from authorization.people import access as people
from authorization.people.roles import Right
from billing.formatting.money import money
from billing.models import Statement, StatementReader
from billing.sessions.documents import outbox
from chargers.models import Host

_NAMES: Final = {Statement.Kind.MONTH: "Statement of {:%B %Y}", Statement.Kind.YEAR: "Annual statement of {:%Y}"}


def begin(user: User, host: Host, *, now: datetime) -> bool:
    """Subscribes the user to future statements; False if already subscribed."""
    return StatementReader.objects.get_or_create(user=user, host=host, defaults={"since": now})[1]


def stop(user: User, host: Host) -> bool:
    """Unsubscribes the user; False if not subscribed."""
    return bool(StatementReader.objects.filter(user=user, host=host).delete()[0])


def is_subscribed(user: User, host: Host) -> bool:
    return StatementReader.objects.filter(user=user, host=host).exists()


def send(statement: Statement, *, now: datetime) -> None:
    """Mails a statement. Call it in the transaction that makes the files.

    Covers the whole host, and separately paid properties, which have payouts of their own.
    """
    if statement.property_id is not None and not _is_paid_by_itself(statement):
        return
    readers = StatementReader.objects.filter(host=statement.host).values("user")
    for member in people.members_with(statement.host, Right.SEE_MONEY).filter(user__in=readers):
        outbox.queue_for_host(
            statement,
            to=member.user.email,
            key=f"statement:{statement.pk}:{member.user_id}",
            subject=_subject(statement),
            text=_text(statement),
            now=now,
        )


def _is_paid_by_itself(statement: Statement) -> bool:
    return statement.host.payouts.filter(property=statement.property_id, currency=statement.currency).exists()


def _subject(statement: Statement) -> str:
    name = _NAMES[Statement.Kind(statement.kind)].format(statement.begins_on)
    return f"{name}: {statement.property or statement.host}"


def _text(statement: Statement) -> str:
    def amount(minor: int) -> str:
        return money(minor, statement.currency)

    moved = statement.closing_minor - statement.opening_minor
    return (
        f"{_subject(statement)} ({statement.label}).\n\n"
        f"Opening balance: {amount(statement.opening_minor)}\n"
        f"Moved in {statement.lines:,} line{'' if statement.lines == 1 else 's'}: {amount(moved)}\n"
        f"Closing balance: {amount(statement.closing_minor)}\n\n"
        "The PDF is attached. The page has every line as CSV, too, and takes your address off this list."
    )
