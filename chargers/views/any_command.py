"""Sends any command: by a form made from the official schema, or with the payload as JSON."""

from dataclasses import dataclass, replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import viewer
from chargers.commands import builder, schema_form, sending
from chargers.pages.console import DANGERS, base, confirmation, format_payload
from chargers.pages.frame import Frame, frame_of
from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import PayloadPart, Sender

_MAX_TEXT = 128 * 1024
_STEPS = ("add", "check_raw", "edit", "raw", "check")


@login_required
@require_safe
def any_command(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Lists every action that a central system may send to a charger of this version."""
    frame = _operable(request, charger_id)
    actions = schemas.actions(version=sending.version_of(frame.charger), sender=Sender.CENTRAL_SYSTEM)
    return render(request, "chargers/any_command.html", {**base(frame), "actions": sorted(actions)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def any_form(request: HttpRequest, charger_id: str, action: str) -> HttpResponse:
    """Shows the action's form, then the payload to be sent with the schema's objections."""
    frame = _operable(request, charger_id)
    version = sending.version_of(frame.charger)
    if action not in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM):
        raise Http404
    posted = {name: value.strip() for name, value in request.POST.dict().items() if isinstance(value, str)}
    filled = _read_form(request, action, posted, version=version)
    if filled.is_to_be_sent:
        return _confirm(request, frame, action, filled.payload)
    context = {
        **base(frame),
        "action": action,
        "is_raw": filled.is_raw,
        "raw": filled.raw,
        "problems": filled.problems,
        "wrong": filled.wrong,
        "blank": schema_form.of_action(action, filled.posted, version=version),
    }
    return render(request, "chargers/any_form.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledPayload:
    """The posted payload, how to show it again, and its faults."""

    payload: Payload
    posted: dict[str, str]
    raw: str
    is_raw: bool = False
    is_to_be_sent: bool = False
    problems: tuple[str, ...] = ()
    wrong: frozenset[str] = frozenset()


def _read_form(request: HttpRequest, action: str, posted: dict[str, str], *, version: Version) -> FilledPayload:
    """Reads the form according to the button that was pressed."""
    step = next((name for name in _STEPS if name in posted), "")
    if step in {"check_raw", "edit"}:
        return _read_json(action, posted.get("payload", ""), version=version, is_checked=step == "check_raw")
    if step == "add":
        posted = schema_form.with_row(posted, posted["add"])
    payload = schema_form.payload_of(schema_form.of_action(action, posted, version=version))
    filled = FilledPayload(payload=payload, posted=posted, raw=format_payload(payload), is_raw=step == "raw")
    return _check_payload(filled, action, version=version) if step == "check" else filled


def _read_json(action: str, text: str, *, version: Version, is_checked: bool) -> FilledPayload:
    try:
        if len(text) > _MAX_TEXT:
            raise builder.OrderError(f"The payload has {len(text)} characters: {_MAX_TEXT} at most.")
        payload = builder.payload_in(text or "{}")
    except builder.OrderError as exc:
        return FilledPayload(payload={}, posted={}, raw=text, is_raw=True, problems=(str(exc),))
    filled = FilledPayload(payload=payload, posted=schema_form.flatten(payload), raw=text, is_raw=True)
    if is_checked:
        return _check_payload(filled, action, version=version)
    if schema_form.payload_of(schema_form.of_action(action, filled.posted, version=version)) != payload:
        return replace(filled, problems=("The form cannot show all of this payload: it stays JSON.",))
    return replace(filled, is_raw=False)


def _check_payload(filled: FilledPayload, action: str, *, version: Version) -> FilledPayload:
    violations = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=filled.payload)
    if not violations:
        return replace(filled, is_to_be_sent=True)
    sentences = tuple(violation.sentence for violation in violations)
    return replace(filled, problems=sentences, wrong=frozenset(violation.path for violation in violations))


def _confirm(request: HttpRequest, frame: Frame, action: str, payload: Payload) -> HttpResponse:
    order = builder.check(action, sending.convert_for_json(payload), version=sending.version_of(frame.charger))
    return confirmation(request, frame, order, danger=DANGERS.get(action, ""), is_handmade=True)


def _operable(request: HttpRequest, charger_id: str) -> Frame:
    frame = frame_of(request, charger_id)
    if not access.may_operate(viewer(request), frame.charger):
        raise Http404
    return frame
