"""Access > Tokens: the host's cards, and where each works."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from authorization.identifiers import uids
from authorization.identifiers.validators import card_uid
from authorization.models import Token, TokenGroup, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from authorization.tokens import budgets, tokens
from authorization.tokens.acts import tokens as acts
from chargers.models import Charger, Host

_PAGE = 50
_USED_UP: Final = "used_up"
"""Value of the filter `budget`."""


class AddTokenForm(forms.Form):
    """A card and the local group to put it into."""

    uid = forms.CharField(
        validators=[card_uid],
        label="UID",
        max_length=100,
        help_text="The card's number as the charger reads it, in any notation.",
        widget=forms.TextInput(attrs={"class": "mono", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    group = forms.ModelChoiceField(
        queryset=TokenGroup.objects.none(),
        label="Local group",
        empty_label="Pick a group",
        help_text="Every property, unit and charger of the group opens for this card.",
    )
    visual_number = forms.CharField(label="Number on the card", max_length=64, required=False)
    owner = forms.CharField(label="Whose card it is", max_length=200, required=False)

    def __init__(self, *args: Any, groups: QuerySet[TokenGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = groups.order_by("name")
        for name, bound in self.fields.items():
            if self.is_bound and name in self.errors:
                bound.widget.attrs["aria-invalid"] = "true"


@login_required
@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """Lists the host's cards, searched by UID in any notation, by the number on the card or by owner; or those that
    have used up their budget.
    """
    query, is_used_up = read_query_param(request, "q"), read_query_param(request, "budget") == _USED_UP
    user = viewer(request)
    matching = _search(access.tokens(user), query)
    if is_used_up:
        matching = matching.filter(pk__in=budgets.find_exhausted_cards(_hosts_with_budgets(user), now=now()))
    page = Paginator(matching, _PAGE).get_page(read_query_param(request, "page"))
    context = {
        "room": "authorization",
        "tab": "tokens",
        "page": page,
        "q": query,
        "is_used_up": is_used_up,
        "filters": urlencode({"q": query} | ({"budget": _USED_UP} if is_used_up else {})),
        "may_import": bool(access.managed_hosts(user)),
        "may_export": access.may_somewhere(user, Right.SEE),
        "reversed_uid": _find_reversed_card(request, query) if query and not page.object_list else None,
    }
    return render(request, "authorization/tokens.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_add(request: HttpRequest) -> HttpResponse:
    """Whitelists a UID by adding it to a local group. The form is prefilled when opened from a refused row."""
    user = viewer(request)
    charger = (
        access.chargers(user)
        .select_related("property__host")
        .filter(charger_id=read_query_param(request, "charger"))
        .first()
    )
    groups = _groups(user, charger)
    if request.method == "POST" and not _may_add(user, groups, request.POST.get("group", "")):
        raise Http404
    form = AddTokenForm(request.POST or None, groups=groups, initial=_initial(request, charger, groups))
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("uid", "group", "visual_number", "owner")}
        added = acts.whitelist(facts.pop("uid"), **facts, by=user, now=now())
        notes.success(request, _sentence(added, form.cleaned_data["group"], charger))
        if charger is not None:
            return redirect("chargers:logs", charger_id=charger.charger_id)
        return redirect("authorization:token", pk=added.pk)
    context = {
        "room": "authorization",
        "tab": "tokens",
        "form": form,
        "charger": charger,
        "has_groups": groups.exists(),
        "reaching": _groups_with_charger(groups, charger) if charger else None,
        "may_add": access.may_manage(user, charger.property.host) if charger else bool(access.managed_hosts(user)),
    }
    return render(request, "authorization/token_add.html", context)


def _hosts_with_budgets(user: User) -> list[Host]:
    return list(access.hosts_with(user, Right.SEE).filter(budgets__isnull=False).distinct())


def _search(matching: QuerySet[Token], query: str) -> QuerySet[Token]:
    if query:
        matching = matching.filter(tokens.matching(query))
    return matching.select_related("msp", "host").prefetch_related("groups").order_by("canonical_uid", "id")


def _find_reversed_card(request: HttpRequest, query: str) -> Token | None:
    """Returns the card with the bytes reversed, as some readers print them."""
    turned = uids.reversed_bytes(uids.from_wire(query) or "")
    return access.tokens(viewer(request)).filter(canonical_uid=turned).first() if turned else None


def _groups(user: User, charger: Charger | None) -> QuerySet[TokenGroup]:
    groups = access.groups(user)
    return groups.filter(host=charger.property.host_id) if charger else groups


def _may_add(user: User, groups: QuerySet[TokenGroup], group_pk: str) -> bool:
    """Whether the user may add to this group. An unknown group passes, because the form reports it as an error."""
    group = groups.filter(pk=group_pk).select_related("host").first() if group_pk.isdecimal() else None
    return group is None or access.may_manage(user, group.host)


def _groups_with_charger(groups: QuerySet[TokenGroup], charger: Charger) -> list[TokenGroup]:
    reaching = Q(properties=charger.property_id) | Q(chargers=charger)
    if charger.unit_id:
        reaching |= Q(units=charger.unit_id)
    return list(groups.filter(reaching, enabled=True).distinct().order_by("name"))


def _initial(request: HttpRequest, charger: Charger | None, groups: QuerySet[TokenGroup]) -> dict[str, Any]:
    reaching = _groups_with_charger(groups, charger) if charger else []
    choice = read_query_param(request, "group")
    group = reaching[0] if len(reaching) == 1 else choice if choice.isdecimal() else None
    return {"uid": read_query_param(request, "uid"), "group": group}


def _sentence(token: Token, group: TokenGroup, charger: Charger | None) -> str:
    reaches = charger is not None and group in _groups_with_charger(TokenGroup.objects.filter(pk=group.pk), charger)
    opening = f", which opens {charger.station_id}" if charger and reaches else ""
    note = "" if token.valid and not token.blocked else " The card itself is still blocked or not valid."
    return f"{token.uid} is now in “{group.name}”{opening}.{note}"
