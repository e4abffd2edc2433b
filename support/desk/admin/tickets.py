"""The desk's admin pages: queues of tickets, and one ticket with its conversation, its context and its acts."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from authorization import audit
from authorization.models import User
from billing.formatting.money import amounts
from support.admin_site.base import MassFacts, ReadOnlyAdmin
from support.admin_site.editable import Writes
from support.admin_site.search import Keys
from support.admin_site.site import agents
from support.asking import files
from support.desk import home
from support.desk.admin import desk
from support.desk.admin.telephone import NewTicketForm
from support.desk.admin.tools import form_input
from support.desk.admin.tools import page as tool_page
from support.desk.admin.tools.tool import Tool
from support.models import InboundMail, Macro, Ticket, ToolUse
from support.queues import finding, queues
from support.queues.queues import Filter
from support.requests.acts import requests
from support.tools.case import TicketContext
from support.topics import catalogue

agents.home = home.build
_FOUND: Final = 50
_LABEL: Final = re.compile(r"T-\d{4,}", re.IGNORECASE)


@admin.register(Ticket, site=agents)
class TicketAdmin(ReadOnlyAdmin):
    """Tickets, sorted by due time; agents work on a ticket's page."""

    keys = Keys(part=("subject",), whole=("email",), charger="charger")
    hidden = frozenset({"secret"})

    def title(self, row: Ticket) -> str:
        return f"{row}, {row.get_state_display().lower()}"

    def is_label(self, term: str) -> bool:
        return _LABEL.fullmatch(term.strip()) is not None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return finding.first(queryset, search_term, limit=_FOUND), False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("new/", wrap(self.new_view), name="support_ticket_new"),
            path("<int:pk>/presence/", wrap(self.presence_view), name="support_ticket_presence"),
            path("<int:pk>/tools/<slug:key>/", wrap(self.tool_view), name="support_ticket_tool"),
            path("<int:pk>/files/<uuid:attachment_id>/", wrap(self.file_view), name="support_ticket_file"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Shows the queues, and the tickets of one of them."""
        user, now = _agent(request), datetime.now(tz=UTC)
        filter_ = _parse_filter(request)
        page = queues.list_tickets(filter_, user=user, after=request.GET.get("after", ""), now=now)
        query = request.GET.copy()
        query["after"] = page.after
        context = {
            **self.admin_site.each_context(request),
            "title": "Tickets",
            "opts": self.opts,
            "page": page,
            "loads": queues.measure_loads(now=now),
            "wanted": filter_,
            "states": Ticket.State.choices,
            "priorities": Ticket.Priority.choices,
            "topics": catalogue.TOPICS,
            "more": query.urlencode() if page.after else "",
        }
        return TemplateResponse(request, "support/tickets.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows one ticket; a POST does what its button names."""
        user, now = _agent(request), datetime.now(tz=UTC)
        ticket = _ticket(object_id)
        refused = None
        if request.method == "POST":
            try:
                notice = desk.act(ticket, request.POST, by=user, now=now)
            except desk.RefusedError as exc:
                refused = exc
                notes.error(request, str(exc))
            else:
                if notice:
                    notes.success(request, notice)
                return HttpResponseRedirect(reverse("admin:support_ticket_change", args=[ticket.pk]))
        page = desk.page(_ticket(object_id), request.POST if refused else request.GET, by=user, now=now)
        context = {**self.admin_site.each_context(request), "title": str(ticket), "opts": self.opts, **page}
        context["unseen"] = refused.messages if refused else []
        return TemplateResponse(request, "support/ticket.html", context, status=409 if refused else 200)

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Opens a ticket for a person who telephoned."""
        user = _agent(request)
        form = NewTicketForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            opened_ticket = requests.open_ticket(form.ticket(), name="by telephone", by=user, now=datetime.now(tz=UTC))
            notes.success(request, f"{opened_ticket.label} is open.")
            return HttpResponseRedirect(reverse("admin:support_ticket_change", args=[opened_ticket.pk]))
        context = {**self.admin_site.each_context(request), "title": "New ticket", "opts": self.opts, "form": form}
        return TemplateResponse(request, "support/new_ticket.html", context)

    def presence_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Notes that this agent has the ticket open, stores the draft, returns who else is here and what came in."""
        user, now = _agent(request), datetime.now(tz=UTC)
        if request.method != "POST":
            raise Http404
        return JsonResponse(desk.present(_ticket(str(pk)), request.POST, by=user, now=now))

    def tool_view(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """Shows a tool's form, then its preview, then acts; the result is shown on the ticket.

        A POST always redirects to a GET, so that the browser's Back button sends nothing again.
        """
        ticket, tool = _ticket(str(pk)), tool_page.find(key)
        case = TicketContext(ticket, by=_agent(request), now=datetime.now(tz=UTC))
        if request.method == "POST":
            return _posted_tool(request, case, tool)
        saved_form = form_input.find(
            request.session, request.GET.get("form", ""), tool_key=_build_form_key(ticket, tool)
        )
        if saved_form is None or "change" in request.GET:
            page = tool_page.empty(case, tool, saved_form[1] if saved_form else None)
        else:
            page = tool_page.preview(
                case, tool, saved_form[1], idempotency_key=saved_form[0], is_stale="stale" in request.GET
            )
        context = {
            **self.admin_site.each_context(request),
            **page.context(),
            "title": f"{ticket.label}: {page.tool.label}",
            "opts": self.opts,
            "ticket": ticket,
            "kept": page.hidden_fields(),
            "form_id": saved_form[0] if saved_form else "",
        }
        status = 409 if page.obstacle and saved_form is not None else 200
        return TemplateResponse(request, "support/tool.html", context, status=status)

    def file_view(self, request: HttpRequest, pk: int, attachment_id: uuid.UUID) -> HttpResponse:
        return files.download(_ticket(str(pk)).attachments.filter(pk=attachment_id).first())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


@admin.register(Macro, site=agents)
class MacroAdmin(Writes):
    """Stored texts for replies."""

    keys = Keys(part=("name",))
    list_display = ("name", "topic")
    ordering = ("name",)
    verb = "macro"

    def subject(self, row: Macro) -> audit.Subject:
        return audit.Subject("macro", row.pk, row.name)

    def content(self, row: Macro) -> dict[str, Any]:
        return {"name": row.name, "topic": row.topic, "text": row.text}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.base_fields["topic"].widget = forms.Select(
            choices=[("", "Every topic"), *((topic.number, topic.title) for topic in catalogue.TOPICS.values())]
        )
        return form


@admin.register(InboundMail, site=agents)
class InboundMailAdmin(MassFacts):
    """Mails that came in, and what was done with each."""

    keys = Keys(whole=("sender",), part=("subject",))
    hidden = frozenset({"raw"})
    list_display = ("received_at", "sender", "subject", "outcome", "ticket")
    list_filter = ("outcome",)


def _posted_tool(request: HttpRequest, case: TicketContext, tool: Tool) -> HttpResponse:
    """Redirects to the preview of the input or, once confirmed, to the ticket with the result."""
    ticket = case.ticket
    tool_use = tool_page.confirm(case, tool, request.POST) if "confirmed" in request.POST else None
    if tool_use is not None:
        report = notes.success if tool_use.state == ToolUse.State.DONE else notes.error
        report(
            request,
            amounts(tool_use.result) or "It was begun, and has no result yet: look at the charger and the money.",
        )
        return HttpResponseRedirect(reverse("admin:support_ticket_change", args=[ticket.pk]))
    form_id = form_input.keep(request.session, request.POST, tool_key=_build_form_key(ticket, tool))
    page = reverse("admin:support_ticket_tool", args=[ticket.pk, tool.key])
    return HttpResponseRedirect(f"{page}?form={form_id}{'&stale=1' if 'confirmed' in request.POST else ''}")


def _build_form_key(ticket: Ticket, tool: Tool) -> str:
    return f"{ticket.pk}/{tool.key}"


def _agent(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _ticket(key: str) -> Ticket:
    rows = Ticket.objects.select_related(
        "assignee",
        "charger__property__host",
        "property",
        "host",
        "session__property",
        "payout__host",
        "merged_into",
        "opened_by",
    )
    ticket = rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if ticket is None:
        raise Http404
    return ticket


def _parse_filter(request: HttpRequest) -> Filter:
    get = request.GET
    whose = get.get("whose", "all")
    return Filter(
        queue=get.get("queue", "") if get.get("queue") in Ticket.Queue.values else "",
        state=get.get("state", "") if get.get("state") in Ticket.State.values else "",
        priority=get.get("priority", "") if get.get("priority") in Ticket.Priority.values else "",
        whose="mine" if whose == "mine" else "nobody" if whose == "nobody" else "all",
        is_unread=get.get("unread") == "1",
        text=get.get("q", "").strip()[:200],
    )
