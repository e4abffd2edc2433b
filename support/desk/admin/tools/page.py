"""A tool's page: its form, then the preview, then, once confirmed, the act."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.forms import MultipleChoiceField
from django.http import Http404, QueryDict

from chargers.lib import ids
from support.desk.admin.tools import table
from support.desk.admin.tools.tool import Doing, Tool, ToolForm
from support.models import ToolUse
from support.tools.acts import tools as acts
from support.tools.case import NotPossibleError, Preview, TicketContext
from support.tools.identity import NotProvedError


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """The content of the page. `done`: the result, if this form was confirmed before."""

    tool: Tool
    form: ToolForm
    preview: Preview | None = None
    obstacle: str = ""
    once: uuid.UUID | None = None
    done: ToolUse | None = None
    is_blocked: bool = False
    is_unproved: bool = False
    """The identity of the person who asks is not proved: the page offers to send them a link."""

    def context(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "form": self.form,
            "preview": self.preview,
            "obstacle": self.obstacle,
            "is_blocked": self.is_blocked,
            "ask_once": uuid.uuid4() if self.is_unproved else None,
            "done": self.done,
            "once": self.once,
        }

    def hidden_fields(self) -> list[tuple[str, str]]:
        """Returns the form's values as hidden fields, for confirming the preview."""
        if self.preview is None:
            return []
        data = self.form.data
        names = [name for name in self.form.fields if name in data]
        assert isinstance(data, QueryDict)
        return [(name, value) for name in names for value in data.getlist(name)]


def find(key: str) -> Tool:
    """Returns the tool. Raises Http404 if it does not exist."""
    if (tool := table.BY_KEY.get(key)) is None:
        raise Http404
    return tool


def empty(case: TicketContext, tool: Tool, form_data: QueryDict | None = None) -> PageContent:
    """Shows the form, with the earlier input if the agent goes back to change it."""
    form = tool.form(case=case)
    if form_data is not None:
        form = tool.form(initial=_read_typed_values(form, form_data), case=case)
    return PageContent(tool=tool, form=form, obstacle=tool.obstacle(case), is_blocked=bool(tool.obstacle(case)))


def preview(
    case: TicketContext, tool: Tool, form_data: QueryDict, *, idempotency_key: uuid.UUID, is_stale: bool = False
) -> PageContent:
    """Shows what would happen, without doing it; shows the form again if it has errors or the act is not possible."""
    tool_use = ToolUse.objects.filter(pk=idempotency_key, ticket=case.ticket, tool=tool.key, user=case.by).first()
    if tool_use is not None:
        return PageContent(tool=tool, form=tool.form(case=case), done=tool_use)
    if obstacle := tool.obstacle(case):
        return PageContent(tool=tool, form=tool.form(form_data, case=case), obstacle=obstacle, is_blocked=True)
    form = tool.form(form_data, case=case)
    if not form.is_valid():
        return PageContent(tool=tool, form=form)
    try:
        preview = tool.preview(case, form.cleaned_data)
    except NotPossibleError as exc:
        return PageContent(tool=tool, form=form, obstacle=str(exc), is_unproved=isinstance(exc, NotProvedError))
    changed = "It has changed since you looked: read it again, then confirm." if is_stale else ""
    return PageContent(tool=tool, form=form, preview=preview, obstacle=changed, once=idempotency_key)


def confirm(case: TicketContext, tool: Tool, posted: QueryDict) -> ToolUse | None:
    """Acts once, if the confirmed preview is still current. Returns None if it must be read again."""
    idempotency_key = ids.read(posted.get("once"))
    if idempotency_key is None:
        return None
    before = ToolUse.objects.filter(pk=idempotency_key, ticket=case.ticket, tool=tool.key, user=case.by).first()
    if before is not None:
        return before
    read = preview(case, tool, posted, idempotency_key=idempotency_key)
    if read.preview is None or posted.get("stamp", "") != read.preview.stamp:
        return None
    values, doing = read.form.cleaned_data, Doing(case.by, case.now, idempotency_key)
    use = acts.Use(tool=tool.key, label=tool.label, reason=values["reason"], once=idempotency_key)
    return acts.use(case.ticket, use, lambda: tool.act(case, values, doing), by=case.by, now=case.now)


def _read_typed_values(form: ToolForm, posted: QueryDict) -> dict[str, Any]:
    """Returns the input for going back from the preview; missing values come from the form's initial ones."""
    many = {name for name, field in form.fields.items() if isinstance(field, MultipleChoiceField)}
    return {name: posted.getlist(name) if name in many else posted[name] for name in form.fields if name in posted}
