"""Access > Roaming: a mobility provider's card, and where it would be accepted now."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.identifiers import uids
from authorization.models import ProviderBlock, ProviderSync, Token, User
from authorization.people import access, rate_limit
from authorization.people.request import now, read_query_param, viewer
from authorization.tokens import coverage
from authorization.tokens.coverage import PropertyCoverage
from chargers.models import Charger

_ROOM: Final = {"room": "authorization", "tab": "roaming"}
_PAGE: Final = 50
_MAX_FOUND: Final = 5
_MAX_CHARGERS: Final = 500
SEARCHES_A_MINUTE: Final = 30
"""More than a user types, and too few for guessing drivers' numbers."""


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """A provider's card, the viewer's own blocks of that provider, and when its cards were last fetched."""

    token: Token
    blocks: list[ProviderBlock]
    sync: ProviderSync | None = None


@login_required
@require_safe
def roaming(request: HttpRequest) -> HttpResponse:
    """Finds one card by its exact number. Hosts cannot list foreign cards, which belong to drivers and providers."""
    user, query = viewer(request), read_query_param(request, "q")
    if query and rate_limit.too_often("roaming-search", subject=str(user.pk), limit=SEARCHES_A_MINUTE, within_s=60):
        response = render(request, "authorization/roaming_wait.html", _ROOM, status=429)
        response.headers["Retry-After"] = "60"
        return response
    cards = Token.objects.exclude(msp=None).select_related("msp").order_by("canonical_uid", "pk")
    tokens = list(cards.filter(_exact_match_filter(query))[:_MAX_FOUND]) if query else []
    places = _coverage_by_number(user, tokens)
    context = {
        **_ROOM,
        "q": query,
        "found": _attach_blocks(user, tokens),
        "places": places,
        "reversed_uid": uids.reversed_bytes(uids.from_wire(query) or "") if query and not tokens else None,
        "own": access.tokens(user).exclude(host=None).filter(_exact_match_filter(query)).first() if query else None,
        "may_resync": user.is_agent or bool(access.managed_hosts(user)),
        "page": _paginate_cards(request, cards) if user.is_agent and not query else None,
    }
    return render(request, "authorization/roaming.html", context)


def _exact_match_filter(query: str) -> Q:
    """Matches the whole UID in any notation, or the whole number on the card; never a part."""
    return Q(canonical_uid=uids.from_wire(query) or query) | Q(visual_number__iexact=query)


def _attach_blocks(user: User, tokens: list[Token]) -> list[ProviderCard]:
    blocks = ProviderBlock.objects.filter(host__in=access.hosts(user), msp__in=[token.msp_id for token in tokens])
    rows = list(blocks.select_related("host").order_by("since"))
    syncs = {sync.msp_id: sync for sync in ProviderSync.objects.filter(msp__in=[token.msp_id for token in tokens])}
    return [
        ProviderCard(token, [row for row in rows if row.msp_id == token.msp_id], syncs.get(token.msp_id or 0))
        for token in tokens
    ]


def _coverage_by_number(user: User, tokens: list[Token]) -> list[tuple[str, list[PropertyCoverage]]]:
    """Returns, for each number found, the viewer's properties and what the chain would decide there."""
    chargers: list[Charger] = []
    if tokens:
        visible = access.chargers(user).filter(retired_at=None).select_related("property")
        chargers = list(visible.order_by("property__name", "station_id")[:_MAX_CHARGERS])
    numbers = dict.fromkeys(token.canonical_uid for token in tokens)
    return [(uid, coverage.by_property(uid, chargers=chargers, now=now())) for uid in numbers]


def _paginate_cards(request: HttpRequest, cards: QuerySet[Token]) -> Page[Token]:
    return Paginator(cards, _PAGE).get_page(read_query_param(request, "page"))
