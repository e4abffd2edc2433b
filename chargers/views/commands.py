"""Commands: what a person asks of a charger, and what became of it."""

import time

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization import access
from authorization.models import User
from chargers import commands
from chargers.commands import Wish
from chargers.models import Charger, Command
from chargers.ocpp import orders
from chargers.ocpp.frames import Version
from chargers.ocpp.orders import Ask, Details
from chargers.views.frame import Frame, frame_of, now, viewer
from support import audit

BUTTONS = (
    (Ask.TRIGGER_STATUS, "Ask for its status"),
    (Ask.TRIGGER_HEARTBEAT, "Ask for a heartbeat"),
    (Ask.RESET_SOFT, "Restart softly"),
    (Ask.RESET_HARD, "Restart hard"),
    (Ask.CLEAR_CACHE, "Clear its card cache"),
    (Ask.GET_CONFIGURATION, "Read all settings"),
    (Ask.MAKE_AVAILABLE, "Put into service"),
    (Ask.MAKE_UNAVAILABLE, "Take out of service"),
)


class OrderForm(forms.Form):
    """The order of a button with what it needs."""

    ask = forms.ChoiceField(choices=[(ask.value, ask.value) for ask in Ask])
    evse = forms.IntegerField(required=False, min_value=1, label="Connector")
    uid = forms.CharField(required=False, max_length=36, label="UID of the card")
    transaction_id = forms.CharField(required=False, max_length=255)
    key = forms.CharField(required=False, max_length=200, label="Setting")
    value = forms.CharField(required=False, max_length=2500, label="New value")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def command_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """The usual orders as buttons, and what became of the latest ones."""
    frame = frame_of(request, charger_id)
    user = viewer(request)
    may_order = access.may_operate(user, frame.charger)
    form = OrderForm(request.POST or None)
    if request.method == "POST":
        if not may_order:
            raise Http404
        if form.is_valid() and _order(request, frame, form):
            return redirect("chargers:commands", charger_id=charger_id)
    context = {
        "room": "chargers",
        "tab": "commands",
        "frame": frame,
        "form": form,
        "may_order": may_order,
        "buttons": BUTTONS,
        "running": frame.charger.transactions.filter(stopped_at=None).order_by("evse_number"),
        "commands": frame.charger.commands.order_by("-created_at")[:15],
        "settings": frame.charger.variables.order_by("component", "name", "evse_number")[:300],
        "is_16": frame.charger.ocpp_version in {"", "1.6"},
    }
    part = "#latest" if request.htmx and request.htmx.target == "latest" else ""  # type: ignore[attr-defined]
    return render(request, f"chargers/commands.html{part}", context)


def _order(request: HttpRequest, frame: Frame, form: OrderForm) -> bool:
    try:
        command = order(
            frame.charger,
            ask=Ask(form.cleaned_data["ask"]),
            details=Details(
                evse_number=form.cleaned_data["evse"],
                uid=form.cleaned_data["uid"].strip(),
                transaction_id=form.cleaned_data["transaction_id"],
                key=form.cleaned_data["key"].strip(),
                value=form.cleaned_data["value"],
                remote_start_id=new_request_id(),
            ),
            user=viewer(request),
        )
    except orders.OrderError as exc:
        form.add_error(None, str(exc))
        return False
    if command.state == Command.State.OFFLINE:
        notes.warning(request, command.outcome)
    return True


def order(charger: Charger, *, ask: Ask, details: Details, user: User) -> Command:
    """Builds, stores and audits an order of a person. Raises OrderError."""
    version = Version(charger.ocpp_version) if charger.ocpp_version else Version.V16
    built = orders.build(ask, details, version=version)
    is_start = ask is Ask.START
    wish = Wish(
        action=built.action,
        payload=built.payload,
        origin=f"user:{user.email}",
        id_token=details.uid if is_start else "",
        evse_number=details.evse_number if is_start else None,
        remote_start_id=details.remote_start_id if is_start and version is not Version.V16 else None,
    )
    with transaction.atomic():
        command = commands.request(charger, wish, now=now())
        subject = audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
        audit.write("charger.command", subject, user=user, now=now(), after={"action": wish.action, **wish.payload})
    return command


def new_request_id() -> int:
    """A number for remoteStartId and requestId that this charger has not seen lately (31 bits of milliseconds)."""
    return time.time_ns() // 1_000_000 % 2**31
