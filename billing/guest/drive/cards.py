"""Payment cards: saved once, charged with one tap, removed when they are no longer needed."""

import uuid

from django import forms
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.formatting import stored_sentences
from billing.guest.drive.entering import for_drivers, note, now
from billing.models import Driver, Hold, PaymentCard, Session
from billing.sessions.drivers import payment_cards
from billing.sessions.drivers.payment_cards import CardError
from billing.sessions.join_codes import phones
from billing.sessions.lifecycle import lifecycle
from billing.sessions.starting import landing, ordering, refused_starts, repeats
from billing.sessions.visitors import limits
from chargers.lib.form_fields import GuestForm

CARDS = (
    ("4242424242424242", _("A card that works (… 4242)")),
    ("5555555555554444", _("Another card that works (… 4444)")),
    ("4000002500003155", _("A card whose bank asks you once (… 3155)")),
    ("4000008260003178", _("A card that can be saved and has no money (… 3178)")),
    ("4000000000000002", _("A card that is declined (… 0002)")),
)
State = PaymentCard.State


class CardForm(GuestForm):
    """The simulated card to use; a real processor asks for the number itself."""

    card = forms.ChoiceField(choices=CARDS, initial=CARDS[0][0], label=_("Card"), widget=forms.RadioSelect)


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def cards(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Lists the cards, and adds one."""
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if limits.too_many_payments(request, by=f"driver:{driver.pk}"):
            text = gettext("Too many payments were begun from your network: try again in ten minutes.")
            return HttpResponse(text, status=429)
        page = reverse("drive:card", args=[uuid.UUID(int=0)])
        back = request.build_absolute_uri(f"{page}?{ordering.RETURNED}=1")
        try:
            card = payment_cards.save(
                driver,
                card=form.cleaned_data["card"],
                return_url=back.replace(str(uuid.UUID(int=0)), "CARD"),
                now=now(),
            )
        except CardError as exc:
            form.add_error(None, gettext(str(exc)))
        else:
            if card.state == State.READY:
                limits.payment_succeeded(request, by=f"driver:{driver.pk}")
                note("driver.card_saved", driver, after={"last4": card.last4})
            return _report_card_state(request, card)
    saved = driver.payment_cards.filter(state__in=(State.READY, State.SAVING)).order_by("-is_default", "-id")
    rows = [(card, gettext(payment_cards.obstacle(card)), payment_cards.follows(card)) for card in saved]
    return render(request, "drive/cards.html", {"here": "cards", "driver": driver, "cards": rows, "form": form})


@for_drivers
@require_safe
def card_page(request: HttpRequest, driver: Driver, card_id: uuid.UUID) -> HttpResponse:
    """Shows the stored state of saving the card. Only the return from the bank queries the processor, once."""
    card = _card(driver, card_id)
    if ordering.RETURNED not in request.GET or limits.returned_lately(card.pk):
        return _report_card_state(request, card)
    checked = payment_cards.check(card.pk)
    if checked.state == State.READY:
        note("driver.card_saved", driver, after={"last4": checked.last4})
    return _report_card_state(request, checked)


@for_drivers
@require_POST
def card_act(request: HttpRequest, driver: Driver, card_id: uuid.UUID) -> HttpResponse:
    """Removes a card, or makes it the default."""
    card = _card(driver, card_id)
    if request.POST.get("do") == "prefer":
        if payment_cards.prefer(card):
            note("driver.card_preferred", driver, after={"last4": card.last4})
        return redirect("drive:cards")
    follows = payment_cards.follows(card)
    if follows and request.POST.get("sure") != "yes":
        notes.warning(request, follows)
        return redirect("drive:cards")
    try:
        payment_cards.remove(card, now=now())
    except CardError as exc:
        notes.error(request, gettext(str(exc)))
    else:
        note("driver.card_removed", driver, after={"last4": card.last4})
        notes.success(request, gettext("The card was removed, here and at the card processor."))
    return redirect("drive:cards")


@for_drivers
@require_POST
def start(request: HttpRequest, driver: Driver, station_id: str, connector: int) -> HttpResponse:
    """Starts with one tap on the page behind the QR code: holds the amount on the saved card."""
    charger, card = landing.find(station_id), payment_cards.find_default(driver)
    if charger is None:
        raise Http404
    port = redirect("guest:port", station_id=station_id, connector=connector)
    session = repeats.first_of(request) or _running(driver, charger.pk, connector)
    if card is None:
        return _warn_terms_changed(request, port)
    if session is None:
        spot = landing.build_for_charger(charger, port_number=connector, now=now())
        if spot.version is None:
            notes.warning(request, refused_starts.nothing_held())
            return port  # that page tells why nobody can start there
        if request.POST.get("version") != str(spot.version.pk):
            return _warn_terms_changed(request, port)
        email, key = driver.user.email if driver.user else "", repeats.key_of(request)
        try:
            session = ordering.open_session(spot, email=email, now=now(), driver=driver, key=key)
        except (lifecycle.OccupiedError, lifecycle.NoRateError) as exc:
            notes.warning(request, f"{stored_sentences.local(exc.why)} {refused_starts.nothing_held()}")
            return port
    return _pay(request, session, card)


@for_drivers
@require_POST
def start_as_resident(request: HttpRequest, driver: Driver, station_id: str, connector: int) -> HttpResponse:
    """Starts with one tap for a resident, by the token that their host accepted, without a hold."""
    charger = landing.find(station_id)
    token = phones.token_at(driver, charger, now=now()) if charger else None
    if charger is None or token is None:
        raise Http404
    try:
        ordering.start_with_token(token, charger, evse_number=connector, now=now())
    except ordering.RefusedError as exc:
        notes.warning(request, str(exc))
        return redirect("guest:port", station_id=station_id, connector=connector)
    notes.success(request, gettext("The charger is starting: plug in now."))
    return redirect("drive:home")


def _running(driver: Driver, charger_pk: int, evse_number: int) -> Session | None:
    """Returns the session that this driver has begun at this outlet, or None."""
    live = (Session.State.WAITING, Session.State.CHARGING)
    rows = Session.objects.filter(driver=driver, charger=charger_pk, evse_number=evse_number, state__in=live)
    return rows.order_by("-id").first()


def _warn_terms_changed(request: HttpRequest, port: HttpResponse) -> HttpResponse:
    why = gettext("The price or your card has changed: look at it again before you pay.")
    notes.warning(request, f"{why} {refused_starts.nothing_held()}")
    return port


def _pay(request: HttpRequest, session: Session, card: PaymentCard) -> HttpResponse:
    """Holds the amount on the saved card, once, and redirects to the session or to the bank's page."""
    page = reverse("guest:session", args=[session.secret])
    if session.state != Session.State.WAITING or session.driver_id != card.driver_id:
        return redirect(page)
    back = request.build_absolute_uri(f"{page}?{ordering.RETURNED}=1")
    order = ordering.PaymentOrder(card=card.ref, customer_ref=card.customer_ref, return_url=back)
    hold = ordering.pay(session, order, now=now())
    if hold.state == Hold.State.AUTHORISING and hold.next_action_url:
        return redirect(hold.next_action_url)
    return redirect(page)


def _report_card_state(request: HttpRequest, card: PaymentCard) -> HttpResponse:
    """Returns the outcome of saving a card."""
    match card.state:
        case State.READY:
            notes.success(request, gettext("%(card)s was saved.") % {"card": card})
        case State.DECLINED:
            notes.error(request, stored_sentences.local(card.failure_sentences))
        case State.SAVING if card.next_action_url and request.method == "POST":
            return redirect(card.next_action_url)
        case _:
            notes.info(request, gettext("The card processor has not answered yet: look again in a minute."))
    return redirect("drive:cards")


def _card(driver: Driver, card_id: uuid.UUID) -> PaymentCard:
    card = driver.payment_cards.select_related("driver").filter(pk=card_id).exclude(state=State.REMOVED).first()
    if card is None:
        raise Http404
    return card
