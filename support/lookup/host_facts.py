"""What is known when a host's people ask for help in the portal or by the API, as far as they may see it."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.urls import reverse
from django.utils.translation import gettext as _

from authorization.models import PmsConnection
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from authorization.pms import connections
from authorization.pms.failures import Move
from authorization.pms.parsing.bookings import WHOLE_FEED
from billing import access
from billing.formatting import times
from billing.models import Payout
from chargers.models import Host
from support.context import matching
from support.context.matching import Claim
from support.lookup import prefill
from support.lookup.prefill import Prefill
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import Detail

_DIGITS: Final = 9
_MAX_SYSTEMS: Final = 5
_MAX_PAGES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSubject:
    """What the question is about, by id; empty if not named."""

    charger: str = ""
    session: uuid.UUID | None = None
    payout: uuid.UUID | None = None


def gather(viewer: Viewer, subject: QuestionSubject, *, email: str) -> Prefill:
    """Returns what is known about it, as far as the viewer may see it."""
    prefilled = _find_known_facts(viewer, subject)
    details = {Detail.ACCOUNT_EMAIL: email} | prefilled.details
    places = list(people.properties(viewer).filter(closed_at=None).select_related("host")[:2])
    if prefilled.facts.property is None and len(places) == 1 and prefilled.facts.payout is None:
        details |= {Detail.PROPERTY: places[0].name}
        return Prefill(Facts(host=places[0].host, property=places[0]), details)
    return Prefill(prefilled.facts, details)


@dataclass(frozen=True, slots=True)
class Systems:
    """The property systems that the viewer manages.

    The known details, sentences about each, and labels and addresses of their pages.
    """

    details: dict[Detail, str]
    statements: tuple[str, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


def systems(viewer: Viewer, host: Host | None) -> Systems:
    """Returns what is known of the property systems, so that it is not asked; those that need a person come first.

    A viewer who manages no host may not know what is connected. Three queries and one for each system.
    """
    managed = people.hosts_with(viewer, Right.MANAGE)
    managed = managed.filter(pk=host.pk) if host is not None else managed
    if not (hosts := list(managed.order_by("name")[:_MAX_PAGES])):
        return Systems({})
    rows = _sort_by_urgency(PmsConnection.objects.filter(host__in=managed))
    pms_connections, total = list(rows[:_MAX_SYSTEMS]), rows.count()
    pages = tuple((_label(host_, hosts), reverse("settings-property-systems", args=[host_.slug])) for host_ in hosts)
    if not pms_connections:
        text = _("No property system is connected here yet, so no bookings come. Connect one under Property systems.")
        return Systems({Detail.PMS_CONNECTED: "no"}, (text,), pages)
    details = {
        Detail.PMS_NAME: ", ".join(connection.get_kind_display() for connection in pms_connections),
        Detail.PMS_CONNECTED: "yes",
    }
    overflow_note = (
        (f"And {total - len(pms_connections)} more under Property systems.",) if total > len(pms_connections) else ()
    )
    failing = [
        pms_connection
        for pms_connection in pms_connections
        if pms_connection.is_enabled and pms_connection.failing_since is not None
    ][:_MAX_PAGES]
    own = tuple((connection.name, reverse("settings-property-system", args=[connection.key])) for connection in failing)
    return Systems(
        details, (*(_describe_system(connection) for connection in pms_connections), *overflow_note), (*pages, *own)
    )


def _label(host: Host, hosts: list[Host]) -> str:
    return "Property systems" if len(hosts) == 1 else f"Property systems, {host.name}"


def _sort_by_urgency(rows: QuerySet[PmsConnection]) -> QuerySet[PmsConnection]:
    """Orders them: failing, with unmapped listings, never read, paused, healthy; then by waiting bookings."""
    unmapped = Q(listings__property=None, listings__isnull=False)
    annotated_rows = rows.annotate(
        unmapped=Count("listings", filter=unmapped), waiting=Sum("listings__waiting", filter=unmapped, default=0)
    )
    rank = Case(
        When(is_enabled=False, then=3),
        When(failing_since__isnull=False, then=0),
        When(unmapped__gt=0, then=1),
        When(succeeded_at=None, then=2),
        default=4,
    )
    return annotated_rows.annotate(rank=rank).order_by("rank", "-waiting", "failing_since", "name", "pk")


def _describe_system(connection: PmsConnection) -> str:
    """Returns the state of a system, who has to act, and its listings without a unit."""
    if not connection.is_enabled:
        return f"{connection.name} is paused, so no bookings are read. You can let it go on under Property systems."
    failure, waiting = connections.failure(connection), _describe_unmapped_listings(connection)
    if failure is not None and connection.failing_since is not None:
        since = times.when_short(connection.failing_since)
        whose = "You can put this right yourselves." if failure.move is Move.HOST else failure.who_repairs
        text = f"No bookings have come from {connection.name} since {since}: {failure.sentence} {failure.fix} {whose}"
        return " ".join(filter(None, (text, waiting)))
    if connection.succeeded_at is None:
        return " ".join(filter(None, (f"{connection.name} was not read yet.", waiting)))
    if waiting:
        return waiting
    read = times.when_short(connection.succeeded_at)
    return f"{connection.name} was read {read} and works; {connection.stays_read} stays run or come."


def _describe_unmapped_listings(connection: PmsConnection) -> str:
    """Returns its listings without a unit, and how many bookings wait; empty if there are none."""
    rows = list(connection.listings.filter(property=None).order_by("-waiting", "name"))
    if not rows:
        return ""
    total = sum(row.waiting for row in rows)
    bookings = f"{total} booking{' waits' if total == 1 else 's wait'}" if total else "Bookings wait"
    if [row.key for row in rows] == [WHOLE_FEED]:
        return f"{connection.name} has no unit yet. {bookings} for one: choose it under Property systems."
    names = ", ".join(row.name or row.key for row in rows[:_MAX_SYSTEMS])
    overflow_note = f" and {len(rows) - _MAX_SYSTEMS} more" if len(rows) > _MAX_SYSTEMS else ""
    return (
        f"Listings of {connection.name} without a unit: {names}{overflow_note}. {bookings} for that: choose the units "
        "under "
        "Property systems."
    )


def _find_known_facts(viewer: Viewer, subject: QuestionSubject) -> Prefill:
    chargers = people.chargers(viewer).select_related("property__host")
    if subject.session is not None:
        rows = access.sessions(viewer).select_related("charger__property__host", "property", "host", "driver__user")
        if (session := rows.filter(pk=subject.session).first()) is not None:
            prefilled = prefill.of_session(session)
            details = dict(prefilled.details)
            details.pop(Detail.ACCOUNT_EMAIL, None)
            return Prefill(replace(prefilled.facts, proof=Ticket.Proof.MEMBER), details)
    if (charger := chargers.filter(charger_id=subject.charger).first()) is not None:
        return prefill.of_charger(charger)
    if subject.payout is not None:
        payout = access.payouts(viewer).select_related("host", "property").filter(pk=subject.payout).first()
        if payout is not None:
            return _build_payout_facts(payout)
    return Prefill()


def _build_payout_facts(payout: Payout) -> Prefill:
    property_name = payout.property.name if payout.property else payout.host.name
    facts = Facts(host=payout.host, property=payout.property, payout=payout)
    return Prefill(facts, {Detail.PROPERTY: property_name, Detail.PAYOUT_ID: payout.label})


def complete_from_answers(
    prefilled: Prefill, given_details: dict[Detail, str], *, viewer: Viewer, now: datetime
) -> Facts:
    """Returns the facts with the named station, property, payout and session, as far as the viewer may see them.

    If the viewer sees only one host, it is added too.
    """
    facts = _add_charger_and_property(prefilled.facts, given_details, viewer=viewer)
    if facts.payout is None and (label := given_details.get(Detail.PAYOUT_ID, "")):
        facts = _add_payout(facts, label, viewer=viewer)
    if facts.session is None and (document := given_details.get(Detail.DOCUMENT, "")):
        facts = _add_session_by_document(facts, document, viewer=viewer)
    if facts.session is None and Detail.ATTEMPTED_AT in given_details:
        facts = _add_session_by_time(facts, given_details, viewer=viewer, now=now)
    return facts


def _add_payout(facts: Facts, label: str, *, viewer: Viewer) -> Facts:
    number = label.strip().upper().removeprefix("P-")
    if not number.isdecimal() or len(number) > _DIGITS:
        return facts
    rows = access.payouts(viewer).select_related("host", "property").filter(number=int(number))
    payouts = list(rows[:2])
    return replace(facts, payout=payouts[0], host=payouts[0].host) if len(payouts) == 1 else facts


def _add_session_by_document(facts: Facts, document: str, *, viewer: Viewer) -> Facts:
    """Adds the session of a receipt, credit note or id, if the viewer sees exactly one."""
    rows = access.sessions(viewer).filter(pk__in=matching.list_by_document(document).values("pk"))
    sessions = list(rows.select_related("charger__property__host", "property", "host")[:2])
    if len(sessions) != 1:
        return facts
    return replace(prefill.of_session(sessions[0]).facts, payout=facts.payout, proof=Ticket.Proof.MEMBER)


def _add_session_by_time(facts: Facts, given_details: dict[Detail, str], *, viewer: Viewer, now: datetime) -> Facts:
    """Adds the only session at that time and place that amount and card do not contradict."""
    claim = Claim(
        charger=facts.charger,
        property=facts.property,
        at=matching.moment(given_details[Detail.ATTEMPTED_AT], property_=facts.property),
        is_day=matching.is_day(given_details[Detail.ATTEMPTED_AT]),
        amount=Decimal(given_details[Detail.AMOUNT]) if Detail.AMOUNT in given_details else None,
        last4=given_details.get(Detail.LAST4, ""),
    )
    nearby_matches = [
        session for session in matching.sessions(claim, now=now) if "time" in session.agreeing and not session.differs
    ]
    visible_ids = set(
        access.sessions(viewer)
        .filter(pk__in=[match.session.pk for match in nearby_matches])
        .values_list("pk", flat=True)
    )
    sessions = [match.session for match in nearby_matches if match.session.pk in visible_ids]
    if len(sessions) != 1:
        return facts
    return replace(facts, charger=sessions[0].charger, session=sessions[0], proof=Ticket.Proof.MEMBER)


def _add_charger_and_property(facts: Facts, given_details: dict[Detail, str], *, viewer: Viewer) -> Facts:
    if facts.charger is None and (station := given_details.get(Detail.CHARGER_ID, "")):
        rows = people.chargers(viewer).select_related("property__host")
        charger = rows.filter(station_id__iexact=station).first() or rows.filter(charger_id__iexact=station).first()
        if charger is not None:
            facts = prefill.of_charger(charger).facts
    if facts.property is None and (name := given_details.get(Detail.PROPERTY, "")):
        property_ = people.properties(viewer).select_related("host").filter(name__iexact=name).first()
        if property_ is not None:
            facts = replace(facts, host=property_.host, property=property_)
    is_agent = getattr(viewer, "is_agent", False)
    hosts = list(people.hosts_with(viewer, Right.SEE)[:2]) if facts.host is None and not is_agent else []
    return replace(facts, host=hosts[0]) if len(hosts) == 1 else facts
