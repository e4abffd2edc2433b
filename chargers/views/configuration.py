"""Chargers > View > Configuration: the settings, their conflicts, and their history."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, viewer
from chargers.commands import builder, sending
from chargers.commands.builder import BuiltCommand
from chargers.fleet import history
from chargers.models import Charger, Command, Variable, VariableChange
from chargers.pages.console import base
from chargers.pages.frame import Frame, frame_of
from chargers.settings import settings

_MAX_ROWS = 300
_HISTORY = timedelta(days=90)
_LATELY = timedelta(days=7)
_REPORT_COMES = timedelta(seconds=4)
_ACTIONS = (*settings.READS, "ChangeConfiguration", "SetVariables", "GetVariables")
_PREFIX = "v-"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting with its last change, if that was recent."""

    variable: Variable
    key: str
    change: VariableChange | None

    @property
    def name(self) -> str:
        """Returns the name of the input."""
        return f"{_PREFIX}{self.variable.pk}"

    @property
    def is_shown(self) -> bool:
        return settings.is_shown(self.variable)

    @property
    def can_change(self) -> bool:
        return settings.can_change(self.variable)

    @property
    def is_long(self) -> bool:
        return len(self.variable.value or "") > 40


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def configuration(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows every setting in an editable table, with conflicts and templates above and the history below."""
    frame = frame_of(request, charger_id)
    may_order = access.may_operate(viewer(request), frame.charger)
    if request.method == "POST":
        if not may_order:
            raise Http404
        return _send_commands(request, frame)
    recent_commands = _lately_asked(frame.charger)
    if request.htmx and request.htmx.target == "asked":  # type: ignore[attr-defined]
        return _progress(request, frame, recent_commands)
    variables = settings.of_charger(frame.charger)
    changes = history.of_charger(frame.charger, since=now() - _HISTORY)
    search = request.GET.get("q", "").strip()
    rows = [row for row in _rows(variables, changes) if search.lower() in f"{row.key} {row.variable.value}".lower()]
    context = {
        **base(frame),
        "tab": "configuration",
        "may_order": may_order,
        "q": search,
        "rows": rows[:_MAX_ROWS],
        "more": max(len(rows) - _MAX_ROWS, 0),
        "total": len(variables),
        "read_at": max((variable.reported_at for variable in variables), default=None),
        "cautions": settings.list_contradictions(frame.charger, variables),
        "compared": settings.compare_templates(frame.charger, variables),
        "changes": changes[:50],
        "commands": recent_commands,
        "is_waiting": _is_waiting(recent_commands),
    }
    return render(request, "chargers/configuration.html", context)


def _rows(variables: list[Variable], changes: list[VariableChange]) -> list[SettingRow]:
    since = now() - _LATELY
    newest: dict[str, VariableChange] = {}
    for change in changes:
        if change.at >= since:
            newest.setdefault(change.key, change)
    return [SettingRow(variable, key, newest.get(key)) for variable in variables if (key := history.key_of(variable))]


def _lately_asked(charger: Charger) -> list[Command]:
    recent_commands = charger.commands.filter(action__in=_ACTIONS, created_at__gte=now() - timedelta(hours=1))
    return list(recent_commands.order_by("-created_at")[:5])


def _progress(request: HttpRequest, frame: Frame, recent_commands: list[Command]) -> HttpResponse:
    """Shows pending commands; renews the whole page once the last of them has ended."""
    context = {**base(frame), "commands": recent_commands, "is_waiting": _is_waiting(recent_commands)}
    response = render(request, "chargers/configuration.html#asked", context)
    if not context["is_waiting"]:
        response.headers["HX-Refresh"] = "true"
    return response


def _is_waiting(recent_commands: list[Command]) -> bool:
    """Whether something will change soon: an answer, or the report that follows the answer in 2.x."""
    soon = now() - _REPORT_COMES
    reports = (
        command.answered_at
        for command in recent_commands
        if command.action == "GetBaseReport" and command.state == "accepted"
    )
    unanswered = any(command.state in {Command.State.QUEUED, Command.State.SENT} for command in recent_commands)
    return unanswered or any(at is not None and at > soon for at in reports)


def _send_commands(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Runs the action of the pressed button, and returns to the page."""
    try:
        orders = _build_commands(request, frame.charger)
    except builder.OrderError as exc:
        notes.error(request, str(exc))
        orders = []
    else:
        if not orders:
            notes.warning(request, "Nothing was changed: the values are as they were.")
    sent = [sending.send(frame.charger, order, by=viewer(request), now=now()) for order in orders]
    if any(command.state == Command.State.OFFLINE for command in sent):
        notes.warning(request, "The charger is offline: nothing was sent.")
    return redirect("chargers:configuration", charger_id=frame.charger.charger_id)


def _build_commands(request: HttpRequest, charger: Charger) -> list[BuiltCommand]:
    match request.POST.get("step"):
        case "read":
            return [settings.read_all(sending.version_of(charger))]
        case "mend":
            return _build_correction(charger, request.POST.get("key", ""))
        case "apply":
            return _build_template_changes(charger, request.POST.get("template", ""))
        case "set":
            key, value = request.POST.get("key", "").strip(), request.POST.get("value", "")
            return settings.change_by_key(charger, {key: value})
        case _:
            return _build_typed_changes(charger, request.POST.dict())


def _build_correction(charger: Charger, key: str) -> list[BuiltCommand]:
    right_values = {
        caution.key: caution.right_value
        for caution in settings.contradictions_now(charger)
        if caution.right_value is not None
    }
    if key not in right_values:
        return []
    return settings.change_by_key(charger, {key: right_values[key]})


def _build_template_changes(charger: Charger, template: str) -> list[BuiltCommand]:
    for comparison in settings.compare_templates(charger, settings.of_charger(charger)):
        if str(comparison.template.pk) == template:
            values = {
                difference.key: difference.expected for difference in comparison.differences if difference.can_change
            }
            return settings.change_by_key(charger, values)
    raise Http404


def _build_typed_changes(charger: Charger, posted: dict[str, str]) -> list[BuiltCommand]:
    """Returns changed values; a hidden value counts only if something was typed."""
    rows = settings.of_charger(charger)
    values: dict[int, str] = {}
    for row in rows:
        posted_value = posted.get(f"{_PREFIX}{row.pk}")
        before = (row.value or "") if settings.is_shown(row) else ""
        if posted_value is not None and posted_value != before:
            values[row.pk] = posted_value
    return settings.changes(charger, rows, values)
