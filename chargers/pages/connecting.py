"""The page for connecting a charger: what to type into it, and whether it has come."""

from typing import Any

import segno
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from authorization.people.request import now
from chargers.handshake import addresses, explanations
from chargers.pages.frame import Frame
from chargers.pages.handshakes import SHOWN_FOR, origin_of


def build_context(request: HttpRequest, frame: Frame) -> dict[str, Any]:
    """Returns the context of `chargers/connect.html`, without a password."""
    charger = frame.charger
    address = addresses.of_charger(charger, origin_of(request))
    return {
        "room": "chargers",
        "frame": frame,
        "address": address,
        "base": addresses.base_of(charger, origin_of(request)),
        "code": _code(address),
        "is_new": False,
        "password": "",
        "failures": explanations.of_charger(charger, since=now() - SHOWN_FOR, limit=5),
    }


def _code(address: str) -> SafeString:
    """Returns a QR code of the address for an installer's phone; segno generates the SVG from numbers, without any
    typed text.
    """
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S308
