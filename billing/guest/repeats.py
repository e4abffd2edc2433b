"""A form that pays and is sent twice: its key, made anew with every page that shows one, finds the first session."""

from uuid import UUID

from django.http import HttpRequest

from billing.models import Session
from billing.sessions import lifecycle
from chargers.lib import ids


def key_of(request: HttpRequest) -> UUID | None:
    """The key of the form that was sent; None where it has none."""
    return ids.read(request.POST.get("key"))


def first_of(request: HttpRequest) -> Session | None:
    """The session that this very form opened when it was sent the first time, whether or not its answer arrived."""
    return lifecycle.of_order(key_of(request))
