"""Act on a property: whether its chargers hold local lists."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.local_lists import list_state
from chargers.models import Property


def choose_for_property(site: Property, *, keeps: bool, by: User | ApiKey, now: datetime) -> None:
    """Sets it for all chargers that follow their property. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, site.host)
    with transaction.atomic():
        before = {"keeps_lists": site.keeps_lists}
        list_state.choose_for_property(site, keeps=keeps)
        subject = audit.Subject("property", site.slug, site.name, site.host)
        audit.write("property.lists", subject, user=by, now=now, before=before, after={"keeps_lists": keeps})
