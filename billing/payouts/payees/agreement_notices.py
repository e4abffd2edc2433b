"""Mails about versions of an agreement, to everyone who handles the host's money: what changes, and when."""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from authorization.people import access as people
from authorization.people.roles import Right
from billing.models import PayoutAgreement
from billing.payouts.payees import agreements, changes
from billing.payouts.payees.agreements import Scope
from billing.sessions.documents import outbox
from chargers.properties import time_zones


def announce_version(made: PayoutAgreement, *, now: datetime) -> None:
    """Announces a version.

    Call it in the transaction that makes it valid: entered by one person, or confirmed by the second.
    """
    lines = [
        f"{change.label}: {change.before} → {change.after}"
        for change in changes.compare(agreements.find_replaced_terms(made), made)
    ]
    changed = "What changes:\n\n" + "\n".join(lines) if lines else "No term changes."
    has_begun = made.valid_from <= now
    verb, deadline = ("has been in force since", "at once") if has_begun else ("begins on", "before that day")
    text = (
        f"Version {made.number} of the payout agreement for {Scope.from_row(made).text()} {verb} "
        f"{format_first_day(made)}.\n\n"
        f"{changed}\n\nPayouts of periods before that day keep their terms.\n\n{_describe_objection_steps(deadline)}"
    )
    _write(made, "agreed", f"{made.host.name}: new terms from {format_first_day(made)}", text, now=now)


def announce_withdrawal(made: PayoutAgreement, *, now: datetime) -> None:
    """Announces a withdrawal. Call it in the transaction that withdraws a version that was announced."""
    text = (
        f"Version {made.number} of the payout agreement for {Scope.from_row(made).text()}, which was to begin on "
        f"{format_first_day(made)}, was withdrawn. The terms stay as they are.\n\nThe agreement:"
    )
    _write(made, "withdrawn", f"{made.host.name}: new terms were withdrawn", text, now=now)


def format_first_day(made: PayoutAgreement) -> str:
    """Returns the version's first day, in the zone of its periods."""
    zone = made.property.time_zone if made.property else time_zones.of_host(made.host)
    return f"{made.valid_from.astimezone(ZoneInfo(zone)):%-d %B %Y}"


def _describe_objection_steps(deadline: str) -> str:
    support = f"write to {settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else "tell our support"
    return f"If this is not what was agreed: {support} {deadline}. Every version:"


def _write(made: PayoutAgreement, kind: str, subject: str, text: str, *, now: datetime) -> None:
    for address in sorted(
        {membership.user.email.lower() for membership in people.members_with(made.host, Right.HANDLE_MONEY)}
    ):
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        key = f"agreement:{made.pk}:{kind}:{digest}"
        outbox.queue_for_host(made.host, to=address, key=key, subject=subject, text=text, now=now)
