"""A form that pays and is sent twice: its key, made anew with every page that shows one, finds the first session."""

from uuid import UUID

from django.http import HttpRequest

from billing.models import Session
from billing.sessions import lifecycle


def key_of(request: HttpRequest) -> UUID | None:
    """The key of the form that was sent; None where it has none."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def first_of(request: HttpRequest) -> Session | None:
    """The session that this very form opened when it was sent the first time, whether or not its answer arrived."""
    return lifecycle.of_order(key_of(request))
