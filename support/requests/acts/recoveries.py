"""The last step of the safe ladder: a ticket about a charger that could not be recovered, for agents and the host.

It belongs to the user who allowed the ladder, else to the host's first owner, who get its mails and can follow it.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from authorization import audit
from authorization.models import Membership, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Recovery
from chargers.recovery import progress, wording
from chargers.recovery.next_step import Step
from support.mailbox import outgoing
from support.models import Ticket
from support.tickets import conversation, lifecycle
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import Facts, NewTicket
from support.topics.details import Detail
from support.topics.topic import Asker

_DOES_NOT_WORK: Final = 1
_NAME: Final = "The safe ladder"


def report(row: Recovery, *, now: datetime) -> bool:
    """Opens a ticket, or adds to the open one about the charger. Returns False if another worker did so."""
    charger, text, person = row.charger, _text(row), _person(row)
    with transaction.atomic():
        rows = Ticket.objects.select_for_update().filter(charger=charger, origin=Ticket.Origin.LADDER)
        ticket = rows.filter(state__in=Ticket.LIVE).order_by("-id").first()
        is_new = ticket is None
        if ticket is None:
            new = NewTicket(
                topic=_DOES_NOT_WORK,
                text=text,
                subject=f"{charger.station_id} does not recover",
                asker=Asker.HOST,
                user=person,
                email=person.email if person else "",
                origin=Ticket.Origin.LADDER,
                facts=Facts(host=charger.property.host, property=charger.property, charger=charger),
                known_details={
                    Detail.CHARGER_ID: charger.station_id,
                    Detail.PROPERTY: charger.property.name,
                    Detail.ATTEMPTED_AT: f"{row.since.astimezone(_zone(row)):%Y-%m-%dT%H:%M}",
                },
            )
            ticket = lifecycle.open_ticket(new, now=now)
        if not progress.store_ticket(row, label=ticket.label):
            transaction.set_rollback(True)
            return False
        message = NewMessage(author=Author.SYSTEM, name=_NAME, text=text)
        conversation.add(ticket, message, now=now)
        if ticket.email:
            opening = f"The safe ladder could not bring {charger.station_id} back, and opened {ticket.label} for you."
            outgoing.announce(ticket, f"{opening}\n\n{text}", key=f"recovery-{row.pk}", now=now)
        if is_new:
            subject = audit.Subject("ticket", ticket.pk, ticket.label, ticket.host)
            audit.write("ticket.opened", subject, user=None, now=now, after={"origin": ticket.origin})
    return True


def _person(row: Recovery) -> User | None:
    """Returns the user who allowed the ladder, if they still operate the host's chargers, else the first owner."""
    approver = progress.chosen_by(row.charger)
    members = access.members_with(row.charger.property.host, Right.OPERATE).order_by("pk")
    membership = members.filter(user__email=audit.name(approver)).first() if audit.is_person(approver) else None
    holder = membership or members.filter(role=Membership.Role.OWNER).first()
    return holder.user if holder else None


def _text(row: Recovery) -> str:
    """Tells what was tried, when, and with which result, in the place's time zone."""
    zone = _zone(row)
    fault_description = f"{row.get_kind_display()} {row.detail}".strip()
    lines = [f"{row.charger.station_id}: {fault_description} since {row.since.astimezone(zone):%-d %b %Y, %H:%M %Z}."]
    for step in row.steps.all():
        if step.step != Step.TICKET:
            answer = f", the charger answered: {step.answer.replace('_', ' ')}" if step.answer else ""
            at = step.taken_at.astimezone(zone)
            lines.append(f"{at:%H:%M %Z}, {wording.TITLES[Step(step.step)].lower()}{answer}.")
    if len(lines) == 1:
        why = wording.describe_wait(row.waits_for)
        lines.append(f"Nothing could be tried: {why}." if why else "Nothing could be tried.")
    return "\n".join(lines)


def _zone(row: Recovery) -> ZoneInfo:
    return ZoneInfo(row.charger.property.time_zone)
