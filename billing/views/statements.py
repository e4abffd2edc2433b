"""Statements: what is owed to a host, month by month, and every line of it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from itertools import islice
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people import access as people
from authorization.people.request import now, stated, viewer
from authorization.people.roles import Right
from authorization.tokens.csv_file import inert
from billing.books import figures, sources, statement_lines, statements
from billing.books.statements import Month
from billing.proration import periods
from billing.rating.values import money
from chargers.models import Host

_PAGE: Final = 200
_BATCH: Final = 1000
_COLUMNS: Final = (
    "posted_at", "happened_at", "kind", "document", "text", "amount_minor", "amount", "balance_minor", "balance",
    "currency", "entry", "gross_minor", "gross", "tax_minor", "tax", "document_id",
)  # fmt: skip
_AMOUNTS: Final = ("amount", "balance", "gross", "tax")


def batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most `size`, in order."""
    some = iter(rows)
    while batch := list(islice(some, size)):
        yield batch


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
    out, at = StringIO(), now()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    before = f"Owed to {found.host.name} before the month"
    writer.writerow(_cells(found, _edge(found, "opening", found.opening_minor, at=begin, text=before)))
    for some in batched(statements.lines(found).iterator(chunk_size=_BATCH), _BATCH):
        writer.writerows(_cells(found, _on_paper(said)) for said in statement_lines.facts(some))
    after = f"Owed to {found.host.name} {'at its end' if found.is_over(at) else 'now, the month is still open'}"
    writer.writerow(_cells(found, _edge(found, "closing", found.closing_minor, at=min(end, at), text=after)))
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"statement-{found.host.slug}-{found.currency}-{found.month:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _edge(month: Month, kind: str, minor: int, *, at: datetime, text: str) -> dict[str, Any]:
    stamp = at.isoformat(timespec="seconds")
    return {"posted_at": stamp, "kind": kind, "text": text, "balance_minor": minor, "currency": month.currency}


def _on_paper(said: dict[str, Any]) -> dict[str, Any]:
    """The document by the number that people see; its id stands at the end."""
    return said | {"document": said["number"] or said["document"], "document_id": said["document"]}


def _cells(month: Month, said: dict[str, Any]) -> list[object]:
    cells: dict[str, object] = {name: "" if value is None else value for name, value in said.items()}
    for name in _AMOUNTS:
        minor = said.get(f"{name}_minor")
        cells[name] = "" if minor is None else money.major(minor, currency=month.currency)
    return [inert(said["text"]) if name == "text" else cells.get(name, "") for name in _COLUMNS]


def _host(request: HttpRequest, slug: str) -> Host:
    found = people.hosts_with(viewer(request), Right.SEE_MONEY).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _month(request: HttpRequest, host: str, currency: str, month: str) -> Month:
    begins: date | None = periods.month(month)
    found = statements.month(_host(request, host), currency=currency, begins=begins) if begins else None
    if found is None or not found.has_begun(now()):
        raise Http404
    return found
