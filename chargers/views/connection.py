"""Connection: how a charger connects, why it could not, and its credentials."""

from collections.abc import Callable

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import security
from chargers.acts.registration import is_held_by_support
from chargers.fleet import alerts, registration
from chargers.handshake import addresses, explanations
from chargers.models import Certificate, Charger, Command, PasswordChange
from chargers.pages.fields import PROFILES
from chargers.pages.frame import Frame, frame_of
from chargers.pages.handshakes import SHOWN_FOR, origin_of
from chargers.security import authority, passwords


class ProfileForm(forms.Form):
    """The lowest security profile that this charger must meet."""

    security_profile = forms.ChoiceField(choices=PROFILES)


@login_required
@never_cache
@require_safe
def connection_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows facts, failures with their remedies, password, certificates and security profile."""
    return _page(request, frame_of(request, charger_id))


@login_required
@never_cache
@require_POST
def connection_password(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Changes the password in one of four ways. One to type in is shown only in this answer."""
    frame = _get_connectable_frame(request, charger_id)
    ways: dict[str, Callable[[HttpRequest, Frame], str]] = {
        "change": _change,
        "by_hand": _generate_password,
        "replace": _replace,
        "withdraw": _withdraw,
    }
    way = ways.get(request.POST.get("way", ""))
    if way is None:
        raise Http404
    return _set_password(request, frame, way) if way is not _withdraw else _act_on_password(request, frame, way)


def _act_on_password(request: HttpRequest, frame: Frame, way: Callable[[HttpRequest, Frame], str]) -> HttpResponse:
    charger_id = frame.charger.charger_id
    try:
        password = way(request, frame)
    except passwords.ChangeUnderWayError:
        notes.warning(request, "A new password is on its way already: wait for it, or withdraw it.")
    except passwords.OfflineError:
        notes.warning(request, "The charger is offline and cannot be sent a new password: set one by hand.")
    else:
        if password:
            return _page(request, frame_of(request, charger_id), password=password)
    return redirect("chargers:connection", charger_id=charger_id)


_set_password = fresh_login.after_log_in(_act_on_password)
"""Anyone who knows a charger's password can impersonate it."""


@login_required
@require_POST
def connection_profile(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets the security profile that the charger must meet at its next connection."""
    frame = _get_connectable_frame(request, charger_id)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        raise Http404
    after = int(form.cleaned_data["security_profile"])
    security.set_profile(frame.charger, profile=after, by=viewer(request), now=now())
    notes.success(request, f"Security profile {after} is asked for from the next connection on.")
    if warning := security.would_stay_out(frame.charger, profile=after):
        notes.warning(request, warning)
    return redirect("chargers:connection", charger_id=charger_id)


@login_required
@require_POST
def certificate_renew(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Commands the charger to request a certificate."""
    frame = _get_connectable_frame(request, charger_id)
    command = security.renew_certificate(frame.charger, by=viewer(request), now=now())
    if command.state == Command.State.OFFLINE:
        notes.warning(request, "The charger is offline: nothing was sent. Ask again when it is connected.")
    else:
        notes.success(request, "The charger is asked to renew its certificate. Look again in a moment.")
    return redirect("chargers:connection", charger_id=charger_id)


@login_required
@require_POST
def certificate_revoke(request: HttpRequest, charger_id: str, certificate_id: int) -> HttpResponse:
    """Revokes the certificate and ends a connection that it opened."""
    frame = _get_connectable_frame(request, charger_id)
    certificate = Certificate.objects.filter(charger=frame.charger, pk=certificate_id).first()
    if certificate is None:
        raise Http404
    security.revoke_certificate(frame.charger, certificate, by=viewer(request), now=now())
    notes.success(request, f"The certificate {certificate.serial_number[:8]}… is revoked: it opens nothing any more.")
    return redirect("chargers:connection", charger_id=charger_id)


def _page(request: HttpRequest, frame: Frame, *, password: str = "") -> HttpResponse:
    charger, at = frame.charger, now()
    changes = PasswordChange.objects.filter(charger=charger).select_related("command").order_by("-pk")
    context = {
        "room": "chargers",
        "tab": "connection",
        "frame": frame,
        "address": addresses.of_charger(charger, origin_of(request)),
        "base": addresses.base_of(charger, origin_of(request)),
        "alerts": list(alerts.of_charger(charger, now=at)),
        "swaps": alerts.swaps_of(charger, now=at),
        "failures": explanations.of_charger(charger, since=at - SHOWN_FOR),
        "change": changes.first(),
        "certificates": charger.certificates.order_by("-pk")[:10],
        "requests": charger.certificate_requests.order_by("-pk")[:5],
        "authority": authority.current(),
        "profiles": PROFILES,
        "profile": str(charger.security_profile),
        "may_manage": access.may_at(viewer(request), Right.CONNECT, charger),
        "registrations": [(state.value, state.label, registration.MEANS[state]) for state in Charger.Registration],
        "may_register": _may_register(request, charger),
        "held_by_support": is_held_by_support(charger),
        "now": at,
        "password": password,
    }
    return render(request, "chargers/connection.html", context)


def _may_register(request: HttpRequest, charger: Charger) -> bool:
    """Whether the user may set it Accepted, Pending or Rejected."""
    user = viewer(request)
    return access.may_at(user, Right.MANAGE, charger) and (user.is_agent or not is_held_by_support(charger))


def _get_connectable_frame(request: HttpRequest, charger_id: str) -> Frame:
    """Returns the charger if the user may connect it; otherwise 404."""
    frame = frame_of(request, charger_id)
    if not access.may_at(viewer(request), Right.CONNECT, frame.charger):
        raise Http404
    return frame


def _change(request: HttpRequest, frame: Frame) -> str:
    security.send_password(frame.charger, by=viewer(request), now=now())
    notes.success(
        request, "A new password is being sent to the charger. The old one is good until it has used the new one."
    )
    return ""


def _generate_password(request: HttpRequest, frame: Frame) -> str:
    return security.make_password(frame.charger, by=viewer(request), now=now())


def _replace(request: HttpRequest, frame: Frame) -> str:
    return security.replace_password(frame.charger, by=viewer(request), now=now())


def _withdraw(request: HttpRequest, frame: Frame) -> str:
    security.withdraw_password(frame.charger, by=viewer(request), now=now())
    notes.success(request, "The new password is withdrawn: only the old one is good.")
    return ""
