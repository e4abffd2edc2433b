"""The host's settings that matter for a ticket's topic: their values, and the page where each is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from billing.formatting.money import money
from billing.models import Payout, RateAssignment, Session
from billing.payouts.payees import agreements, bank_accounts
from billing.payouts.payees import terms as payout_terms
from billing.payouts.payees.agreements import Scope
from billing.pricing import price_card
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from billing.pricing.taxes import property_tax
from billing.sessions.offers import terms as offer_terms
from chargers.availability import maintenance
from chargers.models import Charger, Host, Licence, PowerLimit
from chargers.recovery import progress
from chargers.recovery import wording as ladder_wording
from support.models import Ticket
from support.topics import catalogue

_PAYOUTS: Final = 10
_LIMIT: Final = 3
_TERMS: Final = (
    "Platform fee",
    "Card processing",
    "Subscription",
    "Cycle",
    "Delay",
    "Smallest payout",
    "Reserve",
    "Tax",
)
"""Terms that can make a payout differ from what a host expects."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is now; `url` leads to where it is changed."""

    label: str
    value: str
    url: str


def list_settings(ticket: Ticket, charger: Charger | None, session: Session | None, *, now: datetime) -> list[Setting]:
    """Returns the settings that matter for the topic. At most eight queries."""
    topic = ticket.topic
    if topic in catalogue.CHARGING and charger is not None:
        return list(_list_charger_settings(charger, now=now))
    if topic in catalogue.BILLING and session is not None:
        return list(_list_bill_settings(session))
    if topic == _PAYOUTS and ticket.host is not None:
        return list(_list_payout_settings(ticket.host, ticket.payout, now=now))
    return []


def _list_charger_settings(charger: Charger, *, now: datetime) -> Iterator[Setting]:
    property_ = charger.property
    setup = reverse("chargers:setup", args=[charger.charger_id])
    yield Setting(
        "Who may charge", property_.get_access_display(), reverse("chargers:property-edit", args=[property_.slug])
    )
    resolution = resolver.resolve(charger, driver=Payer(audience=RateAssignment.Audience.GUEST, evse_number=1), at=now)
    if resolution.version is not None:
        yield Setting("Rate of guests", str(resolution.version.rate), _rate(resolution.version.rate_id))
    else:
        yield Setting("Rate of guests", "None: guests cannot start here.", reverse("billing:rates"))
    if (licence := Licence.objects.filter(charger=charger).first()) is not None:
        until = f", until {licence.expires_on:%-d %B %Y}" if licence.expires_on else ""
        yield Setting("Licence", f"{licence.get_state_display()}{until}", setup)
    if (limit := PowerLimit.objects.filter(property=property_, enabled=True).first()) is not None:
        value = f"{limit.amount:g} {limit.get_unit_display()}, {limit.get_strategy_display().lower()}"
        yield Setting("Power limit", value, reverse("chargers:power", args=[property_.slug]))
    if (window := maintenance.find_announced(charger.pk, now=now)) is not None:
        zone = ZoneInfo(property_.time_zone)
        span = f"{window.begins_at.astimezone(zone):%-d %b, %H:%M} to {window.ends_at.astimezone(zone):%-d %b, %H:%M}"
        yield Setting("Maintenance", span, reverse("chargers:maintenance", args=[property_.slug]))
    steps = [ladder_wording.TITLES[step] for step in progress.steps_at(charger)]
    yield Setting("Safe ladder", ", ".join(steps) or "Off", reverse("chargers:ladder", args=[property_.slug]))


def _list_bill_settings(session: Session) -> Iterator[Setting]:
    """Yields the full price that billed the session, and what the host refunds automatically."""
    version = property_tax.version_of(session)
    if version is not None:
        prices = price_card.build(version, plan=session.benefits).text
        yield Setting(f"{version.rate.name}, version {version.number}", prices, _rate(version.rate_id))
    limits = offer_terms.find(session.host)
    value = "The host decides about each."
    if limits is not None:
        limit_text, month = money(limits.most_minor, limits.currency), money(limits.month_minor, limits.currency)
        value = f"Guests take up to {limit_text} back themselves, {month} a month in all."
    yield Setting("Refund offers", value, reverse("settings-refund-offers", args=[session.host.slug]))


def _list_payout_settings(host: Host, payout: Payout | None, *, now: datetime) -> Iterator[Setting]:
    """Yields the agreement in force and the account of the payout that is meant, else of each separate payout."""
    scopes = [Scope.from_row(payout)] if payout is not None else agreements.scopes(host, at=now)[:_LIMIT]
    for scope in scopes:
        if (agreement := agreements.in_force(scope, at=now)) is not None:
            rows = dict(payout_terms.rows(agreement))
            value = "; ".join(f"{label}: {rows[label]}" for label in _TERMS if rows.get(label, "None") != "None")
            page = reverse("billing:payout-agreement", args=[host.slug])
            yield Setting(f"Agreement, {scope.text()}", value, page)
        account = bank_accounts.current(scope)
        why_not = bank_accounts.why_not(account, now=now)
        value = f"Nothing can be paid: {why_not}" if why_not else str(account)
        yield Setting(f"Paid to, {scope.text()}", value, reverse("billing:bank-accounts", args=[host.slug]))


def _rate(pk: int) -> str:
    return reverse("billing:rate", args=[pk])
