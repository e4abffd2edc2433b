"""Connection: how a charger comes in, why it did not, and what it proves itself with."""

from collections.abc import Callable

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authorization import audit
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.fleet import alerts, registration
from chargers.handshake import addresses, explanations
from chargers.models import Certificate, Charger, Command, PasswordChange
from chargers.security import authority, certificates, passwords
from chargers.views.frame import Frame, frame_of
from chargers.views.knocks import SHOWN_FOR, origin_of
from chargers.views.registration import is_held_by_support
from chargers.views.wizard import PROFILES


class ProfileForm(forms.Form):
    """The least that this charger must prove itself with."""

    security_profile = forms.ChoiceField(choices=PROFILES)


@login_required
@never_cache
@require_safe
def connection_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Facts, failures with what to do, password, certificates and security profile."""
    return _page(request, frame_of(request, charger_id))


@login_required
@never_cache
@require_POST
def connection_password(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Changes the password in one of four ways; one made for typing is in the answer, this once and nowhere else."""
    frame = _managed(request, charger_id)
    ways: dict[str, Callable[[HttpRequest, Frame], str]] = {
        "change": _change,
        "by_hand": _by_hand,
        "replace": _replace,
        "withdraw": _withdraw,
    }
    way = ways.get(request.POST.get("way", ""))
    if way is None:
        raise Http404
    try:
        password = way(request, frame)
    except passwords.ChangeUnderWayError:
        notes.warning(request, "A new password is on its way already: wait for it, or withdraw it.")
    except passwords.OfflineError:
        notes.warning(request, "The charger is offline and cannot be told a new password: set one by hand.")
    else:
        if password:
            return _page(request, frame_of(request, charger_id), password=password)
    return redirect("chargers:connection", charger_id=charger_id)


@login_required
@require_POST
def connection_profile(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets the security profile; from the next connection on the charger must meet it."""
    frame = _managed(request, charger_id)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        raise Http404
    before, after = frame.charger.security_profile, int(form.cleaned_data["security_profile"])
    with transaction.atomic():
        Charger.objects.filter(pk=frame.charger.pk).update(security_profile=after)
        _audit(request, frame, "charger.security_profile_changed", before={"profile": before}, after={"profile": after})
    notes.success(request, f"Security profile {after} is asked for from the next connection on.")
    if warning := would_stay_out(frame.charger, profile=after):
        notes.warning(request, warning)
    return redirect("chargers:connection", charger_id=charger_id)


@login_required
@require_POST
def certificate_renew(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Asks the charger to ask us for a certificate."""
    frame = _managed(request, charger_id)
    version = frame.charger.ocpp_version
    if version in {"", "1.6"}:
        action, message = "ExtendedTriggerMessage", "SignChargePointCertificate"
    else:
        action, message = "TriggerMessage", "SignChargingStationCertificate"
    with transaction.atomic():
        wish = CommandRequest(action, {"requestedMessage": message}, f"user:{viewer(request).email}")
        command = queue.request(frame.charger, wish, now=now())
        _audit(request, frame, "charger.certificate_asked_for", after={"action": action})
    if command.state == Command.State.OFFLINE:
        notes.warning(request, "The charger is offline: nothing was sent. Ask again when it is connected.")
    else:
        notes.success(request, "The charger is asked to renew its certificate. Look again in a moment.")
    return redirect("chargers:connection", charger_id=charger_id)


@login_required
@require_POST
def certificate_revoke(request: HttpRequest, charger_id: str, certificate_id: int) -> HttpResponse:
    """From now on the certificate opens nothing; a connection that it opened ends."""
    frame = _managed(request, charger_id)
    certificate = Certificate.objects.filter(charger=frame.charger, pk=certificate_id).first()
    if certificate is None:
        raise Http404
    with transaction.atomic():
        if certificates.revoke(certificate, origin=f"user:{viewer(request).email}", now=now()):
            _audit(request, frame, "charger.certificate_revoked", before={"serial_number": certificate.serial_number})
            if frame.charger.connected_by == Charger.Proof.CERTIFICATE:
                transaction.on_commit(lambda: queue.hang_up(frame.charger.pk))
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
        "registrations": [(one.value, one.label, registration.MEANS[one]) for one in Charger.Registration],
        "may_register": _may_register(request, charger),
        "held_by_support": is_held_by_support(charger),
        "now": at,
        "password": password,
    }
    return render(request, "chargers/connection.html", context)


def _may_register(request: HttpRequest, charger: Charger) -> bool:
    """Whether this person may set it Accepted, Pending or Rejected."""
    user = viewer(request)
    return access.may_at(user, Right.MANAGE, charger) and (user.is_agent or not is_held_by_support(charger))


def _managed(request: HttpRequest, charger_id: str) -> Frame:
    """The charger if this person may connect it; otherwise 404."""
    frame = frame_of(request, charger_id)
    if not access.may_at(viewer(request), Right.CONNECT, frame.charger):
        raise Http404
    return frame


def would_stay_out(charger: Charger, *, profile: int) -> str:
    """What a profile asks for that this charger has not shown yet, in one sentence."""
    if profile == 3 and not charger.certificates.filter(revoked_at=None, first_used_at__isnull=False).exists():
        return "It has not used a certificate of ours yet: until it does, it will not be let in."
    if profile == 2 and charger.connected_with_tls is False:
        return "It came without encryption so far: change its address to the one with wss://, or it will not be let in."
    return ""


def _change(request: HttpRequest, frame: Frame) -> str:
    with transaction.atomic():
        passwords.begin(frame.charger, origin=f"user:{viewer(request).email}", now=now())
        _audit(request, frame, "charger.password_change_sent")
    notes.success(request, "The charger is told a new password. The old one is good until it has used the new one.")
    return ""


def _by_hand(request: HttpRequest, frame: Frame) -> str:
    with transaction.atomic():
        password = passwords.set_by_hand(frame.charger, origin=f"user:{viewer(request).email}", now=now())
        _audit(request, frame, "charger.password_set_by_hand", after={"old_password": "good until the new one is used"})
    return password


def _replace(request: HttpRequest, frame: Frame) -> str:
    with transaction.atomic():
        password = passwords.replace_at_once(frame.charger, origin=f"user:{viewer(request).email}", now=now())
        _audit(request, frame, "charger.password_set_by_hand", after={"old_password": "stopped at once"})
        transaction.on_commit(lambda: queue.hang_up(frame.charger.pk))
    return password


def _withdraw(request: HttpRequest, frame: Frame) -> str:
    with transaction.atomic():
        if passwords.withdraw(frame.charger, now=now()):
            _audit(request, frame, "charger.password_withdrawn")
    notes.success(request, "The new password is withdrawn: only the old one is good.")
    return ""


def _audit(
    request: HttpRequest, frame: Frame, verb: str, *, before: object | None = None, after: object | None = None
) -> None:
    charger = frame.charger
    subject = audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
    audit.write(verb, subject, user=viewer(request), now=now(), before=before, after=after)
