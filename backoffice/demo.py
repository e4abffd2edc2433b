"""The demo installation: its own import_site file, and what to try with it."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from authorization.accounts import enrolment
from authorization.models import MobilityProvider, PmsConnection, Stay, User
from authorization.pms import connections
from authorization.visits import stays
from authorization.visits.acts import stays as stay_acts
from backoffice import demo_history
from billing.models import StayTerms
from chargers.acts import maintenance as maintenance_acts
from chargers.availability import maintenance
from chargers.availability.maintenance import Plan
from chargers.availability.uptime import Span
from chargers.local_lists import list_state
from chargers.models import BackOffice, Charger, ChargerModel, PowerLimit, Property, Upstream
from chargers.simulator import hotel
from support.incidents.acts import status_pages

HOST_LOGIN = ("host@example.com", "sunset-demo-2026")
AGENT_LOGIN = ("agent@example.com", "support-demo-2026")
PARTNER = "Partner CSMS"
_HOTEL = "Harbour Hotel, Apaleo"
MELANIE, JONAS = "HMBLUFF24", "HMBLUFF77"
"""Reservation codes of the guests of the private house."""
_SERVICED = "CP-HARBOUR-2"
_SIGNS = [
    {"sign": "light", "colour": "red", "pattern": "blinking", "means": "cable"},
    {"sign": "light", "colour": "blue", "pattern": "steady", "means": "car_paused"},
]
"""Signs of our own simulated wall boxes; for real models, nothing is known beyond their manuals."""
_CALENDAR = "sunset-2b"
_FILE = settings.BASE_DIR / "backoffice" / "demo.json"


def _discard_log(_text: str) -> None:
    pass


def load(
    *,
    provider_url: str,
    partner_url: str,
    calendar_url: str,
    hotel_url: str,
    now: datetime,
    log: Callable[[str], None] = _discard_log,
) -> None:
    """Applies demo.json, whose providers, other back office, calendar and hotel answer at these addresses.

    Applying it again changes nothing. `log` is called with each step that takes seconds.
    """
    log("loading the demo's hosts, chargers and tokens")
    call_command("import_site", str(_FILE), stdout=io.StringIO())
    MobilityProvider.objects.exclude(authorize_token_encrypted="").update(authorize_url=provider_url)
    Upstream.objects.filter(name=PARTNER).update(url=partner_url)
    partner = {"url": partner_url, "hint": "The demo's own: it accepts the card PARTNER0001 and no card of ours."}
    BackOffice.objects.update_or_create(name=PARTNER, defaults=partner)
    calendar = PmsConnection.objects.get(key=_CALENDAR)
    feed = connections.ConnectionSettings(name=calendar.name, kind=calendar.kind, url=calendar_url)
    connections.replace(calendar, feed, now=now)
    garage = Property.objects.get(slug="pier-garage")
    PowerLimit.objects.get_or_create(property=garage, defaults={"enabled": True, "amount": 20})
    list_state.choose_for_property(Property.objects.get(slug="sunset-1"), keeps=True)
    demo_history.make(now=now, log=log)
    _open_status_page(now=now)
    _book(now=now)
    _connect_hotel(hotel_url, now=now)
    ChargerModel.objects.get_or_create(
        name="Simulated wall box",
        defaults={"vendor_pattern": "Simulated", "model_pattern": "Wall*", "signs": _SIGNS},
    )


def _open_status_page(*, now: datetime) -> None:
    """Opens a public status page, and plans maintenance of one charger in six days, at nine in its morning."""
    owner = User.objects.get(email=HOST_LOGIN[0])
    charger = Charger.objects.select_related("property__host").get(Q(charger_id=_SERVICED) | Q(first_id=_SERVICED))
    property_ = charger.property
    status_pages.publish(property_.host, is_public=True, by=owner, now=now)
    if maintenance.live(now=now).filter(property=property_).exists():
        return
    begins = (
        (now + timedelta(days=6))
        .astimezone(ZoneInfo(property_.time_zone))
        .replace(hour=9, minute=0, second=0, microsecond=0)
    )
    span = Span(begins.astimezone(UTC), begins.astimezone(UTC) + timedelta(hours=2))
    plan = Plan(span=span, chargers=[charger], reason="The meter is replaced", refuses_starts=True)
    maintenance_acts.plan(property_, plan, by=owner, now=now)


def _book(*, now: datetime) -> None:
    """Books two guests at the private Bluff House: Melanie has been there since yesterday, Jonas comes tomorrow."""
    owner = User.objects.get(email=HOST_LOGIN[0])
    house = Property.objects.select_related("host").get(slug="bluff-house")
    today = now.astimezone(ZoneInfo(house.time_zone)).replace(minute=0, second=0, microsecond=0)
    for name, code, first, last in (("Melanie Huber", MELANIE, -1, 3), ("Jonas Berg", JONAS, 1, 5)):
        if Stay.objects.filter(property=house, reference=code).exists():
            continue
        booked = stays.StayDetails(
            property=house,
            unit=None,
            guest_name=name,
            guest_email=f"{name.split()[0].lower()}@example.com",
            reference=code,
            arrives_at=(today + timedelta(days=first)).replace(hour=13),
            departs_at=(today + timedelta(days=last)).replace(hour=12),
        )
        stay_acts.add(booked, cards=[], by=owner, now=now)


def _connect_hotel(url: str, *, now: datetime) -> None:
    """Connects the hotel, whose guests charge to their room: 10 kWh are included, the rest is put on the bill."""
    site = Property.objects.select_related("host").get(slug="harbour-hotel")
    credentials = {"client_id": "demo", "client_secret": "demo"}
    account = connections.ConnectionSettings(name=_HOTEL, kind="apaleo", url=url, credentials=credentials)
    connection = PmsConnection.objects.filter(host=site.host, name=_HOTEL).first()
    if connection is not None:
        connections.replace(connection, account, now=now)
        return
    with transaction.atomic():
        connection = connections.add(site.host, replace(account, url=""), now=now)  # added as a host would do it ...
        connections.replace(connection, account, now=now)  # ... and then pointed to the demo's own server
        listing, _ = connection.listings.get_or_create(key=hotel.PROPERTY, defaults={"added_at": now})
        connections.map_listing(listing, connections.Target(site, None), now=now)
        StayTerms.objects.get_or_create(
            property=site, defaults={"payment": StayTerms.Payment.FOLIO, "included_wh": 10_000}
        )


def summary(base_url: str, *, seconds: int | None, demo: bool) -> str:
    """Returns the text shown when everything runs."""
    ready = ["", f"  Ready after {seconds} s."] if seconds is not None else []
    lines = [*ready, "", f"  Host portal      {base_url}/"]
    if demo:
        lines += [
            f"                   log in as {HOST_LOGIN[0]} with {HOST_LOGIN[1]}",
            f"  A shared limit   {base_url}/properties/pier-garage/power/   two cars share 20 A",
            f"  Support agents   {base_url}/admin/",
            f"                   log in as {AGENT_LOGIN[0]} with {AGENT_LOGIN[1]}",
            *_enrolment(base_url),
            f"  Tickets          {base_url}/admin/support/ticket/   a guest and a host ask, with what is known",
            f"  A guest's page   {base_url}/c/SUN001/2   the page behind a QR code; pay with a simulated card",
            f"  Its status page  {base_url}/status/sunset/   for everybody, with maintenance next week",
            f"  A refused card   {base_url}/chargers/CP-BLUFF-1/logs/   open “Why?” beside an Authorize",
            f"  Offline lists    {base_url}/authorization/offline/   which chargers know which cards by themselves",
            f"  Autocharge       {base_url}/authorization/autocharge/   a car that waits for its driver's consent",
            f"  A booking opens  {base_url}/c/BLU001   a private charger; {MELANIE} opens it, {JONAS} is early",
            f"  Onto the bill    {base_url}/c/HAR001   of the hotel: the booking HARBOUR-ADA pays with the room",
            f"  Bookings         {base_url}/authorization/stays/   a calendar like Airbnb’s is read by itself",
            f"  Payouts          {base_url}/payouts/   a month that is closed: one was paid, one came back",
            f"  Home charging    {base_url}/home-charging/   what an employer owes for last month",
            f"  Who refused?     {base_url}/chargers/CP-BLUFF-2/proxy/   another back office leads here",
            f"  Providers asked  {base_url}/authorization/providers/NL-EMS/   how fast they answer, and with what",
        ]
    lines += [
        f"  Chargers         {base_url.replace('http', 'ws', 1)}/ocpp/<charger id>   OCPP 1.6J, 2.0.1 and 2.1",
        "",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _enrolment(base_url: str) -> list[str]:
    """Returns a one-time link for the demo's agent, until an authenticator app is set up."""
    agent = User.objects.filter(email=AGENT_LOGIN[0], is_agent=True).first()
    if agent is None or is_mfa_enabled(agent, [Authenticator.Type.TOTP]):
        return []
    link = base_url + reverse("account_enrolment_link", args=[enrolment.make_link(agent, now=datetime.now(tz=UTC))])
    return ["                   then set up an authenticator app; this link works once, for 24 hours:", f"  {link}"]
