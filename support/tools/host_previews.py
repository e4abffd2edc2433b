"""Previews of requests to a host."""

from datetime import datetime

from authorization.models import DataGrant
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Host
from support.tools.case import NotPossibleError, Preview, TicketContext, clock


def host_of(case: TicketContext) -> Host:
    """Returns the ticket's host. Raises NotPossibleError without one."""
    if case.host is None:
        raise NotPossibleError("The ticket names no charger, session or host: set one under Acts first.")
    return case.host


def no_host(case: TicketContext) -> str:
    return "" if case.host else "The ticket names no charger, session or host: set one under Acts first."


def ask_to_see(case: TicketContext, *, scope: DataGrant.Scope, until: datetime) -> Preview:
    host = host_of(case)
    owners = access.members_with(host, Right.PEOPLE).count()
    mailed = {0: "Nobody gets a mail", 1: "1 owner gets a mail"}.get(owners, f"Each of its {owners} owners gets a mail")
    sentences = (
        f"{host.name} is asked to let you see: {str(scope.label).lower()}, until {clock(case, until)}.",
        f"{mailed}. They answer under Settings > Support access. The access can be ended at once.",
        "Until then it stays masked. Each page that you open under it is listed for them.",
    )
    warns = () if owners else (f"{host.name} has no owner who could answer.",)
    return Preview(says=sentences, warns=warns, button="Ask the host")
