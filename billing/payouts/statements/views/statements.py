"""Statements: what is owed to a host, month by month and year by year, with every line."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.accounts import fresh_login
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing.charts import bars
from billing.models import Payout
from billing.payments.books import figures, sources, statements
from billing.payments.books.statements import Account, Kind, Period
from billing.payouts.statements import acts, paper, readers, statement_files
from billing.payouts.statements.files import Format
from chargers.models import Host, Property

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line, with a link to its session or payout."""

    line: Any
    session_id: str
    payout_id: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period in the list."""

    period: Period
    is_over: bool


@dataclass(frozen=True, slots=True)
class Year:
    """A year with its months, the newest first."""

    year: PeriodRow
    months: list[PeriodRow]


@login_required
@require_safe
def statement_hosts(request: HttpRequest) -> HttpResponse:
    """Lists hosts; redirects if there is only one."""
    hosts = list(people.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name"))
    if len(hosts) == 1:
        return redirect("billing:statements", host=hosts[0].slug)
    return render(request, "billing/statement_hosts.html", {"room": "statements", "hosts": hosts})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def statement_list(request: HttpRequest, host: str) -> HttpResponse:
    """Lists the statements of a host or one of its properties, newest first, and their e-mail recipients."""
    owner, user = _host(request, host), viewer(request)
    if request.method == "POST":
        return _send_me(request, owner)
    property_ = _find_property(request, owner)
    places = list(Property.objects.filter(host=owner).order_by("name"))
    context = {
        "room": "statements",
        "host": owner,
        "place": property_,
        "places": places if len(places) > 1 else [],
        "years": _years(owner, property_),
        "many": people.hosts_with(user, Right.SEE_MONEY).count() > 1,
        "is_sent": readers.is_subscribed(user, owner),
        "address": user.email,
    }
    return render(request, "billing/statements.html", context)


@fresh_login.after_log_in
def _send_me(request: HttpRequest, host: Host) -> HttpResponse:
    is_subscribed = request.POST.get("act") == "send"
    acts.send_me(host, is_subscribed=is_subscribed, by=viewer(request), now=now())
    text = "Statements are sent to you from now on." if is_subscribed else "No statements are sent to you any more."
    notes.success(request, text)
    return redirect("billing:statements", host=host.slug)


@login_required
@require_safe
def statement(request: HttpRequest, host: str, currency: str, month: str) -> HttpResponse:
    """Shows one period with all its lines."""
    period = _period(request, host, currency, month)
    page = Paginator(statements.lines(period), _PAGE).get_page(read_query_param(request, "page"))
    lines = list(page.object_list)
    context = {
        "room": "statements",
        "month": period,
        "document": period.document,
        "query": f"?property={period.property_.slug}" if period.property_ else "",
        "is_over": period.is_over(now()),
        "closing_label": period.closing_label(is_over=period.is_over(now())),
        "sums": statements.sums(period),
        "payouts": paper.payouts(period),
        "chart": bars.revenue(period),
        "rows": _rows(lines),
        "page": page,
    }
    if period.property_ is None:
        found_figures = period.figures
        context |= {
            "figures": found_figures,
            "parts": figures.parts(found_figures),
            "beside": statements.list_other_balances(period),
        }
    return render(request, "billing/statement.html", context)


@login_required
@require_safe
def statement_csv(request: HttpRequest, host: str, currency: str, month: str) -> HttpResponseBase:
    """Downloads every line of a period between the opening and the closing balance, as CSV."""
    return statement_files.response(request, _period(request, host, currency, month), Format.CSV, now=now())


@login_required
@require_safe
def statement_pdf(request: HttpRequest, host: str, currency: str, month: str) -> HttpResponseBase:
    """Downloads the statement as PDF."""
    return statement_files.response(request, _period(request, host, currency, month), Format.PDF, now=now())


def _rows(lines: list[Any]) -> list[ShownLine]:
    sessions = sources.sessions(line.entry for line in lines)
    documents = [(line, (line.entry.source_type, line.entry.source_id)) for line in lines]
    payouts = sources.keys(Payout, {key for _, (kind, key) in documents if kind == "payout"})
    return [
        ShownLine(line, sessions.get((kind, key), ""), key if kind == "payout" and key in payouts else "")
        for line, (kind, key) in documents
    ]


def _years(host: Host, property_: Property | None) -> list[Year]:
    at = now()
    months = statements.months(host, property_)
    closed = {
        (statement.begins_on.year, statement.currency): statement
        for statement in host.statements.filter(property=property_, kind=Kind.YEAR)
    }
    years = []
    for year in statements.years(months):
        document = closed.get((year.month.year, year.currency))
        period = statements.closed_period(document, year.account) if document else year
        rows = [month for month in months if (month.month.year, month.currency) == (year.month.year, year.currency)]
        is_over = document is not None
        years.append(Year(PeriodRow(period, is_over), [PeriodRow(row, row.is_over(at)) for row in rows]))
    return years


def _host(request: HttpRequest, slug: str) -> Host:
    host = people.hosts_with(viewer(request), Right.SEE_MONEY).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def _find_property(request: HttpRequest, host: Host) -> Property | None:
    slug = read_query_param(request, "property")
    if not slug:
        return None
    property_ = Property.objects.filter(host=host, slug=slug).first()
    if property_ is None:
        raise Http404
    return property_


def _period(request: HttpRequest, host: str, currency: str, name: str) -> Period:
    named_period = statement_files.parse_period(name)
    if named_period is None:
        raise Http404
    owner = _host(request, host)
    account = Account(host=owner, currency=currency, property_=_find_property(request, owner))
    period = statements.period(account, begins=named_period[0], kind=named_period[1])
    if period is None or not period.has_begun(now()):
        raise Http404
    return period
