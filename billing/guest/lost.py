"""Recovers a session whose link is lost: the link is mailed to the address on file, and never shown."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.people import rate_limit as counted
from billing.formatting import times
from billing.models import Session
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Reader
from billing.sessions.visitors import limits
from chargers.lib.form_fields import GuestForm

_AN_HOUR: Final = 10
_TO_ONE_AN_HOUR: Final = 3
_SINCE: Final = timedelta(days=7)
_LIMIT: Final = 3
_RUNNING: Final = (Session.State.WAITING, Session.State.CHARGING)


class LostForm(GuestForm):
    """The address that was entered when paying."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Mails the links of the newest sessions. The answer is the same whether or not there are any."""
    form = LostForm(request.POST or None)
    context = {"form": form, "sent_to": ""}
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"].lower()
        often = limits.too_often(request, "lost-links", limit=_AN_HOUR, within_s=3600)
        if often or counted.too_often("lost-links-to", subject=address, limit=_TO_ONE_AN_HOUR, within_s=3600):
            return HttpResponse(gettext("Too many links were asked for: try again in an hour."), status=429)
        send_links(address, language=get_language() or "en", now=datetime.now(tz=UTC))
        context["sent_to"] = address
    return render(request, "guest/lost.html", context)


def send_links(address: str, *, language: str, now: datetime) -> int:
    """Queues a mail for each of the newest sessions with this address. Returns their number."""
    rows = Session.objects.filter(guest_email=address, opened_at__gt=now - _SINCE).exclude(state=Session.State.FAILED)
    sessions = list(rows.select_related("property", "charger").order_by("-id")[:_LIMIT])
    for session in sessions:
        outbox.queue_for_session(
            session,
            key=f"lost:{session.pk}:{now:%Y%m%d%H%M%S}",
            subject=gettext("Your charging session at %(place)s") % {"place": session.property.name},
            text=_text(session),
            now=now,
            to=Reader(address=address, language=language),
        )
    return len(sessions)


def _text(session: Session) -> str:
    began = times.when_in(session.opened_at, session.property.time_zone)
    values = {"station": session.charger.station_id, "date": began}
    sentence = gettext("This is the page of your session at station %(station)s of %(date)s.") % values
    if session.state in _RUNNING:
        return f"{sentence} {gettext('With this link anybody can stop charging, so keep it to yourself.')}"
    return f"{sentence} {gettext('Anyone with this link can see the receipt, so keep it to yourself.')}"
