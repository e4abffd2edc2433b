"""Figures about connections to other back offices, for the Proxy page and the API."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from chargers.lib import ids
from chargers.models import Charger, Forward, Message, Upstream, UpstreamLink

LOOKED_BACK = timedelta(hours=24)
_CARDS = ("Authorize", "StartTransaction", "TransactionEvent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A back office at a charger. `median_ms` None: nothing was answered in the last 24 hours."""

    upstream: Upstream
    link: UpstreamLink | None
    messages: int = 0
    median_ms: int | None = None
    last_out_at: datetime | None = None
    last_in_at: datetime | None = None
    last_card: Message | None = None
    waiting: int = 0

    @property
    def state(self) -> str:
        """Returns paused, connected, waiting (for the next attempt) or connecting."""
        if self.upstream.paused_at:
            return "paused"
        if self.link and self.link.connected_at:
            return "connected"
        return "waiting" if self.link and self.link.next_try_at else "connecting"


def of_charger(charger: Charger, rows: Collection[Upstream], *, now: datetime) -> list[Figures]:
    """Returns the figures in the order of the rows; four queries."""
    names = [row.name for row in rows]
    links = {link.upstream_id: link for link in UpstreamLink.objects.filter(charger=charger)}
    traffic = _traffic(charger, names, since=now - LOOKED_BACK)
    cards = _cards(charger, names, since=now - LOOKED_BACK)
    waiting = dict(
        Forward.objects.filter(charger=charger, delivered_at=None)
        .order_by()
        .values_list("upstream")
        .annotate(n=Count("id"))
    )
    figures = []
    for row in rows:
        messages, median, last_out, last_in = traffic.get(row.name, (0, None, None, None))
        figures.append(
            Figures(
                upstream=row,
                link=links.get(row.pk),
                messages=messages,
                median_ms=median,
                last_out_at=last_out,
                last_in_at=last_in,
                last_card=cards.get(row.name),
                waiting=waiting.get(row.pk, 0),
            )
        )
    return figures


_TRAFFIC = """
    SELECT upstream, count(*),
           percentile_cont(.5) WITHIN GROUP (ORDER BY extract(epoch FROM answer_at - request_at) * 1000)
               FILTER (WHERE direction = 'in'),
           max(CASE WHEN direction = 'in' THEN request_at ELSE answer_at END),
           max(CASE WHEN direction = 'in' THEN answer_at ELSE request_at END)
    FROM chargers_message WHERE charger_id = %(charger)s AND id >= %(since)s AND upstream = ANY(%(names)s)
    GROUP BY upstream
"""
_Traffic = tuple[int, int | None, datetime | None, datetime | None]


def _traffic(charger: Charger, names: list[str], *, since: datetime) -> dict[str, _Traffic]:
    """Returns the number of messages, median answer time in ms, and last messages out and in, by back office."""
    with connection.cursor() as cursor:
        cursor.execute(_TRAFFIC, {"charger": charger.pk, "since": ids.floor(since), "names": names})
        return {
            name: (count, None if median is None else round(median), last_out, last_in)
            for name, count, median, last_out, last_in in cursor.fetchall()
        }


def _cards(charger: Charger, names: list[str], *, since: datetime) -> dict[str, Message]:
    """Returns the newest verdict of each back office about a card."""
    card_messages = Message.objects.filter(
        charger=charger, id__gte=ids.floor(since), upstream__in=names, direction="in", action__in=_CARDS
    ).exclude(verdict="")
    newest: list[uuid.UUID] = list(
        card_messages.order_by("upstream", "-id").distinct("upstream").values_list("id", flat=True)
    )
    return {row.upstream: row for row in Message.objects.filter(id__in=newest)}
