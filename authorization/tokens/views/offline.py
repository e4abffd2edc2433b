"""Access > Offline lists: which chargers store our cards locally, and whether these are up to date."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.tokens.acts import local_lists
from chargers.local_lists import list_state
from chargers.models import CardMemory, Charger, Property

State = CardMemory.State
_ORDER: Final = {State.REFUSED: 0, State.NOT_SUPPORTED: 1, State.PENDING: 3, State.IN_STEP: 5, State.OFF: 6}
_LIMIT: Final = 500
_WORDS: Final = {
    State.OFF: ("unknown", "no list"),
    State.IN_STEP: ("ok", "in step"),
    State.REFUSED: ("bad", "refused"),
    State.NOT_SUPPORTED: ("bad", "keeps no list"),
}


@dataclass(frozen=True, slots=True)
class OfflineRow:
    """A charger with its memory, sorted by whether a person needs to act."""

    charger: Charger
    memory: CardMemory

    @property
    def state(self) -> State:
        return State(self.memory.state)

    @property
    def rank(self) -> int:
        if self.state == State.PENDING and not self.charger.is_online():
            return 2
        if self.state == State.IN_STEP and (self.memory.left_out or self.memory.drift):
            return 4
        return _ORDER[self.state]

    @property
    def kind(self) -> str:
        return _WORDS[self.state][0] if self.state in _WORDS else "busy" if self.charger.is_online() else "warn"

    @property
    def word(self) -> str:
        waits = "on its way" if self.charger.is_online() else "goes on with its old list until it is back"
        return _WORDS[self.state][1] if self.state in _WORDS else waits


@dataclass(frozen=True, slots=True)
class OfflineProperty:
    """A property with its switch."""

    site: Property
    keeping: int
    chargers: int
    may_change: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offline_lists(request: HttpRequest) -> HttpResponse:
    """Lists every charger that holds a list, or should, starting with those that differ; a switch per property."""
    user = viewer(request)
    if request.method == "POST":
        return _switch_property_lists(request)
    chargers = access.chargers(user).filter(retired_at=None).select_related("property__host", "card_memory")
    rows = [OfflineRow(charger, _memory(charger)) for charger in chargers]
    keeping = Counter(row.charger.property_id for row in rows if list_state.is_kept(row.memory))
    sizes = Counter(row.charger.property_id for row in rows)
    managed = set(access.managed_properties(user).values_list("pk", flat=True))
    sites = {row.charger.property_id: row.charger.property for row in rows}
    concerned = [row for row in rows if list_state.is_kept(row.memory) or row.state != State.OFF]
    concerned.sort(key=lambda row: (row.rank, row.charger.property.name, row.charger.station_id))
    context = {
        "room": "authorization",
        "tab": "offline",
        "rows": concerned[:_LIMIT],
        "wrong": sum(row.rank < _ORDER[State.PENDING] for row in concerned),
        "waiting": [row for row in rows if row.memory.cache_due_at and not row.charger.is_online()],
        "places": [
            OfflineProperty(site, keeping[pk], sizes[pk], pk in managed)
            for pk, site in sorted(sites.items(), key=lambda item: item[1].name)
        ],
    }
    return render(request, "authorization/offline.html", context)


def _memory(charger: Charger) -> CardMemory:
    memory = getattr(charger, "card_memory", None) or CardMemory(charger=charger)
    memory.charger = charger
    return memory


def _switch_property_lists(request: HttpRequest) -> HttpResponse:
    """Switches whether a property's chargers hold lists."""
    user = viewer(request)
    site = access.managed_properties(user).filter(slug=request.POST.get("property", "")).select_related("host").first()
    keeps = {"on": True, "off": False}.get(request.POST.get("keeps", ""))
    if site is None or keeps is None:
        raise Http404
    local_lists.choose_for_property(site, keeps=keeps, by=user, now=now())
    text = (
        "keeps a list of your cards on its chargers" if keeps else "keeps no lists any more: those of ours are emptied"
    )
    notes.success(request, f"{site.name} {text}. Chargers that are offline follow when they are back.")
    return redirect("authorization:offline")
