"""The console: commands to a charger and their outcome."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from billing import access as billing_access
from billing.models import Session
from chargers.commands import builder, forms, queue, schedules, sending, wording
from chargers.commands.builder import BuiltCommand
from chargers.commands.forms import CommandForm
from chargers.commands.sending import StartRefusedError
from chargers.lib import ids
from chargers.models import Charger, Command, Reservation
from chargers.pages import schedule_picture
from chargers.pages.console import base, confirmation, format_payload
from chargers.pages.frame import Frame, frame_of
from chargers.pages.offer_forms import OfferForm
from chargers.text.masking import conceal

_LATEST = 15


@dataclass(frozen=True, slots=True)
class OfferWithForm:
    """An offer with its form, opened if something in it needs to be corrected."""

    offer: CommandForm
    form: OfferForm
    is_open: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def console(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the usual commands with their forms, and the outcome of the latest ones."""
    frame = frame_of(request, charger_id)
    may_order = access.may_operate(viewer(request), frame.charger)
    form = None
    with timezone.override(ZoneInfo(frame.time_zone)):
        if request.method == "POST":
            if not may_order:
                raise Http404
            form = _posted_form(request, frame)
            if form.is_valid() and (answer := _submit_form(request, frame, form)) is not None:
                return answer
        context = {
            **base(frame),
            "may_order": may_order,
            "groups": _groups(frame, form, open_key=request.GET.get("open", "")) if may_order else (),
            "form": form,
            "commands": frame.charger.commands.order_by("-created_at")[:_LATEST],
            "reservations": frame.charger.reservations.filter(until__gt=now() - timedelta(days=1)).order_by("-until"),
        }
        is_part = request.htmx and request.htmx.target == "latest"  # type: ignore[attr-defined]
        return render(request, f"chargers/commands.html{'#latest' if is_part else ''}", context)


@login_required
@require_safe
def command_page(request: HttpRequest, charger_id: str, command_id: uuid.UUID) -> HttpResponse:
    """Shows a command: its payload, who sent it, the charger's reply, and its outcome."""
    frame = frame_of(request, charger_id)
    command = frame.charger.commands.filter(pk=command_id).first()
    if command is None:
        raise Http404
    with timezone.override(ZoneInfo(frame.time_zone)):
        schedule = schedules.of_command(command.action, command.payload, command.reply)
        is_waiting = command.state in {Command.State.QUEUED, Command.State.SENT}
        context = {
            **base(frame),
            "command": command,
            "session": _stopped_session(request, command),
            "payload": format_payload(conceal(command.payload)),
            "reply": format_payload(conceal(command.reply)) if command.reply is not None else "",
            "picture": schedule_picture.of_schedule(schedule) if schedule else None,
            "uploads": command.uploads.all(),
            "reservation": Reservation.objects.filter(command_id=command.pk).first(),
            "is_waiting": is_waiting,
            "is_followed": is_waiting or wording.awaits_effect(command, now=now()),
        }
        is_part = request.htmx and request.htmx.target == "outcome"  # type: ignore[attr-defined]
        return render(request, f"chargers/command.html{'#outcome' if is_part else ''}", context)


def _stopped_session(request: HttpRequest, command: Command) -> Session | None:
    """Returns the session that a stop is about, if the user may see it.

    One query for a stop, none for other commands.
    """
    if command.action not in queue.STOP_ACTIONS:
        return None
    stopped = Q(
        transaction__charger=command.charger_id, transaction__transaction_id=str(command.payload["transactionId"])
    )
    return billing_access.sessions(viewer(request)).filter(stopped).first()


@login_required
@require_http_methods(["POST"])
def send(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sends the command shown on the confirmation page."""
    frame = frame_of(request, charger_id)
    if not access.may_operate(viewer(request), frame.charger):
        raise Http404
    try:
        payload = builder.payload_in(request.POST.get("payload", ""))
        order = builder.check(request.POST.get("action", ""), payload, version=sending.version_of(frame.charger))
    except (ValueError, RecursionError) as exc:
        notes.error(request, str(exc) if isinstance(exc, builder.OrderError) else "The payload cannot be sent.")
        return redirect("chargers:commands", charger_id=charger_id)
    return send_orders(request, frame, [order])


def send_orders(request: HttpRequest, frame: Frame, orders: list[BuiltCommand]) -> HttpResponse:
    """Sends the orders in turn and redirects to the first one's page."""
    charger = frame.charger
    idempotency_key = _read_idempotency_key(request, charger)
    command = sending.sent_before(charger, idempotency_key)
    if command is None:
        first, *others = orders
        try:
            command = sending.send(charger, first, by=viewer(request), now=now(), submission_id=idempotency_key)
        except StartRefusedError as exc:
            notes.error(request, str(exc))
            return redirect("authorization:decision", decision_id=exc.decided.id)
        for order in others:
            sending.send(charger, order, by=viewer(request), now=now())
    if command.state == Command.State.OFFLINE:
        notes.warning(request, command.outcome)
    return redirect("chargers:command", charger_id=charger.charger_id, command_id=command.pk)


def _posted_form(request: HttpRequest, frame: Frame) -> OfferForm:
    offer = forms.find(request.POST.get("ask", ""), version=sending.version_of(frame.charger))
    if offer is None:
        raise Http404
    return OfferForm(offer, frame, request.POST.dict())


def _submit_form(request: HttpRequest, frame: Frame, form: OfferForm) -> HttpResponse | None:
    """Returns the next page, or None if the form has errors."""
    values = {name: value.strip() if isinstance(value, str) else value for name, value in form.cleaned_data.items()}
    try:
        orders = sending.build_orders(frame.charger, form.offer, values, now=now())
    except builder.OrderError as exc:
        form.add_error(None, str(exc))
        return None
    if form.offer.danger:
        return confirmation(request, frame, orders[0], danger=form.offer.danger, is_handmade=False)
    return send_orders(request, frame, orders)


def _groups(frame: Frame, form: OfferForm | None, *, open_key: str) -> list[tuple[str, list[OfferWithForm]]]:
    """Groups the offers; `open_key` is the key of an offer whose form a link asked for."""
    groups = []
    for group in forms.supported_groups(sending.version_of(frame.charger)):
        offers = []
        for offer in group.offers:
            is_this = form is not None and form.offer.key == offer.key
            is_open = is_this or offer.key == open_key
            offers.append(OfferWithForm(offer, form if is_this and form else OfferForm(offer, frame), is_open))
        groups.append((group.title, offers))
    return groups


def _read_idempotency_key(request: HttpRequest, charger: Charger) -> uuid.UUID | None:
    """Returns the form's id; None if it is invalid, or used by another charger's command."""
    idempotency_key = ids.read(request.POST.get("once"))
    if idempotency_key is None:
        return None
    elsewhere = Command.objects.filter(pk=idempotency_key).exclude(charger=charger)
    return None if elsewhere.exists() else idempotency_key
