"""Which sessions and rates a viewer sees: the filter of `authorization.access`, over the models of billing."""

from django.db.models import QuerySet

from authorization import access
from authorization.access import Viewer
from authorization.roles import Right
from billing.models import Rate, Session


def sessions(viewer: Viewer) -> QuerySet[Session]:
    """A session tells what somebody paid: for roles that see money."""
    return access.limited(
        Session.objects.all(),
        viewer,
        host="host_id",
        property_="property_id",
        charger="charger_id",
        right=Right.SEE_MONEY,
    )


def rates(viewer: Viewer) -> QuerySet[Rate]:
    """A rate is the host's: a grant for one property or charger does not show it."""
    return access.limited(Rate.objects.all(), viewer, host="host_id", property_=None, charger=None)
