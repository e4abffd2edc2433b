"""Shared parts of the command pages: their context, the payload as text, the confirmation."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authorization.people.request import now
from chargers.commands import schedules, sending, wording
from chargers.commands.builder import BuiltCommand
from chargers.lib import ids
from chargers.pages import schedule_picture
from chargers.pages.frame import Frame
from chargers.text.masking import conceal

DANGERS = {
    "CertificateSigned": "The charger uses this certificate from now on.",
    "ClearChargingProfile": "Without its limits the charger may draw more than the house allows.",
    "CustomerInformation": "With “clear” the charger erases what it holds about this customer.",
    "DeleteCertificate": "Without its root a charger may not find its back office again.",
    "InstallCertificate": "A wrong central system root can lock the charger out of its back office.",
    "PublishFirmware": "Neighbouring chargers may install what is published.",
    "Reset": "Sessions that run now end or are cut off. The charger is away for a minute or two.",
    "SetNetworkProfile": "With a wrong address the charger may never come back to us.",
    "SignedUpdateFirmware": "The charger restarts to install it.",
    "UpdateFirmware": "The charger restarts to install it.",
}


def confirmation(
    request: HttpRequest, frame: Frame, order: BuiltCommand, *, danger: str, is_handmade: bool
) -> HttpResponse:
    """Shows the confirmation before a dangerous or hand-made command is sent, with the final payload."""
    with timezone.override(ZoneInfo(frame.time_zone)):
        schedule = schedules.of_command(order.action, order.payload, None)
        context = {
            **base(frame),
            "order": order,
            "danger": danger,
            "is_handmade": is_handmade,
            "request_words": wording.request_words(order.action, order.payload),
            "shown": format_payload(conceal(order.payload)),
            "payload": json.dumps(order.payload),
            "picture": schedule_picture.of_schedule(schedule) if schedule else None,
            "running": frame.charger.transactions.filter(stopped_at=None).order_by("evse_number"),
        }
        return render(request, "chargers/confirm.html", context)


def base(frame: Frame) -> dict[str, Any]:
    """Returns the charger's context for every page of the console."""
    return {
        "room": "chargers",
        "tab": "commands",
        "frame": frame,
        "version": sending.version_of(frame.charger).value,
        "once": ids.generate(now=now()),
    }


def format_payload(payload: Any) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)
