"""Finds the host whose people and settings a page shows or changes."""

from django.http import Http404

from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Host


def visible(user: User, slug: str) -> Host:
    """Returns a host of which this user is a member; 404 for all others, including outsiders with a grant."""
    host = access.hosts_with(user, Right.SEE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def changeable(user: User, slug: str) -> Host:
    host = access.hosts_with(user, Right.PEOPLE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host
