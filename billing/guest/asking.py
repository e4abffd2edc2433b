"""Visitors at a private charger: the request to its host, the answer, and the start without a card."""

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.identifiers import uids
from authorization.models import AccessRequest
from authorization.visits import access_requests
from billing.models import RateAssignment, Session
from billing.pricing import price_card
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from billing.sessions.lifecycle import ports
from billing.sessions.starting import landing, ordering
from billing.sessions.visitors import limits, sentences
from chargers.commands import queue
from chargers.lib.form_fields import GuestForm
from chargers.lib.i18n import mark
from chargers.models import Charger, Property
from chargers.text import card_numbers

_COOKIE: Final = "access_requests"
_ASKED_AN_HOUR: Final = 6
_A_PAYMENT_CARD: Final = mark("This is the number of a payment card. Enter the number of a charging card, or none.")


class AskForm(GuestForm):
    """The visitor's name and address, for the host."""

    name = forms.CharField(max_length=100, label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        required=False,
        label=_("E-mail"),
        help_text=_("So that the host can ask you back."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    uid = forms.CharField(
        required=False,
        max_length=100,
        label=_("Number of your charging card"),
        help_text=_("Only if you want to start with your own card. Without one you start on your phone."),
        widget=forms.TextInput(attrs={"class": "mono", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    message = forms.CharField(
        required=False,
        max_length=500,
        label=_("Message to the host"),
        help_text=_("Such as your apartment, and until when."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_uid(self) -> str:
        uid = str(self.cleaned_data["uid"]).strip()
        try:
            if card_numbers.is_card_number(uid):
                raise forms.ValidationError(gettext(_A_PAYMENT_CARD))
            return uids.of_token(uid) if uid else ""
        except uids.UidError as exc:
            raise forms.ValidationError(gettext(exc.pattern) % exc.values) from exc


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, station_id: str) -> HttpResponse:
    """Sends a request to the host of a private charger. A visitor with an earlier request is redirected to it."""
    charger = landing.find(station_id)
    if charger is None:
        raise Http404
    if charger.property.access != Property.Access.PRIVATE:
        return redirect("guest:station", station_id=station_id)
    own_requests = AccessRequest.objects.filter(secret__in=request.session.get(_COOKIE, []), charger=charger)
    if (
        access_request := own_requests.exclude(state=AccessRequest.State.DECLINED).order_by("-asked_at").first()
    ) is not None:
        return redirect("guest:asked", secret=access_request.secret)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if limits.too_often(request, "access-requests", limit=_ASKED_AN_HOUR, within_s=3600):
            return HttpResponse(gettext("Too many requests for access: try again in an hour."), status=429)
        new_request = access_requests.request(charger, access_requests.Visitor(**form.cleaned_data), now=_now())
        request.session[_COOKIE] = [*request.session.get(_COOKIE, []), new_request.secret][-5:]
        return redirect("guest:asked", secret=new_request.secret)
    return render(request, "guest/ask.html", {"charger": charger, "form": form})


@never_cache
@require_safe
def answer_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the host's answer, by the visitor's link; after an approval, also the ports to start at."""
    return _answer(request, _get_access_request(secret))


@require_POST
def start(request: HttpRequest, secret: str) -> HttpResponse:
    """Starts at the chosen port; requires the link's secret."""
    port = request.POST.get("port", "")
    request_made = _get_access_request(secret)
    if not port.isdecimal() or len(port) > 4:
        raise Http404
    try:
        ordering.start_for_visitor(request_made, evse_number=int(port), now=_now())
    except ordering.RefusedError as exc:
        return _answer(request, request_made, notice=str(exc))
    return redirect("guest:asked", secret=secret)


def _answer(request: HttpRequest, access_request: AccessRequest, *, notice: str = "") -> HttpResponse:
    now = _now()
    context: dict[str, Any] = {"asked": access_request, "charger": access_request.charger, "notice": notice}
    if access_request.rule is not None:
        context |= _let_in(access_request, now=now)
    template = "guest/asked.html" + ("#now" if request.htmx else "")  # type: ignore[attr-defined]
    return render(request, template, context)


def _let_in(access_request: AccessRequest, *, now: datetime) -> dict[str, Any]:
    rule, charger = access_request.rule, access_request.charger
    assert rule is not None
    version = resolver.resolve(
        charger, driver=Payer(audience=RateAssignment.Audience.MEMBER, token_id=rule.token_id), at=now
    ).version
    by_link = access_requests.can_start_by_link(access_request)
    guest_sessions = Session.objects.filter(charger=charger, token=rule.token).exclude(state=Session.State.FAILED)
    sessions = list(guest_sessions.order_by("-id")[:5]) if by_link else []
    return {
        "is_over": rule.active_to is not None and rule.active_to <= now,
        "price": price_card.build(version, moment=_moment(charger, now=now)) if version else None,
        "ports": ports.ports_of(charger, now=now) if by_link else [],
        "sessions": [(session, sentences.of_state(session.state)) for session in sessions],
        "running": next((session for session in sessions if session.state == Session.State.CHARGING), None),
        "ordered": queue.live_start(charger, id_token=rule.token.canonical_uid, now=now) if by_link else None,
        "is_by_card": bool(access_request.uid),
    }


def _moment(charger: Charger, *, now: datetime) -> price_card.Moment:
    return price_card.Moment(at=now, zone=ZoneInfo(charger.property.time_zone))


def _get_access_request(secret: str) -> AccessRequest:
    requests = AccessRequest.objects.select_related("charger__property__host", "charger__unit", "rule__token")
    access_request = requests.filter(secret=secret).first()
    if access_request is None:
        raise Http404
    return access_request


def _now() -> datetime:
    return datetime.now(tz=UTC)
