"""Chargers > View > Local list: which cards the charger knows by itself, and whether that is what it should know."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization import audit
from authorization.models import Token
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.local_lists import list_state, sync
from chargers.local_lists.sync import ListSlot
from chargers.models import CardMemory, Charger
from chargers.views.console import base
from chargers.views.frame import Frame, frame_of

_MOST: Final = 200
KINDS: Final = {
    CardMemory.State.OFF: "unknown",
    CardMemory.State.IN_STEP: "ok",
    CardMemory.State.PENDING: "busy",
    CardMemory.State.REFUSED: "bad",
    CardMemory.State.NOT_SUPPORTED: "bad",
}
CHOICES: Final = {"property": "As its property", "on": "Keep a list here", "off": "Keep no list here"}
_SAYS: Final = {
    "missing": "is to be put on",
    "too_many": "is to be taken off",
    "otherwise": "is to be changed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A card of the list, or one that differs; `token` where it is still one of the host's."""

    uid: str
    token: Token | None
    note: str = ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def local_list(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Our version and the charger's, what it holds, what differs and why; the switch, "Send it anew", "Clear"."""
    frame = frame_of(request, charger_id)
    may_change = access.may_manage(viewer(request), frame.charger.property.host)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _changed(request, frame)
    seat = seat_of(frame.charger)
    context = {
        **base(frame),
        "tab": "local_list",
        "seat": seat,
        "row": seat.row,
        "kind": KINDS[CardMemory.State(seat.row.state)],
        "says": state_sentence(seat),
        "held": _lines(frame.charger, list(seat.entries or {})[:_MOST]),
        "differing": _differing(seat),
        "left_out": _lines(
            frame.charger,
            [one.uid for one in seat.plan.left_out[:_MOST]],
            notes=[one.why for one in seat.plan.left_out],
        ),
        "choices": CHOICES,
        "may_change": may_change,
        "caching": bool(list_state.with_cache([frame.charger])),
        "commands": frame.charger.commands.filter(
            action__in=("SendLocalList", "GetLocalListVersion", "ClearCache")
        ).order_by("-created_at")[:6],
    }
    is_part = request.htmx and request.htmx.target == "standing"  # type: ignore[attr-defined]
    return render(request, f"chargers/local_list.html{'#standing' if is_part else ''}", context)


def seat_of(charger: Charger) -> ListSlot:
    """The charger's memory as it stands, without storing anything."""
    row = CardMemory.objects.filter(charger=charger).first() or CardMemory(charger=charger)
    row.charger = charger
    (seat,) = sync.slots([row], now=now())
    return seat


def state_sentence(seat: ListSlot) -> str:
    """How it stands, in one sentence."""
    row, online = seat.row, seat.charger.is_online()
    match CardMemory.State(row.state):
        case CardMemory.State.IN_STEP:
            return "The charger holds the cards that it should." + ("" if online else " It is offline now.")
        case CardMemory.State.PENDING if not online:
            return "The charger is offline. It gets the list of that moment when it is back."
        case CardMemory.State.PENDING:
            return "The list is on its way to the charger."
        case CardMemory.State.REFUSED:
            return row.problem
        case CardMemory.State.NOT_SUPPORTED:
            return row.problem or "The charger keeps no local list."
        case _:
            return "No list is kept here: while it is offline, the charger knows none of your cards from us."


def _changed(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Does what the pressed button means, and writes down who did."""
    charger, step = frame.charger, request.POST.get("step", "")
    choice = {"choose": request.POST.get("choice", ""), "clear": "off"}.get(step, "")
    if step not in _DONE or (step == "choose" and choice not in CHOICES):
        raise Http404
    verb, told = _DONE[step]
    with transaction.atomic():
        before = {"choice": list_state.of(charger).choice}
        if choice:
            list_state.choose(charger, choice)
        elif step == "push":
            list_state.push(charger)
        else:
            list_state.clear_cache(charger, now=now())
        subject = audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
        after = {"choice": choice or before["choice"]}
        audit.write(verb, subject, user=viewer(request), now=now(), before=before, after=after)
    notes.success(request, told)
    if not charger.is_online():
        notes.warning(request, "It is offline now, and goes on with what it knows until it is back.")
    return redirect("chargers:local-list", charger_id=charger.charger_id)


_DONE: Final = {
    "choose": ("local_list.chosen", "Saved. The charger is told at once, or when it is back."),
    "push": ("local_list.pushed", "The full list is sent anew, after the charger said which it has."),
    "clear": ("local_list.cleared", "The list is emptied, and none is kept here any more."),
    "cache": ("card_cache.cleared", "The charger is told to clear its cache of cards."),
}


def _differing(seat: ListSlot) -> list[Line]:
    if seat.entries is None and seat.row.synced_at is None:
        return []
    found = seat.differences
    uids = [(uid, note) for name, note in _SAYS.items() for uid in getattr(found, name)]
    return _lines(seat.charger, [uid for uid, _ in uids[:_MOST]], notes=[note for _, note in uids])


def _lines(charger: Charger, uids: list[str], *, notes: list[str] | None = None) -> list[Line]:
    known = {
        token.canonical_uid: token
        for token in Token.objects.filter(host=charger.property.host_id, canonical_uid__in=uids)
    }
    words = notes or [""] * len(uids)
    return [Line(uid, known.get(uid), note) for uid, note in zip(uids, words, strict=False)]
