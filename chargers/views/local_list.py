"""Chargers > View > Local list: the cards that the charger stores, and whether these are the right ones."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.models import Token
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.acts import local_lists
from chargers.local_lists import list_state
from chargers.local_lists.sync import LocalListStatus
from chargers.models import CardMemory, Charger
from chargers.pages.console import base
from chargers.pages.frame import Frame, frame_of
from chargers.pages.local_list import load_local_list_status, state_sentence

_LIMIT: Final = 200
KINDS: Final = {
    CardMemory.State.OFF: "unknown",
    CardMemory.State.IN_STEP: "ok",
    CardMemory.State.PENDING: "busy",
    CardMemory.State.REFUSED: "bad",
    CardMemory.State.NOT_SUPPORTED: "bad",
}
CHOICES: Final = {"property": "As its property", "on": "Keep a list here", "off": "Keep no list here"}
_SAYS: Final = {
    "to_add": "is to be added",
    "to_remove": "is to be removed",
    "to_update": "is to be updated",
}


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A card of the list, or one that differs; `token` is set if it is still one of the host's."""

    uid: str
    token: Token | None
    note: str = ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def local_list(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows our version and the charger's, its cards, and the differences with reasons; with the buttons to switch,
    "Send it anew" and "Clear".
    """
    frame = frame_of(request, charger_id)
    may_change = access.may_manage(viewer(request), frame.charger.property.host)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _apply_action(request, frame)
    status = load_local_list_status(frame.charger)
    context = {
        **base(frame),
        "tab": "local_list",
        "status": status,
        "row": status.row,
        "kind": KINDS[CardMemory.State(status.row.state)],
        "says": state_sentence(status),
        "held": _lines(frame.charger, list(status.entries or {})[:_LIMIT]),
        "differing": _differing(status),
        "left_out": _lines(
            frame.charger,
            [omitted_card.uid for omitted_card in status.plan.left_out[:_LIMIT]],
            notes=[left_out.why for left_out in status.plan.left_out],
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


def _apply_action(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Runs the action of the pressed button and logs it in the audit trail."""
    charger, step = frame.charger, request.POST.get("step", "")
    choice = request.POST.get("choice", "")
    if step not in _DONE or (step == "choose" and choice not in CHOICES):
        raise Http404
    user, at = viewer(request), now()
    match step:
        case "choose":
            local_lists.choose(charger, choice=choice, by=user, now=at)
        case "clear":
            local_lists.clear(charger, by=user, now=at)
        case "push":
            local_lists.push(charger, by=user, now=at)
        case _:
            local_lists.clear_cache(charger, by=user, now=at)
    notes.success(request, _DONE[step])
    if not charger.is_online():
        notes.warning(request, "It is offline now, and goes on with what it knows until it is back.")
    return redirect("chargers:local-list", charger_id=charger.charger_id)


_DONE: Final = {
    "choose": "Saved. It is sent to the charger at once, or when it is back.",
    "push": "The full list is sent anew, after the charger said which it has.",
    "clear": "The list is emptied, and none is kept here any more.",
    "cache": "The charger is asked to clear its cache of cards.",
}


def _differing(status: LocalListStatus) -> list[ListedCard]:
    if status.entries is None and status.row.synced_at is None:
        return []
    differences = status.differences
    uids = [(uid, note) for name, note in _SAYS.items() for uid in getattr(differences, name)]
    return _lines(status.charger, [uid for uid, _ in uids[:_LIMIT]], notes=[note for _, note in uids])


def _lines(charger: Charger, uids: list[str], *, notes: list[str] | None = None) -> list[ListedCard]:
    by_uid = {
        token.canonical_uid: token
        for token in Token.objects.filter(host=charger.property.host_id, canonical_uid__in=uids)
    }
    words = notes or [""] * len(uids)
    return [ListedCard(uid, by_uid.get(uid), note) for uid, note in zip(uids, words, strict=False)]
