"""Incidents for agents: the chargers, the tickets of each, and one reply to all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from authorization.models import User
from support.admin_site.base import ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents
from support.incidents import detection
from support.incidents.acts import incidents as acts
from support.incidents.acts.incidents import NotSentError
from support.models import CommonFault, Ticket


@dataclass(frozen=True, slots=True)
class Readers:
    """The number of tickets in a language, and the text typed for them."""

    code: str
    name: str
    count: int
    text: str


@admin.register(CommonFault, site=agents)
class CommonFaultAdmin(ReadOnlyAdmin):
    """Incidents, newest first; open ones are also on the agents' first page."""

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
        """Shows one incident; a POST replies to all its tickets, or sets the note for its hosts."""
        row, status = _get_common_fault(object_id), 200
        if request.method == "POST":
            try:
                notes.success(request, _perform_action(row, request))
            except NotSentError as exc:
                notes.error(request, str(exc))
                status = 409
            else:
                return HttpResponseRedirect(reverse("admin:support_commonfault_change", args=[row.pk]))
        tickets = list(Ticket.objects.filter(common_faults__fault=row).order_by("pk"))
        live = [ticket for ticket in tickets if ticket.state in Ticket.LIVE]
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "incident": row,
            "tickets": tickets,
            "live": live,
            "seen": acts.fingerprint(row),
            "text": request.POST.get("text", ""),
            "languages": _languages(live, request),
            "longest_note": acts.LONGEST_NOTE,
        }
        return TemplateResponse(request, "support/incident.html", context, status=status)


def _perform_action(row: CommonFault, request: HttpRequest) -> str:
    """Acts, and returns the sentence to report. Raises NotSentError."""
    assert isinstance(request.user, User)
    now = datetime.now(tz=UTC)
    if request.POST.get("do") == "note":
        acts.note(row, _read_field(request, "note"), by=request.user, now=now)
        return "Saved. The hosts of these chargers read it."
    count = acts.reply_to_all(
        row,
        _read_field(request, "text"),
        texts={code: _read_field(request, f"text_{code}") for code, _ in settings.LANGUAGES},
        seen_fingerprint=request.POST.get("seen", ""),
        is_solved=request.POST.get("then") == "solved",
        by=request.user,
        now=now,
    )
    return f"Sent on {count} ticket{'s' if count != 1 else ''}."


def _read_field(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")


def _languages(live: Sequence[Ticket], request: HttpRequest) -> list[Readers]:
    """Returns the languages of the tickets that a reply would reach, most frequent first."""
    language_counts = Counter(ticket.language[:2] for ticket in live)
    names = dict(settings.LANGUAGES)
    return [
        Readers(code, names.get(code, code), count, _read_field(request, f"text_{code}"))
        for code, count in language_counts.most_common()
    ]


def _get_common_fault(key: str) -> CommonFault:
    rows = detection.with_chargers(CommonFault.objects.all())
    fault = rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if fault is None:
        raise Http404
    return fault
