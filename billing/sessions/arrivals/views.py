"""Settings > Messages to guests: when they are sent and their text, with a preview; and the messages of one stay."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from authorization.models import Stay
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from authorization.pms.systems import catalogue
from billing.models import ArrivalPolicy
from billing.sessions.arrivals import acts, messages, texts
from billing.sessions.arrivals.acts import CancelledError, Policy
from billing.sessions.arrivals.texts import MessageText, UnknownNameError
from chargers.models import Host

_LANGUAGES: Final = dict(settings.LANGUAGES)


class PolicyForm(forms.Form):
    """Whether guests get a message, how long before they arrive, and in which language."""

    is_enabled = forms.BooleanField(required=False, label="Write to guests before they arrive")
    hours_before = forms.IntegerField(min_value=1, max_value=720, label="Hours before check-in")
    language = forms.ChoiceField(choices=settings.LANGUAGES, label="Language")


class TextForm(forms.Form):
    """The message's text in one language."""

    subject = forms.CharField(max_length=150, label="Subject", help_text="Of e-mails.")
    text = forms.CharField(
        max_length=3000,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="Filled in: " + ", ".join(f"{{{name}}}" for name in texts.NAMES) + ".",
    )

    def clean(self) -> dict[str, Any]:
        for name in ("subject", "text"):
            try:
                texts.check(self.cleaned_data.get(name, ""))
            except UnknownNameError as exc:
                self.add_error(name, str(exc))
        return self.cleaned_data


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arrivals_page(request: HttpRequest, host: str) -> HttpResponse:
    """Shows the host's choice, its text in the chosen language, and what the next guest would read."""
    row = _get_managed_host(request, host)
    policy = ArrivalPolicy.objects.filter(host=row).first() or ArrivalPolicy(host=row)
    language = _language(read_query_param(request, "language"), policy.language)
    words = texts.of_host(row, language)
    form = PolicyForm(initial={name: getattr(policy, name) for name in PolicyForm.base_fields})
    text_form = TextForm(initial={"subject": words.subject, "text": words.text})
    if request.method == "POST":
        page_url = f"{request.path}?language={language}"
        match request.POST.get("do"):
            case "policy" if (form := PolicyForm(request.POST)).is_valid():
                acts.set_policy(row, Policy(**form.cleaned_data), by=viewer(request), now=now())
                notes.success(request, "It is saved.")
                return redirect(page_url)
            case "text" if (text_form := TextForm(request.POST)).is_valid():
                own = MessageText(
                    text_form.cleaned_data["subject"], text_form.cleaned_data["text"].replace("\r\n", "\n")
                )
                acts.set_text(row, language, own, by=viewer(request), now=now())
                notes.success(request, f"The words in {_LANGUAGES[language]} are saved.")
                return redirect(page_url)
            case "usual":
                acts.set_text(row, language, None, by=viewer(request), now=now())
                notes.success(request, f"The usual words in {_LANGUAGES[language]} are sent again.")
                return redirect(page_url)
    guest = _next_guest(row)
    context = {
        "room": "settings",
        "host": row,
        "writers": catalogue.writers(),
        "form": form,
        "text_form": text_form,
        "language": language,
        "language_name": _LANGUAGES[language],
        "languages": settings.LANGUAGES,
        "guest": guest,
        "preview": texts.render_message(guest, words, language, now=now()) if guest else None,
    }
    return render(request, "billing/arrivals.html", context)


@login_required
@require_POST
def stay_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes to the guest of one stay, even if they were written to before."""
    user = viewer(request)
    rows = access.stays(user).select_related("property__host", "unit", "connection")
    stay = rows.filter(pk=pk).first()
    if stay is None:
        raise Http404
    language = _language(request.POST.get("language", ""), messages.language_of(stay.property.host))
    try:
        message = acts.send(stay, language=language, by=user, now=now())
    except CancelledError as exc:
        notes.error(request, str(exc))
    else:
        is_to_copy = message.channel == message.Channel.COPY
        notes.success(request, _COPY if is_to_copy else f"It is sent within seconds: {_channel_name(message)}.")
    return redirect("authorization:stay", pk=pk)


_COPY: Final = "No address reaches this guest from here: copy the text below into the channel's own messages."


def _channel_name(message: Any) -> str:
    return str(message.get_channel_display()).lower()


def _next_guest(host: Host) -> Stay | None:
    rows = Stay.objects.filter(property__host=host, cancelled_at=None, departs_at__gt=now())
    return rows.select_related("property__host", "unit").order_by("arrives_at").first()


def _language(requested: str, usual: str) -> str:
    return requested if requested in _LANGUAGES else usual


def _get_managed_host(request: HttpRequest, slug: str) -> Host:
    row = access.hosts_with(viewer(request), Right.MANAGE).filter(slug=slug).first()
    if row is None:
        raise Http404
    return row
