"""The places where a rate is paid, for the linter: country, strongest connector, and whether guests pay it there."""

from collections.abc import Iterable

from django.db.models import Max

from billing.engine.checks import linting
from billing.engine.checks.linting import Finding, Severity
from billing.engine.rate import tariff
from billing.models import PropertyTax, Rate, RateAssignment
from chargers.models import Charger, Connector, Host, Property


def collect(rate: Rate) -> tuple[linting.RatePlace, ...]:
    """Returns every place to which the rate is assigned, in the order of the assignments. Three queries."""
    rows = rate.assignments.select_related("property__host", "charger").order_by("pk")
    scopes = [(row.property, row.charger, row.audience) for row in rows]
    return tuple(_build_rate_sites(scopes))


def time_zones(rates: Iterable[Rate]) -> dict[int, str]:
    """Returns the time zone of each rate: its first property's, or its host's first. Two queries."""
    rows = list(rates)
    assigned = RateAssignment.objects.filter(rate__in=rows).order_by("-property__name")
    by_rate = dict(assigned.values_list("rate", "property__time_zone"))
    hosts = {rate.host_id for rate in rows if rate.pk not in by_rate}
    by_host = dict(Property.objects.filter(host__in=hosts).order_by("-name").values_list("host", "time_zone"))
    return {rate.pk: by_rate.get(rate.pk) or by_host.get(rate.host_id, "UTC") for rate in rows}


def time_zone(rate: Rate) -> str:
    """Returns the time zone in which every page dates the rate's versions."""
    return time_zones([rate])[rate.pk]


def build_for_scope(property_: Property, *, charger: Charger | None, audience: str) -> linting.RatePlace:
    """Returns a place to which the rate is to be assigned."""
    return next(iter(_build_rate_sites([(property_, charger, audience)])))


def findings(rate: Rate, definition: object) -> tuple[Finding, ...]:
    """Returns the linter's findings where the rate applies; an unassigned rate is checked for the host's country."""
    places = collect(rate) or (build_for_host(rate.host),)
    return linting.findings(tariff.parse_rate(definition, currency=rate.currency), places=places)


def build_for_host(host: Host) -> linting.RatePlace:
    """Returns the place for which a rate is checked before it is assigned: in the host's country."""
    return linting.RatePlace(name=host.name, country=host.country)


def refusal(definition: object, *, currency: str, places: Iterable[linting.RatePlace]) -> str:
    """Returns why the rate may not be paid there, with the remedy; empty if it may."""
    findings = linting.findings(tariff.parse_rate(definition, currency=currency), places=tuple(places))
    return next((as_paragraph(finding) for finding in findings if finding.severity is Severity.REFUSE), "")


def as_paragraph(finding: Finding) -> str:
    """Returns a finding in one paragraph: what, why, and how to fix it."""
    return f"{finding.what} {finding.why} {finding.remedy}"


def _build_rate_sites(scopes: list[tuple[Property, Charger | None, str]]) -> list[linting.RatePlace]:
    connectors = Connector.objects.filter(
        evse__charger__property__in={property_.pk for property_, _, _ in scopes}, evse__charger__retired_at=None
    )
    grouped = connectors.values_list("evse__charger_id", "evse__charger__property_id")
    taxed = set(
        PropertyTax.objects.filter(property__in=[property_.pk for property_, _, _ in scopes]).values_list(
            "property", flat=True
        )
    )
    strongest = list(grouped.annotate(power=Max("max_power_w")))
    return [
        linting.RatePlace(
            name=charger.station_id if charger else property_.name,
            country=property_.country or property_.host.country,
            postal_code=property_.postal_code,
            max_power_w=max(
                (
                    power or 0
                    for charger_id, property_id, power in strongest
                    if property_id == property_.pk and (charger is None or charger_id == charger.pk)
                ),
                default=0,
            ),
            is_ad_hoc=audience == RateAssignment.Audience.GUEST,
            is_sale=audience != RateAssignment.Audience.REIMBURSEMENT,
            has_tax=property_.pk in taxed,
        )
        for property_, charger, audience in scopes
    ]
