"""“Tell me when it is free”: the request, the page of the guest's turn, and the withdrawal."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.accounts import mail
from authorization.visits import stay_keys
from billing.sessions.push import encryption
from billing.sessions.starting import landing
from billing.sessions.visitors import limits, phone_keys, waiting_cookie
from billing.sessions.waiting_list import waiting_list
from billing.sessions.waiting_list.waiting_list import FullError
from chargers.lib.form_fields import GuestForm
from chargers.models import Charger

_MAX_IN_AN_HOUR: Final = 6
_HOUR_S: Final = 3600


class NotifyForm(GuestForm):
    """The address for the mail."""

    email = forms.EmailField(label=_("Your e-mail address"), max_length=254)


@never_cache
@require_POST
def ask_notice(request: HttpRequest, station_id: str) -> HttpResponse:
    """Adds the guest to the waiting list of a busy charger."""
    charger = landing.find(station_id)
    if charger is None:
        raise Http404
    form, now = NotifyForm(request.POST), datetime.now(tz=UTC)
    own_stays = stay_keys.stays_of(phone_keys.read_secrets(request), host_id=charger.property.host_id, now=now)
    turns = waiting_cookie.read_keys(request)
    spot = landing.build_for_charger(charger, port_number=None, now=now, guest_stays=own_stays, turns=turns)
    if spot.prompt is None or spot.prompt.code != "occupied":
        return redirect("guest:station", station_id=station_id)
    if not form.is_valid():
        return _form_page(request, charger, form, status=HTTPStatus.BAD_REQUEST)
    if limits.too_often(request, "tell-me", limit=_MAX_IN_AN_HOUR, within_s=_HOUR_S):
        form.add_error(None, _("Your network asked too often: try again in an hour."))
        return _form_page(request, charger, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    email, language_code = form.cleaned_data["email"], (translation.get_language() or "en")[:2]
    try:
        guest = waiting_list.add(charger, email=email, language=language_code, keys=turns, now=now)
    except FullError:
        form.add_error(None, _("Too many guests wait here already. Use another charger."))
        return _form_page(request, charger, form, status=HTTPStatus.CONFLICT)
    return waiting_cookie.add(request, redirect("guest:waiting", key=guest.key), guest.key)


@never_cache
@require_safe
def waiting_page(request: HttpRequest, key: str) -> HttpResponse:
    """Shows the guest's turn, by an unguessable link. Opening it allows this phone to start.

    Whoever sees here that the charger is held was told.
    """
    now = datetime.now(tz=UTC)
    guest = waiting_list.find(key, now=now)
    if guest is None and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Refresh": "true"})
    if guest is None:
        return render(request, "guest/waiting.html", {"charger": None}, status=HTTPStatus.GONE)
    if guest.held_until is not None:
        waiting_list.mark_informed(guest, now=now)
    context = {
        "charger": guest.charger,
        "turn": waiting_list.get_turn(guest, now=now),
        "key": key,
        "no_mails": not mail.leave_the_house(),
        "push_key": encryption.public_key(),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "guest/waiting.html#turn", context)
    return waiting_cookie.add(request, render(request, "guest/waiting.html", context), key)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraws at once, also by a mail program's one-click button (RFC 8058), which sends no CSRF token of ours.

    GET only shows the button, so that a mail scanner that opens the link withdraws nothing.
    """
    if request.method == "POST":
        waiting_list.withdraw(key)
        return render(request, "guest/waiting.html", {"charger": None, "is_withdrawn": True})
    guest = waiting_list.find(key, now=datetime.now(tz=UTC))
    if guest is None:
        return render(request, "guest/waiting.html", {"charger": None}, status=HTTPStatus.GONE)
    return render(request, "guest/waiting.html", {"charger": guest.charger, "key": key, "asks": True})


def _form_page(request: HttpRequest, charger: Charger, form: NotifyForm, *, status: HTTPStatus) -> HttpResponse:
    return render(request, "guest/tell_me.html", {"charger": charger, "form": form}, status=status)
