"""Opens, updates and closes incidents according to the chargers' present states."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, Prefetch, Q, QuerySet

from chargers.availability import maintenance
from chargers.models import Charger, StateSpan
from support.incidents import patterns
from support.incidents.patterns import Fact, Kind, Pattern
from support.models import AffectedCharger, AffectedTicket, CommonFault, Ticket

_OFFLINE_FOR: Final = timedelta(minutes=5)
"""A charger that only restarts does not count as an incident."""
_BACK_FOR: Final = timedelta(minutes=5)
"""How long all chargers must be well before an incident ends, so that flapping chargers cause only one."""
_TICKETS_BEFORE: Final = timedelta(hours=1)
_DOWN: Final = (StateSpan.State.OFFLINE, StateSpan.State.FAULTED)


def watch(*, now: datetime) -> int:
    """Compares the chargers that are down with open incidents. Returns how many incidents were opened."""
    facts = {fact.charger: fact for fact in _facts(now=now)}
    with transaction.atomic():
        rows = CommonFault.objects.select_for_update().filter(closed_at=None).order_by("pk")
        for row in list(rows.prefetch_related("chargers")):
            matched_pks = _match_down_chargers(row, facts)
            _update_incident(row, matched_pks, facts_by_charger=facts, now=now)
            for charger in matched_pks:
                facts.pop(charger)
        recent = [fact for fact in facts.values() if fact.since > now - patterns.WITHIN]
        new_incidents = [_open_fault(pattern, now=now) for pattern in patterns.detect(recent)]
    for row in open_now():
        _link_tickets(row)
    return len(new_incidents)


def open_now() -> list[CommonFault]:
    """Returns open incidents with their chargers, newest first."""
    return list(with_chargers(CommonFault.objects.filter(closed_at=None)).order_by("-began_at"))


def with_chargers(rows: "QuerySet[CommonFault]") -> "QuerySet[CommonFault]":
    chargers = AffectedCharger.objects.select_related("charger__property__host").order_by("charger__station_id")
    return rows.select_related("property").prefetch_related(Prefetch("chargers", queryset=chargers))


def of_ticket(ticket: Ticket) -> CommonFault | None:
    """Returns the newest incident that the ticket belongs to."""
    return CommonFault.objects.filter(tickets__ticket=ticket).order_by("-began_at").first()


def live_tickets(row: CommonFault) -> "QuerySet[Ticket]":
    """Returns its tickets that are not solved yet."""
    return Ticket.objects.filter(common_faults__fault=row, state__in=Ticket.LIVE).order_by("pk")


def _facts(*, now: datetime) -> list[Fact]:
    """Returns chargers that are down and not under maintenance, each once, by its oldest fault. Three queries."""
    rows = StateSpan.objects.filter(until=None, state__in=_DOWN, charger__retired_at=None)
    rows = rows.filter(~Q(state=StateSpan.State.OFFLINE) | Q(since__lte=now - _OFFLINE_FOR))
    offline_first = sorted(
        rows.select_related("charger"), key=lambda row: (row.state != StateSpan.State.OFFLINE, row.since)
    )
    by_charger: dict[int, Fact] = {}
    for row in offline_first:
        code = patterns.OFFLINE if row.state == StateSpan.State.OFFLINE else row.detail
        by_charger.setdefault(
            row.charger_id,
            Fact(
                charger=row.charger_id,
                property=row.charger.property_id,
                hardware=_hardware(row.charger),
                code=code,
                since=row.since,
            ),
        )
    serviced = maintenance.serviced_charger_ids(list(by_charger), now=now) if by_charger else set()
    return [fact for pk, fact in by_charger.items() if pk not in serviced]


def _hardware(charger: Charger) -> str:
    return " ".join(filter(None, (charger.vendor, charger.model, charger.firmware_version)))


def _match_down_chargers(row: CommonFault, facts: Mapping[int, Fact]) -> list[int]:
    """Returns the chargers of this incident that are down: known ones, and new ones of the same pattern."""
    own = {charger.charger_id for charger in row.chargers.all()}
    kind = Kind(row.kind)
    reach = patterns.AT_ONCE if kind is Kind.SITE else patterns.WITHIN
    return [
        pk
        for pk, fact in facts.items()
        if pk in own or (patterns.key_of(fact, kind) == row.key and fact.since >= row.began_at - reach)
    ]


def _update_incident(
    row: CommonFault, matched_pks: Collection[int], *, facts_by_charger: Mapping[int, Fact], now: datetime
) -> None:
    """Adds chargers, marks them as recovered, and closes the incident once all stayed well."""
    _save_affected_chargers(row, [facts_by_charger[pk] for pk in matched_pks])
    row.chargers.filter(recovered_at=None).exclude(charger__in=list(matched_pks)).update(recovered_at=now)
    if row.chargers.filter(recovered_at=None).exists():
        return
    last = row.chargers.aggregate(last=Max("recovered_at"))["last"]
    if last is None or last <= now - _BACK_FOR:
        CommonFault.objects.filter(pk=row.pk).update(closed_at=now)


def _save_affected_chargers(row: CommonFault, facts: Sequence[Fact]) -> None:
    AffectedCharger.objects.bulk_create(
        [AffectedCharger(fault=row, charger_id=fact.charger, since=fact.since) for fact in facts], ignore_conflicts=True
    )
    row.chargers.filter(charger__in=[fact.charger for fact in facts]).exclude(recovered_at=None).update(
        recovered_at=None
    )


def _open_fault(pattern: Pattern, *, now: datetime) -> CommonFault:
    first = pattern.facts[0]
    row = CommonFault.objects.create(
        kind=pattern.kind.value,
        key=pattern.key,
        property_id=first.property if pattern.kind is Kind.SITE else None,
        hardware=first.hardware if pattern.kind is Kind.FIRMWARE else "",
        code="" if pattern.kind is Kind.SITE else first.code,
        began_at=pattern.since,
        opened_at=now,
    )
    _save_affected_chargers(row, pattern.facts)
    return row


def _link_tickets(row: CommonFault) -> None:
    """Links open tickets about its chargers, from an hour before it began."""
    chargers = [charger.charger_id for charger in row.chargers.all()]
    rows = Ticket.objects.filter(
        charger__in=chargers, state__in=Ticket.LIVE, opened_at__gte=row.began_at - _TICKETS_BEFORE
    ).exclude(common_faults__fault=row)
    AffectedTicket.objects.bulk_create(
        [AffectedTicket(fault=row, ticket=ticket) for ticket in rows], ignore_conflicts=True
    )
