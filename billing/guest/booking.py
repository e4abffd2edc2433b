"""Access by a booking: a guest proves it once at a charger, and their phone can then use the stay's chargers."""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authorization.models import Stay, StayKey
from authorization.visits import booking_proofs, stay_keys
from authorization.visits.booking_proofs import Claim
from authorization.visits.stay_keys import PhonesTakenError
from billing.sessions.starting import landing, welcome
from billing.sessions.stays import stay_chargers
from billing.sessions.visitors import booking_guesses, phone_keys
from chargers.lib.form_fields import GuestForm
from chargers.lib.i18n import mark
from chargers.models import Charger

Proof = StayKey.Proof
_NO_BOOKING: Final = "booking_not_found"
_PHONES_TAKEN: Final = "stay_on_other_phones"
_TOO_MANY: Final = mark(
    "Too many tries were wrong: try again later, or open the link of your booking, which is never stopped."
)
_NEEDS_DAY: Final = mark("A code of digits alone, or a short one, needs the day of your arrival, too.")
_NOTHING: Final = mark("Enter the code of your booking, or the last four digits of your phone and the day of arrival.")


class BookingForm(GuestForm):
    """A booking code, or the last digits and the day of arrival."""

    code = forms.CharField(
        required=False,
        max_length=60,
        label=_("Reservation code"),
        help_text=_("It stands in your confirmation, such as HMABC12345."),
        widget=forms.TextInput(
            attrs={"class": "mono", "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    last4 = forms.RegexField(
        r"^[0-9]{4}$",
        required=False,
        label=_("Last four digits of your phone number"),
        help_text=_("Of the phone that you booked with."),
        error_messages={"invalid": _("Enter four digits.")},
        widget=forms.TextInput(
            attrs={"class": "mono", "inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}
        ),
    )
    arrival = forms.DateField(
        required=False, label=_("Day of arrival"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    remember = forms.BooleanField(
        required=False, label=_("Recognise this phone on my next stays here, if they are booked in the same name")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        claim = self.claim
        if claim.spelled and claim.is_guessable and claim.arrival is None:
            self.add_error("arrival", gettext(_NEEDS_DAY))
        elif not claim.spelled and not (claim.last4 and claim.arrival):
            raise forms.ValidationError(gettext(_NOTHING))
        return data

    @property
    def claim(self) -> Claim:
        """Returns the claim.

        For a code that cannot be guessed the day is left out, so that it is rate-limited separately.
        """
        data = self.cleaned_data
        day: date | None = data.get("arrival")
        claim = Claim(code=data.get("code", ""), last4=data.get("last4", ""), arrival=day)
        if claim.spelled and not claim.is_guessable:
            return Claim(code=claim.code)
        return claim


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, station_id: str) -> HttpResponse:
    """Reads and proves a booking, stores the stay on the phone, and redirects to the charger's page."""
    charger = landing.find(station_id)
    if charger is None:
        raise Http404
    form = BookingForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, charger, form)
    claim, now = form.claim, _now()
    if wait_s := booking_guesses.wait_s(request, claim, charger):
        return _render_too_many(request, charger, form, wait_s=wait_s)
    stay = booking_proofs.find(claim, charger, now=now)
    if stay is None:
        booking_guesses.count(request, claim, charger)
        return _page(request, charger, form, prompt=landing.prompt(_NO_BOOKING, charger), status=HTTPStatus.NOT_FOUND)
    proof = Proof.CODE if claim.spelled else Proof.DIGITS
    response = redirect("guest:station", station_id=station_id)
    try:
        return _let_in(request, response, stay, proof=proof, remember=form.cleaned_data["remember"], now=now)
    except PhonesTakenError:
        return _page(request, charger, form, prompt=landing.prompt(_PHONES_TAKEN, charger), status=HTTPStatus.CONFLICT)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Opens the link of the message. GET takes none of the phones' places, because mail programs open links, too."""
    stay = stay_keys.of_link(secret)
    if stay is None:
        raise Http404
    now = _now()
    context: dict[str, Any] = {"stay": stay, "link": secret}
    status = HTTPStatus.OK
    if request.method == "POST":
        remember = request.POST.get("remember") == "on"
        try:
            return _let_in(
                request, redirect("guest:stay", secret=secret), stay, proof=Proof.LINK, remember=remember, now=now
            )
        except PhonesTakenError:
            context["prompt"], status = landing.prompt(_PHONES_TAKEN), HTTPStatus.CONFLICT
    unlocked_stays = stay_keys.stays_of(phone_keys.read_secrets(request), host_id=stay.property.host_id, now=now)
    context |= {
        "is_key": stay in unlocked_stays,
        "sentence": welcome.sentence(stay, now=now),
        "chargers": stay_chargers.chargers_of(stay),
    }
    return render(request, "guest/stay.html", context, status=status)


@require_POST
def let_go(request: HttpRequest, station_id: str) -> HttpResponse:
    """Removes the stays from this phone, such as a borrowed or sold one."""
    stay_keys.let_go(phone_keys.read_secrets(request), now=_now())
    return phone_keys.forget(redirect("guest:station", station_id=station_id))


def _let_in(
    request: HttpRequest, response: HttpResponse, stay: Stay, *, proof: StayKey.Proof, remember: bool, now: datetime
) -> HttpResponse:
    """Stores the stay on the phone. Raises PhonesTakenError."""
    secret = stay_keys.give(
        stay, proof=proof, remember=remember, phone_secrets=phone_keys.read_secrets(request), now=now
    )
    return phone_keys.add(request, response, secret)


def _render_too_many(request: HttpRequest, charger: Charger, form: BookingForm, *, wait_s: int) -> HttpResponse:
    status = HTTPStatus.TOO_MANY_REQUESTS
    response = _page(request, charger, form, notice=gettext(_TOO_MANY), status=status)
    response["Retry-After"] = str(wait_s)
    return response


def _page(
    request: HttpRequest,
    charger: Charger,
    form: BookingForm,
    *,
    prompt: landing.Prompt | None = None,
    notice: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"charger": charger, "form": form, "prompt": prompt, "notice": notice}
    return render(request, "guest/booking.html", context, status=status)


def _now() -> datetime:
    return datetime.now(tz=UTC)
