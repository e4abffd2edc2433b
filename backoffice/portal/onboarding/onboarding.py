"""A host's steps from sign-up to a labelled charger that is online, after which its first guest can pay.

Every step is computed from stored data and cannot be ticked by hand.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from authorization.models import AuditEntry
from billing.models import PropertyTax, Rate, RateAssignment
from billing.payouts.payees import readiness
from billing.payouts.payees.readiness import Need
from billing.pricing.rates import resolver
from billing.sessions.documents.acts.labels import LABELS_DOWNLOADED
from chargers.models import Charger, Host, Property

_PAGES: Final = {
    "bank_account": "billing:bank-accounts",
    "identity": "billing:payout-setup",
    "agreement": "billing:payout-agreement",
}
_MAX_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `missing` tells what is missing and is empty once the step is done."""

    code: str
    title: str
    missing: str
    url: str

    @property
    def is_done(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Onboarding:
    """A host's steps, in their usual order."""

    host: Host
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """Returns the host's next step; the agreement last, because support writes it."""
        open_steps = [step for step in self.steps if not step.is_done]
        return next((step for step in open_steps if step.code != "agreement"), next(iter(open_steps), None))


def of_host(host: Host, *, now: datetime | None = None) -> Onboarding:
    """Computes the steps. About twenty queries, more if a bank account waits for a person."""
    at = now or datetime.now(tz=UTC)
    places = list(Property.objects.filter(host=host, closed_at=None).select_related("host").order_by("pk"))
    chargers = Charger.objects.filter(property__host=host, retired_at=None).order_by("pk")
    first = chargers.first()
    assigned = list(_rate_assignments(host))
    steps = (
        _company(host),
        _property(places),
        _charger(first),
        _connection(chargers, first),
        _rate(host, assigned),
        _admission(places, is_priced=bool(assigned), now=at),
        _tax(places, assigned),
        *_payouts(host, now=at),
        _label(host, first),
    )
    return Onboarding(host, steps)


def _company(host: Host) -> Step:
    lacks = [
        label for label, is_there in (("address", host.legal_address), ("tax number", host.tax_number)) if not is_there
    ]
    missing = f"Receipts lack the company's {' and '.join(lacks)}." if lacks else ""
    return Step("company", "Your company on receipts", missing, reverse("portal:company", args=[host.slug]))


def _property(places: list[Property]) -> Step:
    title = "A property and its contact"
    if not places:
        return Step("property", title, "There is no property yet.", reverse("chargers:property-add"))
    incomplete = [
        property_
        for property_ in places
        if not (property_.address and property_.city and (property_.country or property_.host_id))
    ]
    silent = [property_ for property_ in places if not (property_.contact_email or property_.contact_phone)]
    if not incomplete and not silent:
        return Step("property", title, "", reverse("chargers:property", args=[places[0].slug]))
    if not incomplete:
        verb = "names" if len(silent) == 1 else "name"
        missing = f"{_join_property_names(silent)} {verb} no contact: guests have nobody to ask."
        return Step("property", title, missing, reverse("chargers:property-edit", args=[silent[0].slug]))
    missing = f"{_join_property_names(incomplete)} {'has' if len(incomplete) == 1 else 'have'} no full address."
    return Step("property", title, missing, reverse("chargers:property-edit", args=[incomplete[0].slug]))


def _charger(first: Charger | None) -> Step:
    title = "A charger"
    if first is None:
        return Step("charger", title, "No charger is added yet.", reverse("chargers:add"))
    return Step("charger", title, "", reverse("chargers:overview", args=[first.charger_id]))


def _connection(chargers: QuerySet[Charger], first: Charger | None) -> Step:
    """Returns the step that is done once any charger has sent a message."""
    title = "The charger has connected"
    if first is None:
        return Step("connection", title, "It connects after it is added.", reverse("chargers:add"))
    connected_charger = chargers.exclude(last_message_at=None).first()
    if connected_charger is not None:
        return Step("connection", title, "", reverse("chargers:overview", args=[connected_charger.charger_id]))
    missing = f"{first.station_id} has not connected yet: enter our address and its password in its set-up."
    return Step("connection", title, missing, reverse("chargers:connection", args=[first.charger_id]))


def _rate(host: Host, assigned: list[RateAssignment]) -> Step:
    title = "A rate, and who pays it"
    if assigned:
        return Step("rate", title, "", f"{reverse('billing:rate-grid')}?host={host.slug}")
    if not Rate.objects.filter(host=host, contract=None).exists():
        missing = "There is no rate: guests cannot pay, and everybody else charges for free."
        return Step("rate", title, missing, f"{reverse('billing:rate-add')}?host={host.slug}")
    missing = "No rate is assigned: guests cannot pay, and everybody else charges for free."
    return Step("rate", title, missing, f"{reverse('billing:rate-grid')}?host={host.slug}")


def _admission(places: list[Property], *, is_priced: bool, now: datetime) -> Step:
    """Returns the step that checks each property's access mode against its rates: guests who pay must be admitted.

    Open before the first rate, so that the default, private, is not mistaken for a choice.
    """
    title = "Who may charge"
    if not places:
        return Step(
            "admission", title, "It is chosen for a property: add that first.", reverse("chargers:property-add")
        )
    private = next((property_ for property_ in places if property_.access == Property.Access.PRIVATE), None)
    if private is not None and not is_priced:
        missing = (
            f"{private.name} is private: only your own cards charge there, and guests who scan the QR code are refused."
        )
        return Step("admission", title, missing, f"{reverse('chargers:property', args=[private.slug])}#access")
    row = next((row for row in resolver.at_properties(places, at=now) if row.conflict), None)
    if row is None:
        return Step("admission", title, "", f"{reverse('chargers:property', args=[places[0].slug])}#access")
    if not row.has_rate:
        return Step("admission", title, row.conflict, f"{reverse('billing:rate-grid')}?host={row.property_.host.slug}")
    return Step("admission", title, row.conflict, f"{reverse('chargers:property', args=[row.property_.slug])}#access")


def _tax(places: list[Property], assigned: list[RateAssignment]) -> Step:
    """Returns the step that is done if each property, or every rate paid there, states its tax."""
    taxed_ids = set(
        PropertyTax.objects.filter(property__in=[property_.pk for property_ in places]).values_list(
            "property", flat=True
        )
    )
    by_rates = _taxed_by_rates(assigned)
    untaxed = [property_ for property_ in places if property_.pk not in taxed_ids and property_.pk not in by_rates]
    missing = f"The tax of {_join_property_names(untaxed)} is not stated." if untaxed else ""
    if not places:
        missing = "A tax belongs to a property: add that first."
    return Step("tax", "The tax of your prices", missing, reverse("billing:property-taxes"))


def _payouts(host: Host, *, now: datetime) -> tuple[Step, ...]:
    """Returns the same steps as the page of payouts."""
    return (
        _build_need_step(
            host, readiness.account(host, now=now), code="bank_account", title="A bank account for payouts"
        ),
        _build_need_step(host, readiness.identity(host, now=now), code="identity", title="The identity check"),
        _build_need_step(host, readiness.agreement(host, now=now), code="agreement", title="An agreement on payouts"),
    )


def _build_need_step(host: Host, need: Need | None, *, code: str, title: str) -> Step:
    return Step(code, title, need.sentence if need else "", reverse(_PAGES[code], args=[host.slug]))


def _label(host: Host, first: Charger | None) -> Step:
    title = "A QR label on the charger"
    if first is None:
        return Step("label", title, "It is made for a charger: add that first.", reverse("chargers:add"))
    is_fetched = AuditEntry.objects.filter(host=host, verb=LABELS_DOWNLOADED).exists()
    missing = "" if is_fetched else "No label has been downloaded yet: guests find the charger by it."
    return Step("label", title, missing, reverse("billing:label", args=[first.charger_id]))


def _rate_assignments(host: Host) -> QuerySet[RateAssignment]:
    rows = RateAssignment.objects.filter(property__host=host, property__closed_at=None)
    return rows.select_related("rate").prefetch_related("rate__versions")


def _taxed_by_rates(assigned: list[RateAssignment]) -> set[int]:
    """Returns properties at which every rate in use states its own percentages."""
    is_stated_by_property: dict[int, bool] = {}
    for row in assigned:
        if row.audience == RateAssignment.Audience.REIMBURSEMENT:
            continue
        newest = max(row.rate.versions.all(), key=lambda version: version.number, default=None)
        is_stated = newest is not None and bool((newest.definition.get("tax") or {}).get("rates"))
        is_stated_by_property[row.property_id] = is_stated_by_property.get(row.property_id, True) and is_stated
    return {property_ for property_, is_stated in is_stated_by_property.items() if is_stated}


def _join_property_names(places: list[Property]) -> str:
    names = ", ".join(property_.name for property_ in places[:_MAX_NAMED])
    return f"{names} and {len(places) - _MAX_NAMED} more" if len(places) > _MAX_NAMED else names
