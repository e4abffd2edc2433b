"""A driver's account: overview, history, charging cards, name and password, data export, deletion."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth import logout, password_validation, update_session_auth_hash
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.decide import reasons
from authorization.identifiers import uids
from authorization.models import User
from authorization.people import rate_limit as counted
from authorization.tokens import budgets
from billing.guest.drive import entering
from billing.guest.drive.entering import for_drivers, note, now
from billing.models import Driver, DriverToken, Join, PaymentCard, Rating, Refund, Session
from billing.sessions.drivers import accounts, driver_tokens, payment_cards
from billing.sessions.drivers.driver_tokens import ClaimError
from billing.sessions.drivers.payment_cards import CardError
from billing.sessions.join_codes import acts as join_code_acts
from billing.sessions.plans.acts import driver_accounts
from billing.sessions.plans.acts.driver_accounts import OpenError
from billing.sessions.visitors import sentences
from chargers.lib.form_fields import GuestForm

_PAGE = 30
_RUNNING = (Session.State.WAITING, Session.State.CHARGING, Session.State.STOPPED)


class NameForm(GuestForm):
    """The driver's name."""

    name = forms.CharField(
        max_length=100, required=False, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class PasswordForm(GuestForm):
    """Sets a password in addition to log-in links."""

    password = forms.CharField(
        max_length=200,
        strip=False,
        label=_("New password"),
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self._user)
        return password


@for_drivers
@require_safe
def home(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Shows what runs now, the payment card, and what comes next."""
    own_sessions = Session.objects.filter(driver=driver).select_related("property", "charger")
    running = own_sessions.filter(state__in=_RUNNING)
    context = {
        "here": "home",
        "driver": driver,
        "card": payment_cards.find_default(driver),
        "running": [(session, sentences.of_state(session.state)) for session in running.order_by("-id")[:10]],
        "rows": _rows(driver, limit=3),
    }
    return render(request, "drive/home.html", context)


@for_drivers
@require_safe
def history(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Lists sessions with their receipts and refunds, and refused cards with the reason."""
    page = int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1
    rows = _rows(driver, limit=_PAGE + 1, start=(min(page, 1000) - 1) * _PAGE)
    refused = [(refusal, reasons.CATALOGUE.get(refusal.reason)) for refusal in accounts.refusals(driver)[:10]]
    context = {
        "here": "history",
        "driver": driver,
        "rows": rows[:_PAGE],
        "older": page + 1 if len(rows) > _PAGE else None,
        "refused": [(decision, gettext(why.title), gettext(why.guest.meaning)) for decision, why in refused if why],
    }
    return render(request, "drive/history.html", context)


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Lists the driver's charging cards with what is left of their budgets, and adds one with a proof."""
    problem = ""
    if request.method == "POST":
        if counted.too_often("claims", subject=str(driver.pk), limit=10, within_s=3600):
            return HttpResponse(gettext("Too many tries: wait an hour."), status=429)
        problem = _claim(request, driver)
        if not problem:
            return redirect("drive:tokens")
    own_tokens = driver.tokens.select_related("token__host", "pays_with").order_by("claimed_at")
    cards = driver.payment_cards.filter(state=PaymentCard.State.READY).order_by("-is_default", "-id")
    limited_tokens = [(owned, budgets.load_for_driver(owned.token, now=now())) for owned in own_tokens]
    context = {"here": "tokens", "driver": driver, "tokens": limited_tokens, "cards": cards, "problem": problem}
    return render(request, "drive/tokens.html", context)


@for_drivers
@require_POST
def token_pay_with(request: HttpRequest, driver: Driver, pk: int) -> HttpResponse:
    """Sets the payment card for sessions with the charging card, or none."""
    owned, payment_card = DriverToken.objects.filter(driver=driver, pk=pk).select_related("token").first(), None
    if owned is None:
        raise Http404
    card_id = request.POST.get("card", "")
    if card_id:
        ready = driver.payment_cards.filter(state=PaymentCard.State.READY)
        payment_card = next((payment_card for payment_card in ready if str(payment_card.pk) == card_id), None)
        if payment_card is None:
            notes.error(request, gettext("This card cannot be charged any more: choose another."))
            return redirect("drive:tokens")
    with transaction.atomic():
        if driver_tokens.pay_with(owned, payment_card, now=now()):
            after = {"uid": owned.token.uid, "last4": payment_card.last4 if payment_card else None}
            note("driver.token_pays_with", driver, after=after)
    if payment_card:
        text = gettext("From now on, each session with %(token)s is taken from %(card)s when it is over.")
        notes.success(request, text % {"token": owned.token, "card": payment_card})
    else:
        text = gettext("Sessions with %(token)s are settled with the property, as it says.")
        notes.success(request, text % {"token": owned.token})
    return redirect("drive:tokens")


@for_drivers
@require_POST
def token_give_up(request: HttpRequest, driver: Driver, pk: int) -> HttpResponse:
    owned = DriverToken.objects.filter(driver=driver, pk=pk).select_related("token").first()
    if owned is None:
        raise Http404
    with transaction.atomic():
        joined = Join.objects.filter(token=owned.token, uid="", state=Join.State.JOINED).select_related("code__host")
        for join in joined.select_related("token"):
            join_code_acts.leave(join, driver, now=now())
        driver_tokens.give_up(owned)
        note("driver.token_given_up", driver, after={"uid": owned.token.uid})
    notes.success(request, gettext("The card is not on your account any more. It works as the host says."))
    return redirect("drive:tokens")


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Changes name, password and address."""
    assert driver.user is not None
    do = request.POST.get("do", "")
    name = NameForm(request.POST if do == "name" else None, initial={"name": driver.name})
    secret = PasswordForm(request.POST if do == "password" else None, user=driver.user)
    address = entering.EmailForm(request.POST if do == "address" else None, prefix=None)
    if do == "name" and name.is_valid():
        Driver.objects.filter(pk=driver.pk).update(name=name.cleaned_data["name"].replace("\x00", ""))
        notes.success(request, gettext("Saved."))
        return redirect("drive:account")
    if do == "password" and secret.is_valid() and not accounts.is_of_portal(driver.user):
        driver.user.set_password(secret.cleaned_data["password"])
        driver.user.save(update_fields=["password"])
        update_session_auth_hash(request, driver.user)
        note("driver.password_set", driver)
        notes.success(request, gettext("Your password was set. Other devices must log in again."))
        return redirect("drive:account")
    if do == "address" and address.is_valid():
        return _change_address(request, driver, address.cleaned_data["email"])
    context = {
        "here": "account",
        "driver": driver,
        "name": name,
        "secret": secret,
        "address": address,
        "is_of_portal": accounts.is_of_portal(driver.user),
    }
    return render(request, "drive/account.html", context)


@for_drivers
@require_safe
def export(_request: HttpRequest, driver: Driver) -> HttpResponse:
    """Returns the driver's own data as a file for programs."""
    note("driver.data_exported", driver)
    response = JsonResponse(accounts.export_data(driver), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="my-charging.json"'
    return response


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Shows what is deleted, what stays and why; then deletes. While a session runs, the deletion waits for its end."""
    problems: list[str] = []
    if request.method == "POST":
        try:
            if (response := _apply_deletion_action(request, driver, action=request.POST.get("do", ""))) is not None:
                return response
        except OpenError as exc:
            problems = [gettext(sentence) for sentence in exc.sentences]
        except CardError as exc:
            problems = [gettext(str(exc))]
    pending, blocking = accounts.pending(driver), accounts.blocking(driver)
    context = {
        "here": "account",
        "driver": driver,
        "problems": problems or [gettext(sentence) for sentence in blocking],
        "pending": [gettext(sentence) for sentence in pending],
        "latest": now() + accounts.DELETED_WITHIN,
        "is_blocked": bool(blocking),
    }
    return render(request, "drive/delete.html", context)


def _apply_deletion_action(request: HttpRequest, driver: Driver, *, action: str) -> HttpResponse | None:
    """Does what the button says. None if nothing was done; the page then tells why. Raises OpenError and CardError."""
    if action == "keep":
        if driver_accounts.withdraw_deletion(driver, by=None, now=now()):
            notes.success(request, gettext("Your account stays."))
        return redirect("drive:delete")
    if accounts.blocking(driver):
        return None
    if action == "later":
        driver_accounts.schedule_deletion(driver, by=None, now=now())
        return redirect("drive:delete")
    if accounts.pending(driver):
        return None
    driver_accounts.delete(driver, by=None, now=now())
    logout(request)
    return render(request, "drive/deleted.html")


def _change_address(request: HttpRequest, driver: Driver, email: str) -> HttpResponse:
    """Mails the link to the new address, so that only its owner can make the change."""
    if counted.too_often("driver-links-to", subject=accounts.counted_as(email), limit=5, within_s=3600):
        return HttpResponse(gettext("Too many links were asked for: try again in an hour."), status=429)
    return entering.sent_page(request, accounts.make_link(email, now=now(), driver=driver), email=email)


def _claim(request: HttpRequest, driver: Driver) -> str:
    """Claims a card. Returns why it failed, or an empty text."""
    code, uid = request.POST.get("code", "").strip()[:40], request.POST.get("uid", "").strip()[:100]
    try:
        with transaction.atomic():
            driver_token = (
                driver_tokens.by_code(driver, code, now=now())
                if code
                else driver_tokens.by_number(driver, uid, now=now())
            )
            note("driver.token_claimed", driver, after={"uid": driver_token.token.uid, "proof": driver_token.proof})
    except uids.UidError as exc:
        return gettext(exc.pattern) % exc.values
    except ClaimError as exc:
        return gettext(str(exc))
    notes.success(request, gettext("The card %(card)s is yours now.") % {"card": driver_token.token})
    return ""


def _rows(driver: Driver, *, limit: int, start: int = 0) -> list[dict[str, Any]]:
    sessions = list(accounts.history(driver)[start : start + limit])
    completed_refunds = Refund.objects.filter(receipt__session__in=sessions, state=Refund.State.DONE)
    back: dict[Any, list[Refund]] = {}
    for refund in completed_refunds.select_related("receipt", "credit_note"):
        back.setdefault(refund.receipt.session_id, []).append(refund)
    rated = [(session, max(session.ratings.all(), key=lambda rating: rating.pk, default=None)) for session in sessions]
    return [
        {
            "session": session,
            "state": sentences.of_state(session.state),
            "rating": rating,
            "reason": _session_reason(session, rating),
            "receipts": sorted(session.receipts.all(), key=lambda issued_receipt: issued_receipt.pk),
            "refunds": back.get(session.pk, []),
        }
        for session, rating in rated
    ]


def _session_reason(session: Session, rating: Rating | None) -> str:
    """Returns why, in the site's time zone, because it may contain times."""
    with timezone.override(ZoneInfo(session.property.time_zone)):
        return sentences.describe_reason(session, rating)


@require_POST
@for_drivers
def keep(request: HttpRequest, driver: Driver, secret: str) -> HttpResponse:
    """Adds a session, by its link, to the logged-in account."""
    session = Session.objects.filter(secret=secret).first()
    if session is None:
        raise Http404
    if accounts.keep(session, driver):
        notes.success(request, gettext("It is in your history now."))
    elif session.driver_id != driver.pk:
        notes.error(request, gettext("Somebody else keeps this session in their account."))
    return redirect("guest:receipt", secret=secret)
