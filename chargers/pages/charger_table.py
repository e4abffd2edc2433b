"""Chargers with their figures as the list, its CSV and bulk actions show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, QueryDict

from authorization.models import SavedView, User
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
from chargers.pages.frame import Frame, framed
from chargers.text import reporting_periods
from chargers.text.reporting_periods import ReportingPeriod

PAGE: Final = "chargers"
"""The list's name among the saved views."""
_UPTIME_OF: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of the list of chargers, as far as the viewer sees it."""

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
        return self.filter.found()

    @property
    def query(self) -> str:
        """The filters, the period and the order, as an address keeps them."""
        return urlencode(self.kept(self.sort_text))

    @property
    def sort_text(self) -> str:
        text = f"{'-' if self.descends else ''}{self.sort.key}"
        return "" if text == columns.DEFAULT_SORT else text

    def kept(self, sort: str) -> dict[str, str]:
        named = {
            **self.filter.asked(),
            "period": "" if self.period.code == reporting_periods.DAYS_30 else self.period.code,
        }
        named |= {"sort": sort, "view": str(self.view.pk) if self.view else ""}
        return {name: value for name, value in named.items() if value}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filter.asked())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A charger with its figures of the period. Money is in minor units by currency, as receipts charged it."""

    frame: Frame
    power_w: int | None
    sessions: int
    energy_wh: int
    money: Sequence[tuple[str, int]]
    uptime_pct: Decimal | None
    tags: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    sold: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    money: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    uptime: Mapping[int, Decimal | None] = field(default_factory=dict)


def asked(request: HttpRequest, address: QueryDict | None = None) -> Asked:
    """From the address; columns of the saved view, of the person, or the usual ones. At most seven queries."""
    user, at = viewer(request), now()
    given = request.GET if address is None else address
    properties = access.properties(user)
    view = _view(user, given.get("view", ""))
    chosen = view.columns if view else list_views.preference(user, page=PAGE).columns
    sees_money = access.may_somewhere(user, Right.SEE_MONEY)
    sort, descends = columns.sort_of(given.get("sort", ""), sees_money=sees_money)
    zone = access.zone(properties)
    return Asked(
        user=user,
        at=at,
        filter=ChargerFilter(given, queryset=access.chargers(user).filter(retired_at=None), properties=properties),
        columns=columns.chosen(chosen, sees_money=sees_money),
        sort=sort,
        descends=descends,
        period=reporting_periods.of(given.get("period", ""), zone=zone, now=at),
        zone=zone,
        view=view,
        sees_money=sees_money,
    )


def ordered(wanted: Asked) -> list[int]:
    """Primary keys of all that match, in order. One query, and those of the figure it is ordered by."""
    chargers = wanted.chargers
    if not wanted.sort.by_figure:
        return order.keys(chargers, wanted.sort, descends=wanted.descends)
    known = _figures(wanted, list(chargers.values_list("pk", flat=True)), {wanted.sort.key})
    values: Mapping[int, int | Decimal | None]
    match wanted.sort.key:
        case "energy":
            values = {pk: energy for pk, (_, energy) in known.sold.items()}
        case "sessions":
            values = {pk: count for pk, (count, _) in known.sold.items()}
        case "money":
            values = {pk: sum(sums.values()) for pk, sums in known.money.items()}
        case _:
            values = known.uptime
    return order.by_figure(chargers, values, descends=wanted.descends)


def rows(wanted: Asked, keys: Sequence[int]) -> list[Row]:
    """These chargers in this order; as many queries for one as for a thousand."""
    seen = condition.with_since(Charger.objects.all()).annotate(power=order.power())
    chargers = seen.select_related("property__host", "unit", "licence").prefetch_related(
        Prefetch("evses__connectors", condition.connectors()), "tags"
    )
    known = _figures(wanted, keys, {column.key for column in wanted.columns})
    return [_row(charger, known) for charger in order.of_page(chargers, keys)]


def _row(charger: Charger, known: _Figures) -> Row:
    count, energy = known.sold.get(charger.pk, (0, 0))
    return Row(
        frame=framed(charger),
        power_w=getattr(charger, "power", None),
        sessions=count,
        energy_wh=energy,
        money=sorted(known.money.get(charger.pk, {}).items()),
        uptime_pct=known.uptime.get(charger.pk),
        tags=sorted((tag.name for tag in charger.tags.all()), key=str.casefold),
    )


def _figures(wanted: Asked, keys: Sequence[int], shown: Iterable[str]) -> _Figures:
    """Only what is shown is asked for. At most nine queries."""
    names, period = set(shown), wanted.period
    scope = Scope(viewer=wanted.user, period=period, zone=wanted.zone)
    known = outages.of_chargers(keys, since=wanted.at - _UPTIME_OF, now=wanted.at) if "uptime" in names else {}
    books = figures.seen(wanted.user).rows()
    return _Figures(
        sold=trends.sold_by_charger(scope, keys) if names & {"energy", "sessions"} else {},
        money=figures.charged_by_charger(books, keys, since=period.begins_at, until=period.ends_at)
        if "money" in names
        else {},
        uptime={pk: availability.together.pct for pk, availability in known.items()},
    )


def _view(user: User, text: str) -> SavedView | None:
    """One that is not seen counts as not asked for."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len("1" + "0" * 9)
    return list_views.seen(user, page=PAGE).filter(pk=int(text)).first() if is_number else None
