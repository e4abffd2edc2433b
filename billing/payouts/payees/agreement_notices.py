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


def announce_version(new_version: PayoutAgreement, *, now: datetime) -> None:
    """Announces a version.

    Call it in the transaction that makes it valid: entered by one person, or confirmed by the second.
    """
    lines = [
        f"{change.label}: {change.before} → {change.after}"
        for change in changes.compare(agreements.find_replaced_terms(new_version), new_version)
    ]
    changed = "What changes:\n\n" + "\n".join(lines) if lines else "No term changes."
    has_begun = new_version.valid_from <= now
    verb, deadline = ("has been in force since", "at once") if has_begun else ("begins on", "before that day")
    text = (
        f"Version {new_version.number} of the payout agreement for {Scope.from_row(new_version).text()} {verb} "
        f"{format_first_day(new_version)}.\n\n"
        f"{changed}\n\nPayouts of periods before that day keep their terms.\n\n{_describe_objection_steps(deadline)}"
    )
    _write(
        new_version, "agreed", f"{new_version.host.name}: new terms from {format_first_day(new_version)}", text, now=now
    )


def announce_withdrawal(withdrawn_version: PayoutAgreement, *, now: datetime) -> None:
    """Announces a withdrawal. Call it in the transaction that withdraws a version that was announced."""
    text = (
        f"Version {withdrawn_version.number} of the payout agreement for {Scope.from_row(withdrawn_version).text()}, "
        "which was to begin on "
        f"{format_first_day(withdrawn_version)}, was withdrawn. The terms stay as they are.\n\nThe agreement:"
    )
    _write(withdrawn_version, "withdrawn", f"{withdrawn_version.host.name}: new terms were withdrawn", text, now=now)


def format_first_day(new_version: PayoutAgreement) -> str:
    """Returns the version's first day, in the zone of its periods."""
    zone = new_version.property.time_zone if new_version.property else time_zones.of_host(new_version.host)
    return f"{new_version.valid_from.astimezone(ZoneInfo(zone)):%-d %B %Y}"


def _describe_objection_steps(deadline: str) -> str:
    support = f"write to {settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else "tell our support"
    return f"If this is not what was agreed: {support} {deadline}. Every version:"


def _write(new_version: PayoutAgreement, kind: str, subject: str, text: str, *, now: datetime) -> None:
    for address in sorted(
        {membership.user.email.lower() for membership in people.members_with(new_version.host, Right.HANDLE_MONEY)}
    ):
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        key = f"agreement:{new_version.pk}:{kind}:{digest}"
        outbox.queue_for_host(new_version.host, to=address, key=key, subject=subject, text=text, now=now)
