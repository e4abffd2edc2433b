"""Access > Tokens > one card: its two flags, its details, where it works and where not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.models import AuditEntry, Decision, ReimbursementContract, Stay, Token, User
from authorization.people import access
from authorization.people.reason_form import ReasonForm
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from authorization.tokens import budgets, coverage, revocation
from authorization.tokens.acts import tokens as acts
from billing.engine.values import money
from chargers.lib.form_fields import MomentFormField
from chargers.models import Charger
from chargers.properties import time_zones

_MAX_CHARGERS: Final = 500
_MAX_CHANGES: Final = 20


@dataclass(frozen=True, slots=True)
class Act:
    """One change of one flag, with the texts of its page."""

    title: str
    button: str
    done: str
    valid: bool | None = None
    blocked: bool | None = None

    @property
    def revokes(self) -> bool:
        return self.blocked is True or self.valid is False


ACTS: Final = {
    "block": Act("Block this card", "Block the card", "is blocked", blocked=True),
    "unblock": Act("Unblock this card", "Unblock the card", "is no longer blocked", blocked=False),
    "invalidate": Act("Mark this card as not valid", "Mark as not valid", "is marked as not valid", valid=False),
    "validate": Act("Mark this card as valid", "Mark as valid", "is marked as valid", valid=True),
}


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """The host's notes on its card."""

    class Meta:
        model = Token
        fields = ["visual_number", "owner", "expires_at", "may_charge_concurrently"]
        labels = {
            "visual_number": "Number on the card",
            "owner": "Whose card it is",
            "expires_at": "Expires",
            "may_charge_concurrently": "May charge at several chargers at once",
        }
        help_texts = {
            "visual_number": "",
            "owner": "",
            "may_charge_concurrently": "For a card that a fleet or a household shares.",
        }
        widgets = {"expires_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}
        field_classes = {"expires_at": MomentFormField}

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_at"].help_text = f"In {zone}. Empty: never."


@login_required
@require_safe
def token_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one card: its details, where it works and where not, and recent decisions about it."""
    user = viewer(request)
    token, at = _get_token(user, pk), now()
    chargers = _chargers(user, token)
    context = {
        "room": "authorization",
        "tab": "tokens",
        "token": token,
        "zone": _zone(token),
        "may_change": token.host is not None and access.may_manage(user, token.host),
        "rules": token.access_rules.select_related("property", "unit", "charger"),
        "places": coverage.by_property(token.uid, chargers=chargers, now=at),
        "is_cut": len(chargers) == _MAX_CHARGERS,
        "stays": _stays(user, token, at=at),
        "contracts": _contracts(user, token, at=at),
        **_budget_context(user, token, at=at),
        "decisions": _decided_lately(user, token),
        "changes": _changes(token),
    }
    return render(request, "authorization/token.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_flags(request: HttpRequest, pk: int) -> HttpResponse:
    """Blocks a card or marks it as invalid, or reverses that, after showing the effect."""
    user = viewer(request)
    token = _manageable(user, pk)
    do = (request.POST if request.method == "POST" else request.GET).get("do", "")
    act = ACTS.get(do)
    if act is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        acts.flag(token, valid=act.valid, blocked=act.blocked, reason=reason, by=user, now=now())
        notes.success(request, f"{token.uid} {act.done}.")
        return redirect("authorization:token", pk=pk)
    outlook = revocation.effect_of(token, chargers=_chargers(user, token), now=now()) if act.revokes else None
    context = {
        "room": "authorization",
        "tab": "tokens",
        "token": token,
        "act": act,
        "do": do,
        "form": form,
        "outlook": outlook,
    }
    return render(request, "authorization/token_flags.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edits owner, number on the card and expiry."""
    user = viewer(request)
    token = _manageable(user, pk)
    zone = _zone(token)
    with timezone.override(ZoneInfo(zone)):
        version, before = token.updated_at.isoformat(), acts.audit_values(token)
        form = TokenForm(request.POST or None, instance=token, zone=zone)
        if request.method == "POST" and form.is_valid():
            as_seen, fields = request.POST.get("as_seen", ""), TokenForm.Meta.fields
            try:
                acts.edit(token, fields=fields, before=before, as_seen=as_seen, by=user, now=now())
            except acts.ChangedMeanwhileError:
                form.add_error(None, _changed_meanwhile(token))
            else:
                notes.success(request, f"{token.uid} is saved.")
                return redirect("authorization:token", pk=pk)
        context = {"room": "authorization", "tab": "tokens", "token": token, "form": form, "seen": version}
        return render(request, "authorization/token_edit.html", context)


@login_required
@require_POST
def token_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a card from one local group."""
    user = viewer(request)
    token = _manageable(user, pk)
    group_key = request.POST.get("group", "")
    group = token.groups.filter(pk=group_key).first() if group_key.isdecimal() else None
    if group is not None:
        outlook = revocation.effect_of(token, chargers=_chargers(user, token), now=now())
        acts.leave(token, group, by=user, now=now())
        notes.success(request, f"{token.uid} is no longer in “{group.name}”. A running session goes on.")
        if outlook.offline:
            names = ", ".join(memory.charger.station_id for memory in outlook.offline[:5])
            notes.warning(request, f"Offline, and may go on accepting it until the connection is back: {names}.")
    return redirect("authorization:token", pk=pk)


def _get_token(user: User, pk: int) -> Token:
    token = access.tokens(user).select_related("host", "msp").filter(pk=pk).first()
    if token is None:
        raise Http404
    return token


def _manageable(user: User, pk: int) -> Token:
    """Returns the host's card if the user may manage it; 404 for all others, including a provider's card."""
    token = _get_token(user, pk)
    if token.host is None or not access.may_manage(user, token.host):
        raise Http404
    return token


def _budget_context(user: User, token: Token, *, at: datetime) -> dict[str, Any]:
    """Returns the card's groups, the budgets that count, and an enabled group without one."""
    groups = list(access.groups(user).filter(tokens=token).order_by("name"))
    enabled_groups = [group for group in groups if group.enabled]
    uses = budgets.load_for_card(token, groups=enabled_groups, now=at)
    limited = {use.budget.group_id for use in uses}
    has_own = any(use.budget.token_id for use in uses)
    unlimited_group = next((group for group in enabled_groups if group.pk not in limited), None)
    return {
        "groups": groups,
        "budgets": uses,
        "unlimited_group": unlimited_group if uses and not has_own else None,
        "group_count": len(limited),
        "hides_money": any(
            use.facts.currency and not access.has_right(user, Right.SEE_MONEY, use.budget.host) for use in uses
        ),
    }


def _zone(token: Token) -> str:
    return time_zones.of_host(token.host) if token.host else "UTC"


def _chargers(user: User, token: Token) -> list[Charger]:
    """Returns the chargers where the card could be used, of those that the user sees."""
    visible = access.chargers(user).filter(retired_at=None).select_related("property")
    if token.host_id:
        visible = visible.filter(property__host=token.host_id)
    return list(visible.order_by("property__name", "station_id")[:_MAX_CHARGERS])


def _stays(user: User, token: Token, *, at: datetime) -> QuerySet[Stay]:
    """Returns current and future stays."""
    stays = access.stays(user).filter(token=token, cancelled_at=None, departs_at__gt=at)
    return stays.select_related("property", "unit").order_by("arrives_at")


def _contracts(user: User, token: Token, *, at: datetime) -> QuerySet[ReimbursementContract]:
    """Returns contracts that have not ended."""
    contracts = access.reimbursements(user).filter(Q(active_to=None) | Q(active_to__gt=at), token=token)
    return contracts.order_by("employer", "pk")


def _decided_lately(user: User, token: Token) -> QuerySet[Decision]:
    return access.decisions(user).filter(token=token).select_related("charger__property").order_by("-id")[:20]


def _changed_meanwhile(token: Token) -> str:
    latest = _changes(token)[:1]
    change_text = f"{latest[0][0].actor.partition(':')[2]} {latest[0][1]}" if latest else "Somebody changed it"
    current = Token.objects.get(pk=token.pk)
    text = ", ".join(filter(None, [current.visual_number, current.owner])) or "nothing noted"
    return f"{change_text} while this page was open, and now it says: {text}. Save again to put yours in its place."


_SAYS: Final = {
    ("valid", True): "marked it as valid",
    ("valid", False): "marked it as not valid",
    ("blocked", True): "blocked it",
    ("blocked", False): "unblocked it",
}


def _changes(token: Token) -> list[tuple[AuditEntry, str]]:
    """Returns the changes with their text, newest first."""
    entries = AuditEntry.objects.filter(subject_type="token", subject_id=str(token.pk)).order_by("-at", "-id")
    return [(entry, _sentence(entry)) for entry in entries[:_MAX_CHANGES]]


def _sentence(entry: AuditEntry) -> str:
    before, after = entry.before or {}, entry.after or {}
    match entry.verb:
        case "token.whitelisted":
            return f"put it into “{after.get('group', '')}”"
        case "token.left_group":
            return f"took it out of “{before.get('group', '')}”"
        case "token.budget_set":
            return f"set its budget to {_describe_limit(after)} a month"
        case "token.budget_removed":
            return f"removed its budget of {_describe_limit(before)} a month"
        case "token.changed":
            changed = [_SAYS[name, bool(now)] for name, now in after.items() if _is_shown(name, before.get(name), now)]
            return " and ".join(changed) or "changed nothing"
        case _:
            changed = sorted(name for name in after if before.get(name) != after[name])
            return f"changed {', '.join(name.removesuffix('_at').replace('_', ' ') for name in changed) or 'nothing'}"


def _describe_limit(values: dict[str, Any]) -> str:
    """Returns the limit of an audit entry: "20 kWh", "40.00 EUR"."""
    if values.get("limit_minor") is not None:
        return money.text(values["limit_minor"], currency=values["currency"])
    return f"{(Decimal(values.get('limit_wh') or 0) / 1000).normalize():f} kWh"


def _is_shown(name: str, before: object, after: object) -> bool:
    return before != after and (name, bool(after)) in _SAYS
