"""Chargers with their figures, for the list, its CSV and bulk actions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, QueryDict

from authorization.models import ListPreference, SavedView, User
from authorization.people import access, list_views
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.payments.books import figures
from billing.sessions.trends import trends
from billing.sessions.trends.trends import Scope
from chargers.availability import outages
from chargers.fleet import condition
from chargers.listing import columns, order
from chargers.listing.columns import Column
from chargers.listing.filters import ChargerFilter
from chargers.models import Charger
from chargers.pages.frame import Frame, build_frame, number_of
from chargers.text import reporting_periods
from chargers.text.reporting_periods import ReportingPeriod

PAGE: Final = "chargers"
"""The list's name in saved views."""
_UPTIME_OF: Final = timedelta(days=30)
_NAMED_CONNECTORS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """The parameters of the list in an address, as far as the viewer may see it."""

    user: User
    at: datetime
    filter: ChargerFilter
    columns: tuple[Column, ...]
    sort: Column
    descends: bool
    period: ReportingPeriod
    zone: str
    view: SavedView | None
    sees_money: bool

    @property
    def chargers(self) -> QuerySet[Charger]:
        return self.filter.matching()

    @property
    def query(self) -> str:
        """Returns the filters, the period and the order as a query string."""
        return urlencode(self.parameters(self.sort_text))

    @property
    def sort_text(self) -> str:
        text = f"{'-' if self.descends else ''}{self.sort.key}"
        return "" if text == columns.DEFAULT_SORT else text

    def parameters(self, sort: str) -> dict[str, str]:
        values = {
            **self.filter.asked(),
            "period": "" if self.period.code == reporting_periods.DAYS_30 else self.period.code,
        }
        values |= {"sort": sort, "view": str(self.view.pk) if self.view else ""}
        return {name: value for name, value in values.items() if value}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filter.asked())


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """The state of a connector, or of several, in a row."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A charger with its figures of the period. Money is in minor units by currency, as charged by receipts."""

    frame: Frame
    power_w: int | None
    sessions: int
    energy_wh: int
    money: Sequence[tuple[str, int]]
    uptime_pct: Decimal | None
    tags: Sequence[str]

    @property
    def limit_w(self) -> int | None:
        """Returns the total power of its outlets; None if any is unknown."""
        by_outlet: dict[int, int] = {}
        for plug in self.frame.plugs:
            if not plug.connector.max_power_w:
                return None
            outlet = plug.connector.evse.pk
            by_outlet[outlet] = max(by_outlet.get(outlet, 0), plug.connector.max_power_w)
        return sum(by_outlet.values()) or None

    @property
    def connector_states(self) -> list[ConnectorState]:
        """Returns each connector with its number, or the number in each state if there are more than two."""
        plugs = self.frame.plugs
        if len(plugs) <= _NAMED_CONNECTORS:
            return [ConnectorState(plug.condition.kind, f"{number_of(plug)} {plug.condition.word}") for plug in plugs]
        counts = Counter((plug.condition.kind, plug.condition.word) for plug in plugs)
        return [ConnectorState(kind, f"{word}: {count}") for (kind, word), count in counts.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    sold: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    money: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    uptime: Mapping[int, Decimal | None] = field(default_factory=dict)


def parse_query(
    request: HttpRequest, address: QueryDict | None = None, *, preference: ListPreference | None = None
) -> TableQuery:
    """Reads the address; the columns come from the saved view, the user's choice, or the defaults.

    At most seven queries.
    """
    user, at = viewer(request), now()
    params = request.GET if address is None else address
    properties = access.properties(user)
    view = _view(user, params.get("view", ""))
    column_keys = view.columns if view else (preference or list_views.preference(user, page=PAGE)).columns
    sees_money = access.may_somewhere(user, Right.SEE_MONEY)
    sort, descends = columns.sort_of(params.get("sort", ""), sees_money=sees_money)
    zone = access.zone(properties)
    return TableQuery(
        user=user,
        at=at,
        filter=ChargerFilter(params, queryset=access.chargers(user).filter(retired_at=None), properties=properties),
        columns=columns.select_by_key(column_keys, sees_money=sees_money),
        sort=sort,
        descends=descends,
        period=reporting_periods.period_of(params.get("period", ""), zone=zone, now=at),
        zone=zone,
        view=view,
        sees_money=sees_money,
    )


def list_ordered_keys(asked_for: TableQuery) -> list[int]:
    """Returns the primary keys of all matches, in order. One query, plus those of the figure used for the order."""
    chargers = asked_for.chargers
    if not asked_for.sort.by_figure:
        return order.keys(chargers, asked_for.sort, descends=asked_for.descends)
    page_figures = _figures(asked_for, list(chargers.values_list("pk", flat=True)), {asked_for.sort.key})
    values: Mapping[int, int | Decimal | None]
    match asked_for.sort.key:
        case "energy":
            values = {pk: energy for pk, (_, energy) in page_figures.sold.items()}
        case "sessions":
            values = {pk: count for pk, (count, _) in page_figures.sold.items()}
        case "money":
            values = {pk: sum(sums.values()) for pk, sums in page_figures.money.items()}
        case _:
            values = page_figures.uptime
    return order.by_figure(chargers, values, descends=asked_for.descends)


def rows(asked_for: TableQuery, keys: Sequence[int]) -> list[Row]:
    """Returns these chargers in this order, with the same number of queries for any number of chargers."""
    annotated_chargers = condition.with_since(Charger.objects.all()).annotate(power=order.power())
    chargers = annotated_chargers.select_related("property__host", "unit", "licence").prefetch_related(
        Prefetch("evses__connectors", condition.connectors()), "tags"
    )
    page_figures = _figures(asked_for, keys, {column.key for column in asked_for.columns})
    return [_row(charger, page_figures) for charger in order.of_page(chargers, keys)]


def _row(charger: Charger, page_figures: _Figures) -> Row:
    count, energy = page_figures.sold.get(charger.pk, (0, 0))
    return Row(
        frame=build_frame(charger),
        power_w=getattr(charger, "power", None),
        sessions=count,
        energy_wh=energy,
        money=sorted(page_figures.money.get(charger.pk, {}).items()),
        uptime_pct=page_figures.uptime.get(charger.pk),
        tags=sorted((tag.name for tag in charger.tags.all()), key=str.casefold),
    )


def _figures(asked_for: TableQuery, keys: Sequence[int], column_keys: Iterable[str]) -> _Figures:
    """Loads only the figures that are shown. At most nine queries."""
    names, period = set(column_keys), asked_for.period
    scope = Scope(viewer=asked_for.user, period=period, zone=asked_for.zone)
    availabilities = (
        outages.of_chargers(keys, since=asked_for.at - _UPTIME_OF, now=asked_for.at) if "uptime" in names else {}
    )
    books = figures.visible_books(asked_for.user).rows()
    return _Figures(
        sold=trends.sold_by_charger(scope, keys) if names & {"energy", "sessions"} else {},
        money=figures.charged_by_charger(books, keys, since=period.begins_at, until=period.ends_at)
        if "money" in names
        else {},
        uptime={pk: availability.together.pct for pk, availability in availabilities.items()},
    )


def _view(user: User, text: str) -> SavedView | None:
    """Returns the saved view; None also if the user may not see it."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len("1" + "0" * 9)
    return list_views.visible_saved_views(user, page=PAGE).filter(pk=int(text)).first() if is_number else None
