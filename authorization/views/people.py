"""People: who has access to a host, as what and why; invited, given another role, taken out."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization import audit
from authorization.models import ApiKey, Invitation, Membership, User
from authorization.people import access, mail, members, roles
from authorization.people.members import Invited, PeopleError
from authorization.people.request import now, stated, viewer
from authorization.people.roles import Right, Role
from authorization.views import people_history
from chargers.fleet import time_zones
from chargers.models import Host

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
    """Somebody's address, and what they are to be."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=Membership.Role.choices, widget=forms.RadioSelect, initial=Role.READ_ONLY)


class MemberForm(forms.Form):
    """Another role, or none any more; and why."""

    do = forms.ChoiceField(choices=[("change", "change"), ("remove", "remove")])
    role = forms.ChoiceField(choices=Membership.Role.choices, required=False)
    reason = forms.CharField(max_length=255, required=False)


@login_required
@require_safe
def people_hosts(request: HttpRequest) -> HttpResponse:
    """Whose people: leads on where there is only one host."""
    user, query = viewer(request), stated(request, "q")
    visible = access.hosts_with(user, Right.SEE).order_by("name")
    found = visible.filter(name__icontains=query) if query else visible
    if not query and (only := list(visible[:2])) and len(only) == 1:
        return redirect("people:people", host=only[0].slug)
    page = Paginator(found, _PAGE).get_page(stated(request, "page"))
    return render(request, "authorization/people_hosts.html", {"room": "people", "page": page, "q": query})


@login_required
@require_safe
def people_page(request: HttpRequest, host: str) -> HttpResponse:
    """Who has access now, and why; who is invited; who did what to whom."""
    user = viewer(request)
    found, at = visible(user, host), now()
    grants = members.live_grants(found, now=at).select_related("user", "property", "charger", "granted_by")
    context = {
        "room": "people",
        "host": found,
        "zone": time_zones.of_host(found),
        "may_change": access.may(user, Right.PEOPLE, found),
        "members": found.memberships.select_related("user").order_by("user__email"),
        "invitations": members.open_invitations(found, now=at).select_related("invited_by").order_by("-invited_at"),
        "grants": [(grant, roles.grant_name(grant.role)) for grant in grants.order_by("ends_at")],
        "keys": ApiKey.objects.filter(host=found, revoked=False).order_by("name"),
        "roles": Membership.Role.labels,
        "table": [(roles.MEANS[right], [(role, right in roles.RIGHTS[role]) for role in Role]) for right in Right],
        "changes": people_history.of(found),
    }
    return render(request, "authorization/people.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: HttpRequest, host: str) -> HttpResponse:
    """Invites somebody; the link is shown this once, and sent if mails are set up."""
    user = viewer(request)
    found = changeable(user, host)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invited = _invite(found, form.cleaned_data, user=user)
        except PeopleError as exc:
            form.add_error("email", str(exc))
        else:
            return handed_over(request, invited)
    choices = [(role.value, role.name.replace("_", " ").capitalize(), ROLE_MEANS[role]) for role in Role]
    context = {"room": "people", "host": found, "form": form, "choices": choices}
    return render(request, "authorization/people_invite.html", context)


@login_required
@require_POST
def invitation_withdraw(request: HttpRequest, host: str, pk: int) -> HttpResponse:
    """The link stops working."""
    user, at = viewer(request), now()
    found = changeable(user, host)
    invitation = Invitation.objects.filter(host=found, pk=pk).first()
    if invitation is None:
        raise Http404
    with transaction.atomic():
        is_withdrawn = members.withdraw(invitation, now=at)
        if is_withdrawn:
            audit.write("invitation.withdrawn", _invitation(invitation), user=user, now=at)
    if is_withdrawn:
        notes.success(request, f"The link for {invitation.email} no longer works.")
    else:
        notes.info(request, "Nothing was changed: that link was used or had ended already.")
    return redirect("people:people", host=host)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people_member(request: HttpRequest, host: str, pk: int) -> HttpResponse:
    """Gives a member another role, or takes them out."""
    user = viewer(request)
    found = changeable(user, host)
    membership = found.memberships.select_related("user", "host").filter(pk=pk).first()
    if membership is None:
        raise Http404
    form = MemberForm(request.POST or None, initial={"role": membership.role})
    if request.method == "POST" and form.is_valid():
        try:
            notes.success(request, _act(membership, form.cleaned_data, user=user))
        except PeopleError as exc:
            form.add_error(None, str(exc))
        else:
            return redirect("people:hosts") if membership.user == user else redirect("people:people", host=host)
    choices = [(role.value, role.name.replace("_", " ").capitalize(), ROLE_MEANS[role]) for role in Role]
    context = {"room": "people", "host": found, "member": membership, "form": form, "choices": choices}
    return render(request, "authorization/people_member.html", context)


def visible(user: User, slug: str) -> Host:
    """A host of which this person is a member; 404 for everybody else, also for outsiders with a grant."""
    found = access.hosts_with(user, Right.SEE).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def changeable(user: User, slug: str) -> Host:
    found = access.hosts_with(user, Right.PEOPLE).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def handed_over(request: HttpRequest, invited: Invited) -> HttpResponse:
    """Sends the link, and shows it this once."""
    link = settings.PUBLIC_BASE_URL + reverse("invitation", args=[invited.secret])
    is_sent = mail.invite(invited.invitation, link=link)
    context = {
        "room": "people", "host": invited.invitation.host, "invitation": invited.invitation, "link": link,
        "is_sent": is_sent, "mails_are_set_up": mail.is_set_up(), "zone": time_zones.of_host(invited.invitation.host),
    }  # fmt: skip
    return render(request, "authorization/people_link.html", context)


def _invite(host: Host, said: dict[str, Any], *, user: User) -> Invited:
    at = now()
    with transaction.atomic():
        invited = members.invite(host, email=said["email"], role=said["role"], by=user, now=at)
        after = {"role": said["role"], "until": invited.invitation.expires_at.isoformat()}
        audit.write("invitation.made", _invitation(invited.invitation), user=user, now=at, after=after)
    return invited


def _act(membership: Membership, said: dict[str, Any], *, user: User) -> str:
    """What was done, in one sentence."""
    at, reason = now(), said["reason"]
    subject = audit.Subject("membership", membership.pk, membership.user.email, membership.host)
    with transaction.atomic():
        if said["do"] == "remove":
            audit.write(
                "membership.removed", subject, user=user, now=at, before={"role": membership.role}, reason=reason
            )
            members.remove(membership)
            return f"{membership.user} no longer sees anything of {membership.host.name}."
        role = said["role"] or membership.role
        before = members.change_role(membership, role=role)
        if before == role:
            return f"{membership.user} stays {Membership.Role(role).label}."
        audit.write(
            "membership.changed", subject, user=user, now=at, before={"role": before}, after={"role": role},
            reason=reason,
        )  # fmt: skip
        return f"{membership.user} is now {Membership.Role(role).label}."


def _invitation(invitation: Invitation) -> audit.Subject:
    return audit.Subject("invitation", invitation.pk, invitation.email, invitation.host)
