"""A plan: added, changed and retired by its host."""

from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Plan, PlanVersion
from billing.sessions.plans import catalogue
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Host


def add(host: Host, *, name: str, offer: PlanTerms, by: User | ApiKey, now: datetime) -> PlanVersion:
    """Adds a plan with its first version. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        new_version = catalogue.make(host, name=name, offer=offer, now=now)
        _write("plan.made", new_version.plan, by=by, now=now, after=_audit_values(new_version))
    return new_version


def change(
    plan: Plan, version: PlanVersion, *, offer: PlanTerms, by: User | ApiKey, now: datetime, name: str | None = None
) -> PlanVersion:
    """Adds a version, which applies to current subscribers after their current period.

    `version` is the newest one before; an empty `name` leaves the name unchanged. Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, plan.host)
    with transaction.atomic():
        before = _audit_values(version)
        new_version = catalogue.change(plan, offer=offer, now=now)
        if name is not None:
            catalogue.rename(plan, name)
        _write("plan.changed", plan, by=by, now=now, before=before, after=_audit_values(new_version))
    return new_version


def retire(plan: Plan, *, by: User | ApiKey, now: datetime) -> bool:
    """Closes the plan to new subscribers; False if it was closed before. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, plan.host)
    with transaction.atomic():
        is_retired = catalogue.retire(plan, now=now)
        if is_retired:
            _write("plan.retired", plan, by=by, now=now)
    return is_retired


def _audit_values(version: PlanVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "fee_minor": version.fee_minor,
        "currency": version.currency,
        "tax_pct": str(version.tax_pct),
        "included_wh": version.included_wh,
        "waives": version.waives,
        "discount_pct": str(version.discount_pct),
        "proration": version.proration,
        "properties": [property_.slug for property_ in version.properties.all()],
    }


def _write(
    verb: str,
    plan: Plan,
    *,
    by: User | ApiKey,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    subject = audit.Subject("plan", plan.pk, plan.name, plan.host)
    audit.write(verb, subject, user=by, now=now, before=before, after=after)
