"""Acts by which an agent requests access from a ticket's host."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from authorization.members.acts import data_grants
from authorization.models import DataGrant, User
from authorization.people import access
from authorization.people.roles import Right
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Mail, Reader
from chargers.models import Host
from chargers.properties import time_zones


def ask_to_see(
    host: Host, scope: DataGrant.Scope, *, reason: str, ticket: str, until: datetime, by: User, now: datetime
) -> str:
    """Asks the owners by mail, with a link to the page where they answer. Raises NotAllowedError and GrantError."""
    with transaction.atomic():
        grant = data_grants.ask(host, scope=scope, reason=reason, ticket=ticket, until=until, by=by, now=now)
        page = reverse("settings-support-access", args=[host.slug])
        for member in access.members_with(host, Right.PEOPLE):
            mail = Mail(
                key=f"data-grant:{grant.pk}:{member.user_id}",
                subject=f"Support asks to see data of your guests at {host.name}",
                text=_text(grant),
                headers={},
            )
            outbox.queue_page(page, to=Reader(address=member.user.email, language="en"), mail=mail, now=now)
    return f"{host.name} was asked to let {by.email} see: {grant.get_scope_display().lower()}."


def _text(grant: DataGrant) -> str:
    scope_text, until = (
        grant.get_scope_display().lower(),
        time_zones.format_with_zone(grant.ends_at, time_zones.of_host(grant.host)),
    )
    asks = f"{grant.agent.email} asks to see: {scope_text}, until {until}, for the request {grant.ticket}."
    return f"{asks}\n\n“{grant.reason}”\n\nNothing is shown unless you approve it. Answer here:"
