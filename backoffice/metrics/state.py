"""Metrics of chargers, queues and money, read when Prometheus asks: one short statement for each family."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from prometheus_client.core import GaugeMetricFamily

from backoffice import health

_FRESH_FOR_S: Final = 5.0
"""Requests within this time get the same figures, so that frequent requests cost the database nothing."""
_PATIENCE_MS: Final = 2_000
"""A longer statement is cancelled and its family left out; `metrics_family_up` shows which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One query whose last column is the figure and whose other columns are labels."""

    name: str
    text: str
    labels: tuple[str, ...]
    sql: str
    is_money: bool = False


FAMILIES: Final[Sequence[Family]] = (
    Family(
        name="chargers",
        text="Chargers that are not retired, by whether they are connected.",
        labels=("state",),
        sql="SELECT CASE WHEN connection_id IS NULL THEN 'offline' ELSE 'online' END, count(*) FROM chargers_charger"
        " WHERE retired_at IS NULL GROUP BY 1",
    ),
    Family(
        name="commands_waiting",
        text="Commands that no charger has answered yet, by state.",
        labels=("state",),
        sql="SELECT state, count(*) FROM chargers_command WHERE state IN ('queued', 'sent') GROUP BY 1",
    ),
    Family(
        name="commands_oldest_seconds",
        text="How long the oldest queued command has waited.",
        labels=(),
        sql="SELECT coalesce(extract(epoch FROM %(now)s - min(created_at)), 0) FROM chargers_command"
        " WHERE state = 'queued'",
    ),
    Family(
        name="mails_waiting",
        text="Mails in the outbox, by state.",
        labels=("state",),
        sql="SELECT state, count(*) FROM billing_outgoingmail WHERE state IN ('waiting', 'sending') GROUP BY 1",
    ),
    Family(
        name="webhooks_waiting",
        text="Webhook deliveries that are due or tried again.",
        labels=(),
        sql="SELECT count(*) FROM billing_webhookdelivery WHERE delivered_at IS NULL AND given_up_at IS NULL",
    ),
    Family(
        name="issuer_questions_open",
        text="Drivers who wait for their mobility provider.",
        labels=(),
        sql="SELECT count(*) FROM authorization_issuerquestion WHERE state = 'open'",
    ),
    Family(
        name="provider_breakers_open",
        text="Mobility providers that are not asked, because they failed too often.",
        labels=(),
        sql="SELECT count(*) FROM authorization_mobilityprovider WHERE breaker_opened_at IS NOT NULL",
    ),
    Family(
        name="property_systems_failing",
        text="Connections to property systems that fail.",
        labels=(),
        sql="SELECT count(*) FROM authorization_pmsconnection WHERE failing_since IS NOT NULL",
    ),
    Family(
        name="sessions",
        text="Charging sessions that are not over, by state.",
        labels=("state",),
        sql="SELECT state, count(*) FROM billing_session WHERE state IN ('waiting', 'charging', 'stopped', 'held')"
        " GROUP BY 1",
    ),
    Family(
        name="processor_events_unhandled",
        text="Events of card processors that no room has taken.",
        labels=(),
        sql="SELECT count(*) FROM billing_processorevent WHERE handled_at IS NULL",
    ),
    Family(
        name="holds_minor",
        text="Money held on payment cards, in minor units.",
        labels=("state", "currency"),
        sql="SELECT state, currency, sum(amount_minor) FROM billing_hold"
        " WHERE state IN ('authorising', 'authorised', 'unknown') GROUP BY 1, 2",
        is_money=True,
    ),
    Family(
        name="payouts_minor",
        text="Payouts that are not at the bank yet, or came back, in minor units.",
        labels=("state", "currency"),
        sql="SELECT state, currency, sum(amount_minor) FROM billing_payout"
        " WHERE state IN ('calculated', 'held', 'approved', 'submitted', 'in_transit', 'failed', 'returned')"
        " GROUP BY 1, 2",
        is_money=True,
    ),
    Family(
        name="receivables_minor",
        text="What drivers still owe, in minor units.",
        labels=("currency",),
        sql="SELECT currency, sum(amount_minor - reduced_minor) FROM billing_receivable WHERE state = 'open'"
        " GROUP BY 1",
        is_money=True,
    ),
)


Rows = Sequence[Sequence[Any]]
_lock = Lock()
_figures: tuple[float, list[tuple[Family, Rows | None]]] = (float("-inf"), [])


class State:
    """A collector of prometheus_client. Money is left out if the request has no token."""

    def __init__(self, *, with_money: bool) -> None:
        self._with_money = with_money

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures = _current()
        works = GaugeMetricFamily(
            "metrics_family_up", "Whether the figures of a family could be read.", labels=["family"]
        )
        for family, rows in figures:
            works.add_metric([family.name], float(rows is not None))
            if rows is not None and (self._with_money or not family.is_money):
                yield _gauge(family, rows)
        yield works
        yield _queues()
        yield _build_gauge(
            "disk_free_bytes", "Free space where DATA_DIR lies.", shutil.disk_usage(settings.DATA_DIR).free
        )


def forget() -> None:
    """Clears the cached figures, so that the next request reads them anew."""
    global _figures  # noqa: PLW0603 - one for the process, behind the lock
    with _lock:
        _figures = (float("-inf"), [])


def _current() -> list[tuple[Family, Rows | None]]:
    """Returns figures at most a few seconds old. Concurrent requests wait for the same figures."""
    global _figures  # noqa: PLW0603 - one for the process, behind the lock
    with _lock:
        read_at, figures = _figures
        if time.monotonic() - read_at > _FRESH_FOR_S:
            figures = _read(now=datetime.now(tz=UTC))
            _figures = (time.monotonic(), figures)
        return figures


def _read(*, now: datetime) -> list[tuple[Family, Rows | None]]:
    """Reads all families; None for one if PostgreSQL does not answer in time. Stops after the first lost connection."""
    figures: list[tuple[Family, Rows | None]] = []
    is_lost = False
    for family in FAMILIES:
        rows = None if is_lost else _rows(family, now=now)
        is_lost = is_lost or (rows is None and not connection.is_usable())
        figures.append((family, rows))
    return figures


def _rows(family: Family, *, now: datetime) -> Rows | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_PATIENCE_MS}")
            cursor.execute(family.sql, {"now": now})
            rows: Rows = cursor.fetchall()
            return rows
    except DatabaseError:
        return None


def _gauge(family: Family, rows: Rows) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(family.name, family.text, labels=family.labels)
    for *labels, figure in rows:
        gauge.add_metric([str(label) for label in labels], float(figure))
    return gauge


def _queues() -> GaugeMetricFamily:
    """Returns the number of tasks that wait for a worker.

    Left out while Redis does not answer, which `/readyz` reports.
    """
    gauge = GaugeMetricFamily("tasks_waiting", "Tasks that wait for a worker, by queue.", labels=["queue"])
    names = ("celery", *settings.TASKS_BY_QUEUE)
    try:
        with health.redis_client() as client:
            for name in names:
                gauge.add_metric([name], float(client.llen(name)))
    except redis.RedisError:
        gauge.samples.clear()
    return gauge


def _build_gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
