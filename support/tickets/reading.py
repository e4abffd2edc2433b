"""Which tickets a host's people and keys may read; never its guests'."""

from django.db.models import Q, QuerySet

from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from support.models import Ticket


def visible_tickets(viewer: User | ApiKey) -> QuerySet[Ticket]:
    """Returns the user's own tickets, and those of people of hosts that the viewer manages, without merged ones."""
    of_hosts = Q(asker="host", host__in=access.hosts_with(viewer, Right.MANAGE))
    own = Q(opened_by=viewer) if isinstance(viewer, User) else Q(pk__in=())
    return Ticket.objects.filter(own | of_hosts, merged_into=None)
