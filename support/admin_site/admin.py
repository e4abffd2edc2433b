"""The audit trail in the agents' admin."""

from django.contrib import admin

from authorization.models import AuditEntry
from support.admin_site.base import ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents


@admin.register(AuditEntry, site=agents)
class AuditEntryAdmin(ReadOnlyAdmin):
    keys = Keys(part=("actor", "subject_label"), whole=("subject_id", "verb"))
    list_display = ("at", "actor", "verb", "subject_label", "host", "reason")
    list_filter = ("verb",)
    ordering = ("-at", "-pk")

    def title(self, row: AuditEntry) -> str:
        return f"{row.at:%Y-%m-%d %H:%M} {row}"
