"""The plans that hosts offer: made, changed by a new version, retired."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify

from billing.models import Plan, PlanVersion
from chargers.models import Host, Property
from chargers.text import card_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """A plan's terms: its fee in minor units with tax; no properties means every property of the host."""

    fee_minor: int
    currency: str
    tax_pct: Decimal = Decimal(0)
    included_wh: int = 0
    discount_pct: Decimal = Decimal(0)
    waives: tuple[str, ...] = ()
    proration: PlanVersion.Proration = PlanVersion.Proration.DAYS
    properties: tuple[Property, ...] = ()


def make(host: Host, *, name: str, offer: PlanTerms, now: datetime) -> PlanVersion:
    """Makes a plan with its first version."""
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        base = slugify(card_numbers.mask(name))[:40] or "plan"
        existing_slugs = set(Plan.objects.filter(host=host, slug__startswith=base).values_list("slug", flat=True))
        slug = next(s for s in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if s not in existing_slugs)
        plan = Plan.objects.create(host=host, slug=slug, name=name, created_at=now)
        return _version(plan, number=1, offer=offer, now=now)


def change(plan: Plan, *, offer: PlanTerms, now: datetime) -> PlanVersion:
    """Adds a version, for new subscribers and for the next period of current ones."""
    with transaction.atomic():
        Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        last = plan.versions.order_by("-number").values_list("number", flat=True).first() or 0
        return _version(plan, number=last + 1, offer=offer, now=now)


def rename(plan: Plan, name: str) -> None:
    """Renames the plan. Existing documents keep the old name."""
    Plan.objects.filter(pk=plan.pk).update(name=name)


def retire(plan: Plan, *, now: datetime) -> bool:
    """Closes the plan to new subscribers; current ones keep it. False: it was closed before."""
    return bool(Plan.objects.filter(pk=plan.pk, retired_at=None).update(retired_at=now))


def list_offered(*, host: Host | None = None, property_: Property | None = None) -> QuerySet[Plan]:
    """Returns the plans that drivers can choose, of a host or at a property."""
    plans = Plan.objects.filter(retired_at=None).select_related("host")
    if host is not None:
        plans = plans.filter(host=host)
    if property_ is not None:
        everywhere = ~Q(versions__properties__isnull=False)
        plans = plans.filter(everywhere | Q(versions__properties=property_), host=property_.host_id).distinct()
    return plans.order_by("name")


def _version(plan: Plan, *, number: int, offer: PlanTerms, now: datetime) -> PlanVersion:
    version = PlanVersion.objects.create(
        plan=plan,
        number=number,
        currency=offer.currency,
        fee_minor=offer.fee_minor,
        tax_pct=offer.tax_pct,
        included_wh=offer.included_wh,
        discount_pct=offer.discount_pct,
        waives=sorted(offer.waives),
        proration=offer.proration,
        created_at=now,
    )
    version.properties.set(offer.properties)
    return version
