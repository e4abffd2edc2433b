"""Incidents for agents: the chargers, the tickets that belong to each, and one reply to all of them."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from authorization.models import User
from support.acts import incidents as acts
from support.acts.incidents import NotSentError
from support.admin_site.base import ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents
from support.incidents import watching
from support.models import CommonFault, Ticket


@admin.register(CommonFault, site=agents)
class CommonFaultAdmin(ReadOnlyAdmin):
    """The newest first; open ones stand on the agents' first page, too."""

    keys = Keys(part=("hardware", "code"))
    is_in_find = False
    list_display = ("__str__", "kind", "began_at", "closed_at")
    list_filter = ("kind",)
    ordering = ("-began_at",)
    list_select_related = ("property",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One incident; a POST replies to all its tickets."""
        row, status = _found(object_id), 200
        if request.method == "POST":
            assert isinstance(request.user, User)
            try:
                count = acts.reply_to_all(
                    row,
                    request.POST.get("text", "").replace("\x00", ""),
                    seen=request.POST.get("seen", ""),
                    is_solved=request.POST.get("then") == "solved",
                    by=request.user,
                    now=datetime.now(tz=UTC),
                )
            except NotSentError as exc:
                notes.error(request, str(exc))
                status = 409
            else:
                notes.success(request, f"Sent on {count} ticket{'s' if count != 1 else ''}.")
                return HttpResponseRedirect(reverse("admin:support_commonfault_change", args=[row.pk]))
        tickets = list(Ticket.objects.filter(common_faults__fault=row).order_by("pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "incident": row,
            "tickets": tickets,
            "live": [one for one in tickets if one.state in Ticket.LIVE],
            "seen": acts.fingerprint(row),
            "text": request.POST.get("text", ""),
        }
        return TemplateResponse(request, "support/incident.html", context, status=status)


def _found(key: str) -> CommonFault:
    rows = watching.with_chargers(CommonFault.objects.all())
    found = rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise Http404
    return found
