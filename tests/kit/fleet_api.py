"""What the tests of acts.upstreams and api.fleet share."""

from authorization.models import AuditEntry


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
