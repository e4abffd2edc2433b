"""Grants by which support agents see personal data of a host's guests: requested, answered, ended, used."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from authorization.models import DataGrant, DataOpening, User
from chargers.models import Host

LONGEST: Final = timedelta(days=7)
ANSWERED_WITHIN: Final = timedelta(days=7)


class GrantError(Exception):
    """Nothing was changed; the message is a sentence."""


def ask(
    host: Host, *, scope: DataGrant.Scope, reason: str, ticket: str, until: datetime, agent: User, now: datetime
) -> DataGrant:
    """Creates a request to the host. Raises GrantError if one is open or in force, or if the end is out of bounds."""
    if not now < until <= now + LONGEST:
        raise GrantError(f"A grant ends within {LONGEST.days} days.")
    same = DataGrant.objects.filter(host=host, agent=agent, scope=scope)
    if same.filter(live(now=now) | waiting(now=now)).exists():
        raise GrantError("You have asked for this already: the host has not answered yet, or the grant still holds.")
    return DataGrant.objects.create(
        host=host, agent=agent, scope=scope, reason=reason, ticket=ticket, asked_at=now, ends_at=until
    )


def live(*, now: datetime) -> Q:
    """Returns the condition for grants in force."""
    return Q(approved_at__isnull=False, revoked_at=None, ends_at__gt=now)


def waiting(*, now: datetime) -> Q:
    """Returns the condition for requests that the host may still answer."""
    return Q(approved_at=None, declined_at=None, ends_at__gt=now)


def answer(grant: DataGrant, *, approves: bool, by: str, now: datetime) -> None:
    """Records the host's answer. Raises GrantError if it was answered, or if its end has passed."""
    times = {"approved_at": now} if approves else {"declined_at": now}
    open_ones = DataGrant.objects.filter(waiting(now=now), pk=grant.pk)
    if not open_ones.update(answered_by=by[:150], **times):
        raise GrantError("This request was answered already, or its end has passed.")


def revoke(grant: DataGrant, *, now: datetime) -> None:
    """Ends the grant at once. Raises GrantError if it is not in force."""
    if not DataGrant.objects.filter(live(now=now), pk=grant.pk).update(revoked_at=now):
        raise GrantError("This grant does not hold any more.")


def list_for_agent(agent: User, *, now: datetime) -> QuerySet[DataGrant]:
    """Returns this agent's grants in force."""
    return DataGrant.objects.filter(live(now=now), agent=agent).select_related("host").order_by("ends_at")


def note_opening(grant: DataGrant, subject: str, *, now: datetime) -> None:
    """Records what was opened, for the host."""
    DataOpening.objects.create(grant=grant, at=now, subject=subject[:120])
