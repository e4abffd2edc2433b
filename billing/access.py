"""Which sessions and rates a viewer sees: the filter of `authorization.access`, over the models of billing."""

from django.db.models import QuerySet

from authorization import access
from authorization.access import Viewer
from billing.models import Rate, Session


def sessions(viewer: Viewer) -> QuerySet[Session]:
    return access.limited(Session.objects.all(), viewer, host="host_id", property_="property_id", charger="charger_id")


def rates(viewer: Viewer) -> QuerySet[Rate]:
    """A rate is the host's: a grant for one property or charger does not show it."""
    return access.limited(Rate.objects.all(), viewer, host="host_id", property_=None, charger=None)
