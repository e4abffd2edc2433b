"""One tool's page: its form, then what would happen, then, confirmed, the act."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import MultipleChoiceField
from django.http import Http404, QueryDict

from authorization.models import User
from chargers.lib import ids
from support.acts import tools as acts
from support.admin.tools import table
from support.admin.tools.tool import Doing, Tool, ToolForm
from support.models import Ticket, ToolUse
from support.tools.case import Case, NotPossibleError, Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows; `done` leads back to the ticket with its result."""

    tool: Tool
    form: ToolForm
    preview: Preview | None = None
    obstacle: str = ""
    once: uuid.UUID | None = None
    done: ToolUse | None = None

    def context(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "form": self.form,
            "preview": self.preview,
            "obstacle": self.obstacle,
            "is_blocked": bool(self.obstacle) and self.preview is None,
            "once": self.once,
        }

    def kept(self) -> list[tuple[str, str]]:
        """The form's values as hidden fields, for the page that confirms them."""
        if self.preview is None:
            return []
        data = self.form.data
        names = [name for name in self.form.fields if name in data]
        assert isinstance(data, QueryDict)
        return [(name, value) for name in names for value in data.getlist(name)]


def answer(ticket: Ticket, key: str, posted: QueryDict | None, *, by: User, now: datetime) -> Shown:
    """Raises Http404 for a tool that does not exist."""
    tool = table.BY_KEY.get(key)
    if tool is None:
        raise Http404
    if posted is not None and (done := _done_before(ticket, tool, posted, by=by)) is not None:
        return Shown(tool=tool, form=tool.form(case=Case(ticket, by=by, now=now)), done=done)
    case = Case(ticket, by=by, now=now)
    form = tool.form(posted, case=case)
    if posted is not None and "change" in posted:
        form, posted = tool.form(initial=_typed(form, posted), case=case), None
    if obstacle := tool.obstacle(case):
        return Shown(tool=tool, form=form, obstacle=obstacle)
    if posted is None or not form.is_valid():
        return Shown(tool=tool, form=form)
    try:
        preview = tool.preview(case, form.cleaned_data)
    except NotPossibleError as exc:
        return Shown(tool=tool, form=form, obstacle=str(exc))
    return _confirmed(tool, case, form, preview, posted)


def _confirmed(tool: Tool, case: Case, form: ToolForm, preview: Preview, posted: QueryDict) -> Shown:
    """Shows the preview, or acts where the form says that it was read as it stands."""
    once = ids.read(posted.get("once"))
    if "confirmed" not in posted or once is None:
        return Shown(tool=tool, form=form, preview=preview, once=uuid.uuid4())
    if posted.get("stamp", "") != preview.stamp:
        changed = "It has changed since you looked: read it again, then confirm."
        return Shown(tool=tool, form=form, preview=preview, obstacle=changed, once=uuid.uuid4())
    doing = Doing(case.by, case.now, once)
    wanted = acts.Use(tool=tool.key, label=tool.label, reason=form.cleaned_data["reason"], once=once)
    done = acts.use(case.ticket, wanted, lambda: tool.act(case, form.cleaned_data, doing), by=case.by, now=case.now)
    return Shown(tool=tool, form=form, done=done)


def _typed(form: ToolForm, posted: QueryDict) -> dict[str, Any]:
    """The values once more, for who goes back from the preview. The form's own initial values come second."""
    many = {name for name, field in form.fields.items() if isinstance(field, MultipleChoiceField)}
    return {name: posted.getlist(name) if name in many else posted[name] for name in form.fields if name in posted}


def _done_before(ticket: Ticket, tool: Tool, posted: QueryDict, *, by: User) -> ToolUse | None:
    """What this form did when it was confirmed the first time: facts may have changed by it."""
    once = ids.read(posted.get("once")) if "confirmed" in posted else None
    return ToolUse.objects.filter(pk=once, ticket=ticket, tool=tool.key, user=by).first() if once else None
