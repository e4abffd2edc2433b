"""Statements: what is owed to a host, month by month, and every line of it."""

import csv
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization import access as people
from authorization.roles import Right
from authorization.token_file import inert
from billing import billing_periods, figures, sources, statements
from billing.rating import money
from billing.statements import Month
from chargers.models import Host
from chargers.views.frame import now, stated, viewer

_PAGE: Final = 200
_COLUMNS: Final = (
    "posted_at", "happened_at", "kind", "document", "text", "amount_minor", "amount", "balance_minor", "balance",
    "currency", "entry",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line, with the page of its session."""

    line: Any
    session_id: str


@login_required
@require_safe
def statement_hosts(request: HttpRequest) -> HttpResponse:
    """Whose statements: leads on where there is only one host."""
    hosts = list(people.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name"))
    if len(hosts) == 1:
        return redirect("billing:statements", host=hosts[0].slug)
    return render(request, "billing/statement_hosts.html", {"room": "statements", "hosts": hosts})


@login_required
@require_safe
def statement_list(request: HttpRequest, host: str) -> HttpResponse:
    """Every month of a host, the newest first."""
    found = _host(request, host)
    at = now()
    rows = [(one, one.is_over(at)) for one in statements.months(found)]
    many = people.hosts_with(viewer(request), Right.SEE_MONEY).count() > 1
    context = {"room": "statements", "host": found, "rows": rows, "many": many}
    return render(request, "billing/statements.html", context)


@login_required
@require_safe
def statement(request: HttpRequest, host: str, currency: str, month: str) -> HttpResponse:
    """One month, unfolded to its lines."""
    found = _month(request, host, currency, month)
    page = Paginator(statements.lines(found), _PAGE).get_page(stated(request, "page"))
    lines = list(page.object_list)
    sessions = sources.sessions(line.entry for line in lines)
    context = {
        "room": "statements",
        "month": found,
        "is_over": found.is_over(now()),
        "figures": found.figures,
        "parts": figures.parts(found.figures),
        "sums": statements.sums(found),
        "beside": statements.beside(found),
        "rows": [Row(line, sessions.get((line.entry.source_type, line.entry.source_id), "")) for line in lines],
        "page": page,
    }
    return render(request, "billing/statement.html", context)


@login_required
@require_safe
def statement_csv(request: HttpRequest, host: str, currency: str, month: str) -> HttpResponse:
    """Every line of a month between what was owed before it and what is owed at its end."""
    found = _month(request, host, currency, month)
    begin, end = found.span
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerow(_cells(found, _edge(found, "opening", found.opening_minor, begin.isoformat())))
    for line in statements.lines(found).iterator(chunk_size=1000):
        writer.writerow(_cells(found, statements.facts(line)))
    writer.writerow(_cells(found, _edge(found, "closing", found.closing_minor, end.isoformat())))
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"statement-{found.host.slug}-{found.currency}-{found.month:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _edge(month: Month, kind: str, minor: int, at: str) -> dict[str, Any]:
    text = f"Owed to {month.host.name} {'before the month' if kind == 'opening' else 'at its end'}"
    return {"posted_at": at, "kind": kind, "text": text, "balance_minor": minor, "currency": month.currency}


def _cells(month: Month, said: dict[str, Any]) -> list[object]:
    for name in ("amount", "balance"):
        minor = said.get(f"{name}_minor")
        said[name] = "" if minor is None else money.major(minor, currency=month.currency)
    return [inert(said["text"]) if name == "text" else said.get(name, "") for name in _COLUMNS]


def _host(request: HttpRequest, slug: str) -> Host:
    found = people.hosts_with(viewer(request), Right.SEE_MONEY).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _month(request: HttpRequest, host: str, currency: str, month: str) -> Month:
    begins: date | None = billing_periods.month(month)
    found = statements.month(_host(request, host), currency=currency, begins=begins) if begins else None
    if found is None:
        raise Http404
    return found
