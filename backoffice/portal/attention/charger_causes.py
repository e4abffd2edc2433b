"""Chargers that need a person: offline, faulted, refusing, without a certificate or a licence."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.db.models import Min, QuerySet
from django.urls import reverse

from authorization.insight import refusals
from authorization.insight.refusals import RepeatedRefusal, Standing
from backoffice.portal.attention.cause import Cause, Kind, Link, page_of, subject_of
from chargers.availability import outages
from chargers.availability.outages import Fault
from chargers.fleet import alerts, condition
from chargers.formatting.phrases import licence_sentence
from chargers.models import Charger, PowerLimit
from chargers.security import certificates


def offline(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for charger in chargers.filter(condition.offline_long(now)):
        since = charger.disconnected_at or now
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.OFFLINE,
            key=f"offline:{since.isoformat()}",
            level="bad",
            since=since,
            words=Link("Offline", page_of("chargers:overview", charger)),
            fix=Link("See why it does not connect", page_of("chargers:connection", charger)),
            charger=charger.pk,
            is_estimate=True,
        )


def find_faults(chargers: QuerySet[Charger]) -> Iterator[Cause]:
    rows = list(chargers.filter(condition.build_fault_filter()))
    faults = outages.open_faults([charger.pk for charger in rows])
    for charger in rows:
        faults_of_charger = faults.get(charger.pk, []) or [
            Fault(evse_number=None, since=_last_status_at(charger), detail="")
        ]
        yield from (_fault(charger, fault) for fault in faults_of_charger)


_NEEDS_A_LOOK: Final = frozenset({"GroundFailure", "HighTemperature", "OverCurrentFailure", "OverVoltage"})
"""Error codes (OCPP 1.6, section 7.6) after which somebody should look at the charger before it is restarted."""


def _fault(charger: Charger, fault: Fault) -> Cause:
    restart = Link("Restart it", f"{page_of('chargers:commands', charger)}?open=reset_soft#reset_soft")
    inspection = Link("Have it checked before a restart", page_of("chargers:overview", charger))
    location = f"connector {fault.evse_number}" if fault.evse_number else "the whole charger"
    detail = f"{location}, {fault.detail}" if fault.detail not in {"", "NoError"} else location
    return Cause(
        subject=subject_of(charger.charger_id),
        kind=Kind.FAULTED,
        key=f"faulted:{fault.evse_number or 0}:{fault.since.isoformat()}",
        level="bad",
        since=fault.since,
        words=Link("Faulted", page_of("chargers:overview", charger)),
        detail=detail,
        fix=inspection if any(code in fault.detail for code in _NEEDS_A_LOOK) else restart,
        charger=charger.pk,
        evse_number=fault.evse_number,
        is_estimate=True,
    )


def _last_status_at(charger: Charger) -> datetime:
    return charger.status_at or charger.connected_at or charger.created_at


def used_twice(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    fought = chargers.filter(pk__in=alerts.fought_over(now).values("pk"))
    for charger in fought.annotate(swapped_at=Min("connection_swaps__at")):
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.USED_TWICE,
            key="used_twice",
            level="bad",
            since=charger.swapped_at,
            words=Link("Id used twice", page_of("chargers:connection", charger)),
            detail="connections keep taking over from each other: somebody else may have its password",
            fix=Link("Set a new password", page_of("chargers:connection", charger)),
        )


def repeated_refusals(standing: Standing) -> Iterator[Cause]:
    for repeated in standing.first:
        decisions = reverse("authorization:decisions")
        query = f"verdict=refused&reason={repeated.reason.code}&charger={repeated.charger_id}"
        href = f"{decisions}?{query}&{'hours=1' if repeated.is_now else f'days={refusals.DAYS}'}"
        yield Cause(
            subject=subject_of(repeated.charger_id),
            kind=Kind.REFUSALS,
            key=f"refusals:{repeated.reason.code}",
            level="bad" if repeated.is_now else "warn",
            since=repeated.first_at,
            words=Link(
                f"{repeated.lately} refusals in 1 hour" if repeated.is_now else f"{repeated.count} refusals", href
            ),
            detail=_describe_refusals(repeated),
            fix=Link(repeated.remedy.text, repeated.remedy.link),
            count=repeated.count,
            drivers=repeated.cards or repeated.count,
            is_estimate=True,
        )


def _describe_refusals(repeated: RepeatedRefusal) -> str:
    timeframe = f"in the last {refusals.DAYS} days"
    if not repeated.is_now:
        return f"{repeated.reason.title}, {timeframe}"
    return (
        f"{repeated.reason.title}, {repeated.count} {timeframe}"
        if repeated.count > repeated.lately
        else repeated.reason.title
    )


def power(chargers: QuerySet[Charger]) -> Iterator[Cause]:
    limits = PowerLimit.objects.filter(
        enabled=True, uncontrolled_a__isnull=False, property__in=chargers.values("property")
    )
    for limit in limits.select_related("property"):
        page = reverse("chargers:power", args=[limit.property.slug])
        amperes = f"{limit.uncontrolled_a:.0f} A of {limit.limit_a():.0f} A"
        exceeded = ": the limit may be exceeded" if limit.is_exceeded() else ""
        yield Cause(
            subject=f"property:{limit.property.slug}",
            kind=Kind.POWER,
            key="power",
            level="bad" if limit.is_exceeded() else "warn",
            since=limit.uncontrolled_since or limit.property.created_at,
            words=Link("Power not under control", page),
            detail=f"{amperes} cannot be limited{exceeded}; other cars are paused",
            fix=Link("See which car", page),
        )


def ending_certificates(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for certificate in certificates.list_expiring(now).filter(charger__in=chargers).select_related("charger"):
        page = page_of("chargers:connection", certificate.charger)
        ends = "ends" if certificate.valid_to > now else "ended"
        yield Cause(
            subject=subject_of(certificate.charger.charger_id),
            kind=Kind.CERTIFICATE,
            key=f"certificate:{certificate.pk}",
            level="warn" if certificate.valid_to > now else "bad",
            since=min(certificate.valid_to, now),
            words=Link(f"Certificate {ends} on {certificate.valid_to:%-d %b %Y}", page),
            fix=Link("Ask the charger to renew it", page),
        )


def ending_licences(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for charger in chargers.filter(condition.licence_ends(now)):
        ends_on = charger.licence.expires_on
        assert ends_on is not None
        warning_start = datetime.combine(ends_on - condition.LICENCE_NEEDS_CARE, time(0), tzinfo=UTC)
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.LICENCE,
            key=f"licence:{ends_on}",
            level="warn" if ends_on >= now.date() else "bad",
            since=warning_start
            if ends_on >= now.date()
            else datetime.combine(ends_on + timedelta(days=1), time(0), tzinfo=UTC),
            words=Link(
                "Licence ends" if ends_on >= now.date() else "Licence ended", page_of("chargers:setup", charger)
            ),
            detail=licence_sentence(charger),
            fix=Link("See what to do", page_of("chargers:setup", charger)),
        )
