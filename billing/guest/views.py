"""The guest's pages. They need no account and no scripts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.models import Stay, Token
from authorization.visits import stay_keys, stays
from billing.engine import plausibility
from billing.formatting import stored_sentences
from billing.guest import car, documents
from billing.models import Driver, Hold, PaymentCard, RateAssignment, Receivable, Session
from billing.payments import processors
from billing.pricing import benefits, price_card, session_facts
from billing.pricing.taxes import property_tax
from billing.sessions.documents import document_text, receipts, scans
from billing.sessions.folios import folios
from billing.sessions.holds import hold_amount, holds
from billing.sessions.holds import hold_limit as limits_of_holds
from billing.sessions.join_codes import phones
from billing.sessions.lifecycle import idle_notices, lifecycle
from billing.sessions.push import encryption
from billing.sessions.starting import (
    landing,
    ordering,
    refused_starts,
    repeats,
    running,
    waiting,
    waiting_form,
    welcome,
)
from billing.sessions.starting.landing import Landing
from billing.sessions.stays import terms
from billing.sessions.visitors import limits, own_sessions, phone_keys, sentences, waiting_cookie
from chargers.lib.form_fields import GuestForm
from chargers.lib.i18n import mark
from chargers.models import Charger, StatusReport
from chargers.properties import pictures
from support.diagnosis import presentation as diagnosis
from support.diagnosis.causes import FLOWS_W
from support.diagnosis.wording import ExplainedFinding

_MISSES_A_MINUTE = 30
_OUT_OF_ORDER = "charger_out_of_order"
_NO_FOLIO = mark("The bill of your stay takes no charge now. Pay by card instead: nothing has been charged yet.")
_TOO_MANY_PAYMENTS = _("Too many payments were begun from your network: try again in ten minutes.")
CARDS = (
    ("4242424242424242", _("A card that works (… 4242)")),
    ("4000002760003184", _("A card whose bank asks you first (… 3184)")),
    ("4000000000000002", _("A card that is declined (… 0002)")),
    ("4000000000009995", _("A card without enough money (… 9995)")),
    ("4000000000000119", _("A card whose answer gets lost (… 0119)")),
)


class RestForm(GuestForm):
    """The simulated card to use; with a real processor it is entered on the processor's own page."""

    card = forms.ChoiceField(choices=CARDS, initial=CARDS[0][0], label=_("Card"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not _is_simulated():
            del self.fields["card"]


class PayForm(RestForm):
    """The payment form: the card, and the address for the receipt."""

    email = forms.EmailField(required=False, label=_("E-mail for the receipt"))
    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


@never_cache
@require_safe
def enter_station(request: HttpRequest) -> HttpResponse:
    """Finds a station by its typed Station ID: exactly as on the label; a probable match must be confirmed."""
    entered_id = request.GET.get("station_id", "")
    if not entered_id:
        return render(request, "guest/enter.html", {"typed": ""})
    if landing.find(entered_id) is not None:
        return redirect("guest:station", station_id=entered_id)
    return _unknown(request, entered_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def station(request: HttpRequest, station_id: str, connector: int | None = None) -> HttpResponse:
    """Shows the landing page of a QR code: can I charge here, what does it cost, what do I do?"""
    charger = landing.find(station_id)
    if charger is None:
        return _unknown(request, station_id)
    if request.method == "POST" and (session := repeats.first_of(request)) is not None:
        return _pay_and_redirect(request, session)
    if (
        own_session := _find_running_session(request, charger.pk, connector) or _find_repeated_session(request)
    ) is not None:
        return redirect("guest:session", secret=own_session.secret)
    spot = _look_up_landing(request, charger, connector)
    if scans.is_scan(request):
        is_port = any(port.number == connector for port in spot.ports)
        scans.record(charger, connector=connector if is_port else None, now=_now())
    if request.method == "POST" and spot.billed_to:  # the stay's bill was refused a moment ago
        spot = replace(spot, billed_to="")
    form = PayForm(request.POST or None, initial=_initial_form_data(spot) | _unsent_form_data(request))
    if request.method == "POST" and spot.version is not None and form.is_valid():
        if form.cleaned_data["version"] == spot.version.pk:
            return _pay(request, spot, form)
        notice = _nothing_held(
            gettext("The price has changed since you opened this page. Please look at it again before you pay.")
        )
        empty_form = PayForm(initial=_initial_form_data(spot) | {"email": form.cleaned_data["email"]})
        return _landing(request, spot, empty_form, notice=notice)
    is_refused = request.method == "POST" and spot.version is None
    return _landing(request, spot, form, notice=refused_starts.nothing_held() if is_refused else "")


@require_POST
def start_for_stay(request: HttpRequest, station_id: str, connector: int) -> HttpResponse:
    """Starts for a guest of a booking who pays without a card; requires the phone with the stay."""
    charger = landing.find(station_id)
    if charger is None:
        return _unknown(request, station_id)
    if (session := repeats.first_of(request)) is not None:
        return redirect("guest:session", secret=session.secret)
    spot = _look_up_landing(request, charger, connector)
    if spot.stay is None or spot.port is None or not spot.billed_to:
        return redirect("guest:port", station_id=station_id, connector=connector)
    if spot.billed_to == Session.BilledTo.FOLIO and spot.version is not None:
        currency = spot.version.rate.currency
        if folios.refusal(spot.stay, currency=currency, now=_now()) is not None:
            by_card = replace(spot, billed_to="")
            return _landing(request, by_card, PayForm(initial=_initial_form_data(by_card)), notice=gettext(_NO_FOLIO))
    email = forms.EmailField(required=False)
    try:
        session = ordering.start_for_stay(
            spot, email=email.clean(request.POST.get("email", "")), key=repeats.key_of(request), now=_now()
        )
    except forms.ValidationError as exc:
        return _landing(request, spot, PayForm(initial=_initial_form_data(spot)), notice=" ".join(exc.messages))
    except lifecycle.OccupiedError as exc:
        current = _look_up_landing(request, charger, connector)
        why = "" if current.prompt else stored_sentences.local(exc.why)
        return _landing(request, current, PayForm(initial=_initial_form_data(current)), notice=why)
    documents.note_language(session)
    own_sessions.remember(request, session)
    return redirect("guest:session", secret=session.secret)


@never_cache
@require_safe
def session_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the guest's session by its unguessable link: the next step, energy and cost so far, the end.

    It shows stored state and does not wait: workers check payments and start paid sessions. Only a guest who returns
    from the bank's page waits for the processor's answer, once.
    """
    session = documents.session_of(secret)
    now = _now()
    if ordering.RETURNED in request.GET:
        ordering.returned_from_bank(session, now=now)
        return redirect("guest:session", secret=secret)
    if session.state == Session.State.WAITING:
        holds.watch(session.pk, now=now)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "guest/session.html#now", _session_context(session, now=now))
    context = {**_session_context(session, now=now), **car.context(session), "push_key": encryption.public_key()}
    return render(request, "guest/session.html", context)


@require_POST
def cancel(request: HttpRequest, secret: str) -> HttpResponse:
    """Cancels before charging begins and releases the hold; requires the link's secret."""
    ordering.cancel(documents.session_of(secret), now=_now())
    return redirect("guest:session", secret=secret)


@require_POST
def stop(request: HttpRequest, secret: str) -> HttpResponse:
    """Stops the session; requires the link's secret."""
    ordering.stop(documents.session_of(secret), now=_now())
    return redirect("guest:session", secret=secret)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay_rest(request: HttpRequest, secret: str) -> HttpResponse:
    """Charges what no card covered, by the session's link."""
    session, now = documents.session_of(secret), _now()
    form = RestForm(request.POST or None)
    page = reverse("guest:rest", args=[secret])
    if request.method == "POST" and form.is_valid():
        if limits.too_many_payments(request, by=secret):
            return HttpResponse(str(_TOO_MANY_PAYMENTS), status=HTTPStatus.TOO_MANY_REQUESTS)
        back = request.build_absolute_uri(page)
        order = ordering.PaymentOrder(card=form.cleaned_data.get("card", ""), return_url=back)
        paid = ordering.pay_rest(session, order, now=now)
        if paid is not None and paid.state == Hold.State.CAPTURED:
            limits.payment_succeeded(request, by=secret)
        if paid is not None and paid.next_action_url.startswith("/"):
            return redirect(paid.next_action_url)
        return redirect(page)
    newest = session.holds.filter(role=Hold.Role.REST).order_by("-created_at").first()
    if newest is not None and newest.state in Hold.LIVE:
        holds.watch(session.pk, now=now)
    owed = _find_receivable(session)
    context = {
        "session": session,
        "owed": owed,
        "hold": newest,
        "form": form,
        "is_simulated": _is_simulated(),
        "is_on_its_way": newest is not None and newest.state in Hold.LIVE,
        "failure": stored_sentences.local(newest.failure_sentences) if newest else "",
        "reason": stored_sentences.local(owed.reason_sentences) if owed else "",
    }
    return render(request, "guest/rest.html", context)


def _look_up_landing(request: HttpRequest, charger: Charger, connector: int | None) -> Landing:
    """Returns the station's landing, with the stays on this phone."""
    now = _now()
    guest_stays, turns = _stays(request, charger, now=now), waiting_cookie.read_keys(request)
    return landing.build_for_charger(charger, port_number=connector, now=now, guest_stays=guest_stays, turns=turns)


def _stays(request: HttpRequest, charger: Charger, *, now: datetime) -> list[Stay]:
    return stay_keys.stays_of(phone_keys.read_secrets(request), host_id=charger.property.host_id, now=now)


def _initial_form_data(landing: Landing) -> dict[str, Any]:
    return {"version": landing.version.pk if landing.version else None, "key": uuid4()}


def _find_repeated_session(request: HttpRequest) -> Session | None:
    """Returns the session of a form whose answer was lost, for a browser without scripts, and remembers it."""
    session = repeats.paid_with(repeats.of_address(request))
    if session is not None:
        own_sessions.remember(request, session)
    return session


def _unsent_form_data(request: HttpRequest) -> dict[str, Any]:
    """Returns the key and the address of a form that could not be stored, so that sending it again pays at
    most once.
    """
    key = repeats.of_address(request)
    return {"key": key, "email": repeats.read_typed_email(request)} if key else {}


def _pay(request: HttpRequest, landing: Landing, form: PayForm) -> HttpResponse:
    now, fields = _now(), form.cleaned_data
    if limits.too_many_payments(request):
        notice = _nothing_held(str(_TOO_MANY_PAYMENTS))
        return _landing(request, landing, form, notice=notice, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        session = ordering.open_session(
            landing, email=fields["email"], now=now, driver=_driver(request), key=fields["key"]
        )
    except (lifecycle.OccupiedError, lifecycle.NoRateError) as exc:
        fresh_landing = _look_up_landing(request, landing.charger, landing.port.number if landing.port else None)
        why = "" if fresh_landing.prompt else stored_sentences.local(exc.why)
        return _landing(request, fresh_landing, form, notice=_nothing_held(why))
    documents.note_language(session)
    return _pay_and_redirect(request, session)


def _pay_and_redirect(request: HttpRequest, session: Session) -> HttpResponse:
    """Pays for the session, unless that is done, and redirects to its page or to the bank's."""
    own_sessions.remember(request, session)
    page = reverse("guest:session", args=[session.secret])
    form = RestForm(request.POST)
    if session.state != Session.State.WAITING or not form.is_valid():
        return redirect(page)
    back = request.build_absolute_uri(f"{page}?{ordering.RETURNED}=1")
    order = ordering.PaymentOrder(card=form.cleaned_data.get("card", ""), return_url=back)
    hold = ordering.pay(session, order, now=_now())
    if hold.state == Hold.State.AUTHORISED:
        limits.payment_succeeded(request)
    if hold.state == Hold.State.AUTHORISING and hold.next_action_url.startswith("/"):
        return redirect(hold.next_action_url)  # a link leads to another site's page: forms may lead to our own only
    return redirect(page)


def _nothing_held(why: str) -> str:
    """Returns why a payment was refused, with a note that the card was not charged."""
    return f"{why} {refused_starts.nothing_held()}".strip()


def _landing(
    request: HttpRequest, landing: Landing, form: PayForm, *, notice: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    version, now = landing.version, _now()
    size = None
    plan = _plan(request, landing)
    if version is not None and landing.port is not None and not landing.billed_to:
        max_power_w = landing.port.connector.max_power_w
        size = hold_amount.calculate(version, property_=landing.charger.property, max_power_w=max_power_w, plan=plan)
    context = {
        "landing": landing,
        "pictures": pictures.list_in_order(landing.charger.property),
        "form": form,
        "is_simulated": _is_simulated(),
        "notice": notice,
        "welcome": welcome.greet(_stays(request, landing.charger, now=now), landing.charger, now=now),
        "takes_bookings": stays.takes_bookings(landing.charger, now=now),
        "driver_card": _card(request),
        "resident": _resident(request, landing),
        "price": _price(landing, plan=plan) if version else None,
        "size": size,
        "why": stored_sentences.local(size.why) if size else "",
        "cause": _explain_outage(landing),
        "sign_address": reverse("guest:station-sign", args=[landing.charger.station_id]),
        "waiting_offer": waiting_form.find_offer(landing, now=now),
    }
    return render(request, "guest/station.html", context, status=status)


def _explain_outage(landing: Landing) -> ExplainedFinding | None:
    """Returns why an offline charger is out of order, with questions for the guest; None if it is not."""
    if landing.prompt is None or landing.prompt.code != _OUT_OF_ORDER or landing.charger.is_online():
        return None
    return diagnosis.of_charger_for_guest(landing.charger, now=_now())


def _price(landing: Landing, *, plan: dict[str, Any] | None) -> price_card.PriceCard:
    """Returns the price card of a port, with the plan of the logged-in driver."""
    assert landing.version is not None
    moment = price_card.Moment(at=_now(), zone=ZoneInfo(landing.charger.property.time_zone))
    return price_card.build(landing.version, moment=moment, plan=plan)


def _plan(request: HttpRequest, landing: Landing) -> dict[str, Any] | None:
    """Returns the benefits of the guest's stay, or of the logged-in driver's plan at this place."""
    if landing.stay is not None:
        stay_benefits = terms.allowance(landing.stay, terms.get_or_default(landing.charger.property), at=_now())
        if stay_benefits is not None:
            return stay_benefits
    driver, property_ = _driver(request), landing.charger.property
    return (
        benefits.find_for_driver(driver.pk, host_id=property_.host_id, property_id=property_.pk, now=_now())
        if driver
        else None
    )


def _driver(request: HttpRequest) -> Driver | None:
    """Returns the logged-in driver: with any payment card their plan applies, and the session becomes theirs."""
    return Driver.objects.filter(user=request.user).first() if request.user.is_authenticated else None


def _resident(request: HttpRequest, landing: Landing) -> Token | None:
    """Returns the token by which the logged-in driver may start here as a resident, or None."""
    driver = _driver(request)
    return phones.token_at(driver, landing.charger, now=_now()) if driver else None


def _price_of(session: Session, *, now: datetime, left_wh: int | None) -> price_card.PriceCard | None:
    """Returns the price card of a session. `left_wh` of the plan's allowance will be left after the session."""
    version = property_tax.version_of(session)
    if version is None:
        return None
    energy_wh = (session.transaction.energy_wh or 0) if session.transaction else 0
    moment = price_card.Moment(at=now, zone=ZoneInfo(session.property.time_zone), energy_wh=energy_wh)
    return price_card.build(version, moment=moment, plan=session.benefits, left_wh=left_wh)


def _is_simulated() -> bool:
    return processors.default() == processors.SIMULATED


def _card(request: HttpRequest) -> PaymentCard | None:
    """Returns the saved card of the logged-in driver, if any."""
    if not request.user.is_authenticated:
        return None
    return PaymentCard.objects.filter(driver__user=request.user, is_default=True).first()


def _unknown(request: HttpRequest, entered_id: str) -> HttpResponse:
    if limits.too_often(request, "unknown-stations", limit=_MISSES_A_MINUTE, within_s=60):
        text = gettext("Too many unknown Station IDs: wait a minute.")
        return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8")
    host_id = getattr(request, "guest_host_id", None)
    context = {
        "typed": entered_id[:48],
        "prompt": landing.prompt("station_id_invalid"),
        "meant": landing.guess_charger(entered_id, host_id=host_id),
    }
    return render(request, "guest/enter.html", context, status=404)


def _find_running_session(request: HttpRequest, charger_pk: int, connector: int | None) -> Session | None:
    """Returns the running session of this browser here, for the back button and double taps."""
    sessions = own_sessions.running(request).filter(charger=charger_pk)
    if connector is not None:
        sessions = sessions.filter(evse_number=connector)
    return sessions.first()


def _session_context(session: Session, *, now: datetime) -> dict[str, Any]:
    hold = session.holds.filter(role=Hold.Role.MAIN).order_by("-created_at").first()
    progress, rating = _progress(session, now=now), session.ratings.order_by("-id").first()
    is_held = session.state == Session.State.HELD
    return {
        "session": session,
        "reason": stored_sentences.local(session.state_sentences),
        "limit": _limit(session),
        "hold": hold,
        "plug": waiting.find_plug(session, now=now),
        "unstarted": refused_starts.describe(session, hold, now=now),
        "money": refused_starts.money_sentence(session, hold) if session.state == Session.State.FAILED else "",
        **_payment_context(session),
        "extension": session.holds.filter(role=Hold.Role.EXTENSION, state=Hold.State.AUTHORISED).first(),
        "owed": _find_receivable(session),
        "provider_bills": _provider_bills(session),
        **progress,
        "rating": rating,
        "review": sentences.of_review(session, rating, has_card=hold is not None) if is_held else "",
        "currency": session.rate_version.rate.currency if session.rate_version else "",
        "price": _price_of(session, now=now, left_wh=progress.get("left_wh")),
        "is_over": session.state in {Session.State.SETTLED, Session.State.FAILED, Session.State.HELD},
        "cause": _cause(session, now=now),
        "sign_address": reverse("guest:session-sign", args=[session.secret]),
    }


def _cause(session: Session, *, now: datetime) -> ExplainedFinding | None:
    """Returns why a car that is plugged in does not charge, or stopped; nothing is looked up while power flows."""
    row = session.transaction
    if row is None or session.state not in {Session.State.CHARGING, Session.State.STOPPED}:
        return None
    is_flowing = (row.power_w or 0) >= FLOWS_W and row.stopped_at is None and session.charger.is_online()
    return None if is_flowing else running.cause(session, now=now)


def _progress(session: Session, *, now: datetime) -> dict[str, Any]:
    """Returns the progress of a session whose car is plugged in: its cost, the idle fee, and a pending stop."""
    if session.state not in {Session.State.CHARGING, Session.State.STOPPED}:
        return {}
    ongoing = running.load(session, now=now)
    stopping = ordering.find_stop_state(session, now=now)
    began_at = session_facts.began_at(session)
    context: dict[str, Any] = {
        "began_at": began_at,
        "stopping": stopping,
        "stop_outcome": stored_sentences.local(stopping.outcome) if stopping else "",
    }
    if ongoing is None:
        return context
    context["left_wh"] = ongoing.left_wh
    context["freed_at"] = _freed_at(session)
    if not session.charger.is_online():
        context["lost_since"] = session.charger.disconnected_at
    if began_at is not None:
        context["elapsed_s"] = max(int((now - began_at).total_seconds()), 0)
    idle_notices.record_seen(session, ongoing, now=now)
    fee_from = ongoing.fee_from
    with timezone.override(ZoneInfo(session.property.time_zone)):
        context["idle_sentence"] = idle_notices.sentence(ongoing, now=now)
    if fee_from is not None and fee_from > now:
        context["free_minutes"] = -((now - fee_from) // timedelta(minutes=1))
    context["idle_minutes"] = ongoing.cost.idle_minutes
    context["is_meter_doubtful"] = any(evidence.doubt in plausibility.OF_THE_METER for evidence in ongoing.cost.held)
    return context | {"cost": ongoing.cost, "idle": ongoing.idle, "fee_runs": fee_from is not None and fee_from <= now}


def _freed_at(session: Session) -> datetime | None:
    """Returns when the charger reported the outlet free without reporting the end of the session."""
    if session.state != Session.State.CHARGING or session.started_at is None:
        return None
    reports = StatusReport.objects.filter(charger=session.charger_id, evse_number=session.evse_number)
    newest = reports.filter(at__gt=session.started_at).order_by("-at", "-id").first()
    return newest.at if newest is not None and newest.status == "Available" else None


def _limit(session: Session) -> landing.Prompt | None:
    """Returns the prompt near the hold's limit, or after charging was stopped by it."""
    reason = limits_of_holds.reason(session, session.holds.order_by("created_at"))
    return landing.prompt(reason.code, session.charger) if reason else None


def _payment_context(session: Session) -> dict[str, Any]:
    """Returns what was held and captured, in minor units, and what was paid afterwards."""
    holds = list(session.holds.exclude(state=Hold.State.FAILED).order_by("created_at"))
    initial_holds = [hold for hold in holds if hold.role not in Hold.AFTERWARDS]
    return {
        "held_minor": sum(hold.amount_minor for hold in initial_holds),
        "taken_minor": sum(hold.captured_minor for hold in initial_holds),
        "afterwards": [hold for hold in holds if hold.role in Hold.AFTERWARDS and hold.captured_minor],
        "refunds": documents.given_back(session),
    }


def _provider_bills(session: Session) -> str:
    """Returns the sentence that the driver's mobility provider bills the session; empty if it does not."""
    if session.audience != RateAssignment.Audience.ROAMING:
        return ""
    return document_text.provider_bills(receipts.provider_of(session))


def _find_receivable(session: Session) -> Receivable | None:
    """Returns what no card has covered yet."""
    return Receivable.objects.filter(session=session, state=Receivable.State.OPEN).first()


def _now() -> datetime:
    return datetime.now(tz=UTC)
