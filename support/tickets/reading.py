"""Which tickets a host's people and keys read: never those of its guests."""

from django.db.models import Q, QuerySet

from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from support.models import Ticket


def seen(viewer: User | ApiKey) -> QuerySet[Ticket]:
    """A person's own, and those of the people of hosts that the viewer manages; merged ones are left out."""
    of_hosts = Q(asker="host", host__in=access.hosts_with(viewer, Right.MANAGE))
    own = Q(opened_by=viewer) if isinstance(viewer, User) else Q(pk__in=())
    return Ticket.objects.filter(own | of_hosts, merged_into=None)
