"""The page of a mobility provider: whether it is asked, its response times, and its last error."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from authorization.models import IssuerQuestion, MobilityProvider, ProviderSync, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.roaming import acts as providers
from authorization.roaming import breaker, latency, token_sync
from authorization.roaming.latency import Scale, Span
from chargers.lib import ids

WIDTH, HEIGHT = 720, 160
_STEPS_MS: Final = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_SHOWN: Final = 12
_TODAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One span as drawn, in the picture's units."""

    span: Span
    x: float
    width: float
    p50_y: float = 0
    p50_height: float = 0
    p99_y: float = 0
    p99_height: float = 0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars from zero to `top_ms`."""

    bars: list[Bar]
    top_ms: int

    @property
    def is_empty(self) -> bool:
        return not any(bar.span.asked for bar in self.bars)


@login_required
@require_safe
def provider_page(request: HttpRequest, msp: str) -> HttpResponse:
    """Shows what the viewer's own chargers asked the provider; agents see all.

    Every user may know the provider itself.
    """
    user = viewer(request)
    provider = _provider(msp)
    scale = Scale.DAY if request.GET.get("by") == Scale.DAY else Scale.HOUR
    at = now()
    questions = _questions(user, provider)
    real = questions.filter(is_probe=False)
    failures = questions.filter(state__in=(*breaker.FAILURES, IssuerQuestion.State.NOT_ASKED))
    context = {
        "room": "authorization",
        "tab": "providers",
        "provider": provider,
        "timeout_s": provider.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S,
        "scale": scale,
        "chart": draw(latency.spans(real, scale=scale, now=at), scale=scale),
        "today": real.filter(id__gte=ids.floor(at - _TODAY)).count(),
        "failures": failures.select_related("charger__property").order_by("-id")[:_SHOWN],
        "newest": real.select_related("charger__property").order_by("-id")[:_SHOWN],
        "sync": ProviderSync.objects.filter(msp=provider).first(),
        "cards": provider.tokens.count(),
        "may_resync": bool(provider.authorize_url and (user.is_agent or access.managed_hosts(user))),
        "probe_every_s": round(breaker.PROBE_EVERY.total_seconds()),
    }
    return render(request, "authorization/provider.html", context)


@login_required
@require_POST
def provider_resync(request: HttpRequest, key: str) -> HttpResponse:
    """Requests the provider's cards again; for managers of chargers, a few minutes apart for all."""
    user, provider = viewer(request), _provider(key)
    if not user.is_agent and not access.managed_hosts(user):
        raise Http404
    if not provider.authorize_url:
        notes.warning(request, f"{provider.name} cannot be asked: our support has no address of it.")
    elif providers.resync(provider, by=user, now=now()):
        notes.success(request, f"{provider.name} is being asked for its cards. What it says counts from the next tap.")
    else:
        minutes = round(token_sync.MIN_PAUSE.total_seconds() / 60)
        notes.info(request, f"{provider.name} was asked less than {minutes} minutes ago, or is being asked now.")
    back = read_query_param(request, "q")
    if back:
        return redirect(f"{reverse('authorization:roaming')}?{urlencode({'q': back})}")
    return redirect("authorization:provider", provider.key)


def draw(spans: list[Span], *, scale: Scale) -> Chart:
    """Returns the bars. The scale starts at zero and ends at a round number above the slowest."""
    slowest = max((span.p99_ms or 0 for span in spans), default=0)
    top_ms = next((step for step in _STEPS_MS if step >= slowest), slowest)
    slot = WIDTH / max(len(spans), 1)
    bars = []
    for number, span in enumerate(spans):
        p50, p99 = (HEIGHT * (value or 0) / top_ms for value in (span.p50_ms, span.p99_ms))
        bars.append(
            Bar(
                span=span,
                x=round(number * slot + slot * 0.15, 1),
                width=round(slot * 0.7, 1),
                p50_y=round(HEIGHT - p50, 1),
                p50_height=round(p50, 1),
                p99_y=round(HEIGHT - p99, 1),
                p99_height=round(p99, 1),
                label=_label(span, number, scale=scale),
            )
        )
    return Chart(bars=bars, top_ms=top_ms)


def _label(span: Span, number: int, *, scale: Scale) -> str:
    if scale is Scale.HOUR:
        return f"{span.at:%H:%M}" if number % 6 == 0 else ""
    return f"{span.at:%d %b}" if number % 7 == 0 else ""


def _provider(key: str) -> MobilityProvider:
    country_code, _, party_id = key.partition("-")
    provider = MobilityProvider.objects.filter(country_code=country_code, party_id=party_id).first()
    if provider is None:
        raise Http404
    return provider


def _questions(user: User, provider: MobilityProvider) -> QuerySet[IssuerQuestion]:
    questions = IssuerQuestion.objects.filter(msp=provider)
    return questions if user.is_agent else questions.filter(charger__in=access.chargers(user))
