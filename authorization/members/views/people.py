"""Portal > People: a host's members with role and reason; invite, change a role, remove."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.accounts.invitation_links import hand_over
from authorization.members import people_history
from authorization.members.acts import people as acts
from authorization.models import AccessGrant, ApiKey, Invitation, Membership, User
from authorization.people import access, members, roles
from authorization.people.members import PeopleError
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right, Role
from authorization.people.visible_hosts import changeable, visible
from chargers.models import Host
from chargers.properties import time_zones

_PAGE: Final = 50
ROLE_MEANS: Final = {
    Role.OWNER: "Everything, also who else belongs here.",
    Role.MANAGER: "Everything but people.",
    Role.OPERATOR: "Sees what happens and operates chargers: no passwords, no amounts.",
    Role.FINANCE: "Sees what happens and handles money. No commands.",
    Role.READ_ONLY: "Sees everything, amounts too, and changes nothing.",
    Role.INSTALLER: "Sees what happens, operates and connects chargers. No amounts.",
}


class InviteForm(forms.Form):
    """The address and role of a new member."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=Membership.Role.choices, widget=forms.RadioSelect, initial=Role.READ_ONLY)


class MemberForm(forms.Form):
    """Another role, or removal, with the reason."""

    do = forms.ChoiceField(choices=[("change", "change"), ("remove", "remove")])
    role = forms.ChoiceField(choices=Membership.Role.choices, required=False)
    reason = forms.CharField(max_length=255, required=False)


@login_required
@require_safe
def people_hosts(request: HttpRequest) -> HttpResponse:
    """Lists the hosts whose people the user may see; redirects if there is only one."""
    user, query = viewer(request), read_query_param(request, "q")
    visible = access.hosts_with(user, Right.SEE).order_by("name")
    hosts = visible.filter(name__icontains=query) if query else visible
    if not query and (only := list(visible[:2])) and len(only) == 1:
        return redirect("people:people", host=only[0].slug)
    page = Paginator(hosts, _PAGE).get_page(read_query_param(request, "page"))
    return render(request, "authorization/people_hosts.html", {"room": "people", "page": page, "q": query})


@login_required
@require_safe
def people_page(request: HttpRequest, host: str) -> HttpResponse:
    """Shows members with the reason for their access, open invitations, and the history of changes."""
    user = viewer(request)
    visible_host, at = visible(user, host), now()
    grants = members.live_grants(visible_host, now=at).select_related("user", "property", "charger", "granted_by")
    context = {
        "room": "people",
        "host": visible_host,
        "zone": time_zones.of_host(visible_host),
        "may_change": access.has_right(user, Right.PEOPLE, visible_host),
        "members": visible_host.memberships.select_related("user").order_by("user__email"),
        "invitations": members.open_invitations(visible_host, now=at)
        .select_related("invited_by")
        .order_by("-invited_at"),
        "grants": _group_grants_by_act(list(grants.order_by("ends_at", "pk"))),
        "keys": ApiKey.objects.filter(host=visible_host, revoked=False).order_by("name"),
        "roles": Membership.Role.labels,
        "table": [(roles.MEANS[right], [(role, right in roles.RIGHTS[role]) for role in Role]) for right in Right],
        "changes": people_history.changes_of(visible_host),
    }
    return render(request, "authorization/people.html", context)


def _group_grants_by_act(grants: list[AccessGrant]) -> list[tuple[AccessGrant, str, list[AccessGrant]]]:
    """Groups the grants given in one act into one row, with a grant per place; one that ends apart gets its own row."""
    rows: dict[tuple[object, ...], list[AccessGrant]] = {}
    for grant in grants:
        key = (grant.user_id, grant.role, grant.reason, grant.granted_by_id, grant.granted_at, grant.ends_at)
        rows.setdefault(key, []).append(grant)
    return [
        (access_grants[0], roles.grant_name(access_grants[0].role), access_grants) for access_grants in rows.values()
    ]


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: HttpRequest, host: str) -> HttpResponse:
    """Invites a new member. The link is shown only once, and mailed if mails are set up."""
    user = viewer(request)
    managed_host = changeable(user, host)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _invite(request, managed_host, form)
    return _invite_page(request, managed_host, form)


@fresh_login.after_log_in
def _invite(request: HttpRequest, host: Host, form: InviteForm) -> HttpResponse:
    try:
        invited = acts.invite(host, **form.cleaned_data, by=viewer(request), now=now())
    except PeopleError as exc:
        form.add_error("email", str(exc))
        return _invite_page(request, host, form)
    return hand_over(request, invited)


def _invite_page(request: HttpRequest, host: Host, form: InviteForm) -> HttpResponse:
    choices = [(role.value, role.name.replace("_", " ").capitalize(), ROLE_MEANS[role]) for role in Role]
    context = {"room": "people", "host": host, "form": form, "choices": choices}
    return render(request, "authorization/people_invite.html", context)


@login_required
@require_POST
def invitation_withdraw(request: HttpRequest, host: str, pk: int) -> HttpResponse:
    """Withdraws the invitation: its link stops working."""
    user = viewer(request)
    managed_host = changeable(user, host)
    invitation = Invitation.objects.filter(host=managed_host, pk=pk).first()
    if invitation is None:
        raise Http404
    if acts.withdraw_invitation(invitation, by=user, now=now()):
        notes.success(request, f"The link for {invitation.email} no longer works.")
    else:
        notes.info(request, "Nothing was changed: that link was used or had ended already.")
    return redirect("people:people", host=host)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people_member(request: HttpRequest, host: str, pk: int) -> HttpResponse:
    """Gives a member another role, or removes them."""
    user = viewer(request)
    managed_host = changeable(user, host)
    membership = managed_host.memberships.select_related("user", "host").filter(pk=pk).first()
    if membership is None:
        raise Http404
    form = MemberForm(request.POST or None, initial={"role": membership.role})
    if request.method == "POST" and form.is_valid():
        return _change(request, membership, form)
    return _member_page(request, membership, form)


@fresh_login.after_log_in
def _change(request: HttpRequest, membership: Membership, form: MemberForm) -> HttpResponse:
    user = viewer(request)
    try:
        notes.success(request, _act(membership, form.cleaned_data, user=user))
    except PeopleError as exc:
        form.add_error(None, str(exc))
        return _member_page(request, membership, form)
    is_own = membership.user == user
    return redirect("people:hosts") if is_own else redirect("people:people", host=membership.host.slug)


def _member_page(request: HttpRequest, membership: Membership, form: MemberForm) -> HttpResponse:
    choices = [(role.value, role.name.replace("_", " ").capitalize(), ROLE_MEANS[role]) for role in Role]
    context = {"room": "people", "host": membership.host, "member": membership, "form": form, "choices": choices}
    return render(request, "authorization/people_member.html", context)


def _act(membership: Membership, fields: dict[str, Any], *, user: User) -> str:
    """Acts on the member and returns a sentence for the user."""
    if fields["do"] == "remove":
        keys = acts.remove(membership, reason=fields["reason"], by=user, now=now())
        ended = f" {_describe_ended_keys(keys)}" if keys else ""
        return f"{membership.user} no longer sees anything of {membership.host.name}.{ended}"
    role = fields["role"] or membership.role
    if acts.change_role(membership, role=role, reason=fields["reason"], by=user, now=now()):
        return f"{membership.user} is now {Membership.Role(role).label}."
    return f"{membership.user} stays {Membership.Role(role).label}."


def _describe_ended_keys(keys: Sequence[ApiKey]) -> str:
    names = ", ".join(f"“{key.name}” ({key.prefix})" for key in keys)
    return f"The API keys that they made no longer work: {names}."
