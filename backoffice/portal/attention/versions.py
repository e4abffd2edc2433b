"""Versions of pages that refresh themselves and show hosts' open work."""

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from authorization.models import AuditEntry
from authorization.people import access
from authorization.people.request import viewer
from authorization.people.roles import Right
from billing.models import LedgerEntry, ProcessorAccount
from chargers.pages import live


def of_work(request: HttpRequest) -> str:
    """Returns a digest of chargers that are not well, the books, processors' identity checks, and the latest acts.

    Two queries by index.
    """
    entry = LedgerEntry.objects.filter(host=OuterRef("pk")).order_by("-id").values("id")[:1]
    act = AuditEntry.objects.filter(host=OuterRef("pk")).order_by("-at").values("at")[:1]
    identity = (
        ProcessorAccount.objects.filter(host=OuterRef("pk"), property=None).order_by("-seen_at").values("seen_at")
    )
    hosts = access.hosts_with(viewer(request), Right.SEE).order_by("pk")
    rows = hosts.annotate(entry=Subquery(entry), act=Subquery(act), identity=Subquery(identity[:1]))
    return live.digest(live.of_fleet(request, ()), list(rows.values_list("pk", "entry", "act", "identity")))
