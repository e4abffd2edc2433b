"""Access > Mobility providers: which providers are accepted or blocked, by whom and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import MobilityProvider, ProviderBlock, User
from authorization.people import access
from authorization.people.reason_form import ReasonForm
from authorization.people.request import now, read_query_param, viewer
from authorization.roaming import acts, providers
from chargers.models import Host

ALL_HOSTS = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a provider's menu: for a host's chargers, or (agents) for all hosts."""

    act: str
    scope: str
    words: str


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as the viewer sees it; `blocks` are those of the viewer's own hosts."""

    msp: MobilityProvider
    size: int
    blocks: list[ProviderBlock]
    menu: list[Choice]


@login_required
@require_safe
def provider_list(request: HttpRequest) -> HttpResponse:
    """Lists the roaming partners whose cards may be used at the host's public properties."""
    user = viewer(request)
    managed = [] if user.is_agent else access.managed_hosts(user)  # an agent's block applies to all hosts at once
    blocks: dict[int, list[ProviderBlock]] = {}
    for block in ProviderBlock.objects.filter(host__in=access.hosts(user)).select_related("host").order_by("since"):
        blocks.setdefault(block.msp_id, []).append(block)
    rows = [
        ProviderRow(
            msp, msp.size, blocks.get(msp.pk, []), _menu(msp, blocks.get(msp.pk, []), user=user, managed=managed)
        )
        for msp in MobilityProvider.objects.annotate(size=Count("tokens")).order_by("name")
    ]
    return render(request, "authorization/providers.html", {"room": "authorization", "tab": "providers", "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def provider_block(request: HttpRequest, key: str, *, blocks: bool) -> HttpResponse:
    """Blocks a provider, or lifts the block, after showing what that affects."""
    user, scope = viewer(request), read_query_param(request, "host")
    msp = providers.find(key)
    host = _scope(user, scope)
    if msp is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = acts.block if blocks else acts.unblock
        act(msp, host, reason=form.cleaned_data["reason"], by=user, now=now())
        scope_name = host.name if host else "all hosts"
        notes.success(request, f"{msp.name} is {'blocked' if blocks else 'no longer blocked'} at {scope_name}.")
        return redirect("authorization:providers")
    chargers, decisions = access.chargers(user).filter(retired_at=None), access.decisions(user)
    if host is not None:
        chargers, decisions = chargers.filter(property__host=host), decisions.filter(host=host)
    context = {
        "room": "authorization",
        "tab": "providers",
        "msp": msp,
        "host": host,
        "blocks": blocks,
        "form": form,
        "traffic": providers.traffic(msp, chargers=chargers, decisions=decisions, now=now()),
        "days": providers.LOOKS_BACK.days,
    }
    return render(request, "authorization/provider_block.html", context)


def _menu(msp: MobilityProvider, blocks: Iterable[ProviderBlock], *, user: User, managed: list[Host]) -> list[Choice]:
    if user.is_agent:
        words = "Unblock for all hosts…" if msp.blocked else "Block for all hosts…"
        return [Choice("unblock" if msp.blocked else "block", ALL_HOSTS, words)]
    blocked = {block.host_id for block in blocks}
    return [
        Choice("unblock", host.slug, f"Unblock at {host.name}…")
        if host.pk in blocked
        else Choice("block", host.slug, f"Block at {host.name}…")
        for host in managed
    ]


def _scope(user: User, scope: str) -> Host | None:
    """Returns the host that is meant; None for all hosts, which only agents may choose.

    Raises Http404 for a host that the user may not manage.
    """
    if scope == ALL_HOSTS and user.is_agent:
        return None
    host = access.hosts(user).filter(slug=scope).first()
    if host is None or not access.may_manage(user, host):
        raise Http404
    return host
