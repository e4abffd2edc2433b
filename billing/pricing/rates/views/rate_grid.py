"""Who pays which rate at which property, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.people import access as people
from authorization.people.request import now, viewer
from billing import access
from billing.models import Rate
from billing.pricing.rates import grid, resolver
from billing.pricing.rates.acts import assignments as acts
from billing.pricing.rates.catalogue import ChangedMeanwhileError
from billing.pricing.rates.grid import CellKey, Grid
from chargers.models import Host, Property


@dataclass(frozen=True, slots=True)
class Cell:
    """The choice of a rate; `fault` is its error, `note` describes the rest of the assignment."""

    name: str
    label: str
    rate_id: int | None
    fault: str
    note: str
    empty_cell_text: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_grid(request: HttpRequest) -> HttpResponse:
    """Shows one host's properties and audiences. Saving changes every cell that differs, or nothing."""
    hosts = list(
        people.hosts(viewer(request)).filter(rates__in=access.rates(viewer(request))).distinct().order_by("name")
    )
    host_slug = request.POST.get("host") or request.GET.get("host")
    host = next((host for host in hosts if host.slug == host_slug), hosts[0] if hosts else None)
    if host is None and request.method != "POST" and not host_slug:
        return redirect("billing:rates")
    if host is None:
        raise Http404
    added = request.POST.getlist("column") or request.GET.getlist("column")
    current = grid.build(host, column_keys=added)
    submitted_cells: Mapping[CellKey, int | None] = {}
    faults: Mapping[CellKey, str] = {}
    problem = ""
    if request.method == "POST":
        if not people.may_manage(viewer(request), host):
            raise Http404
        submitted_cells = _parse_cells(request, current)
        try:
            _save(request, host, submitted_cells)
        except ChangedMeanwhileError:
            problem = "Somebody changed these assignments meanwhile. What you chose is still here: compare, then save."
        except acts.GridError as exc:
            problem, faults = "Fix the cells marked below.", exc.faults
        else:
            return redirect(f"{reverse('billing:rate-grid')}?host={host.slug}")
    context = {
        "room": "rates",
        "host": host,
        "hosts": hosts,
        "grid": current,
        "rows": [
            (property_, _cells(property_, current, submitted_cells, faults), current.exceptions.get(property_.pk, 0))
            for property_ in current.properties
        ],
        "conflicts": [row for row in resolver.at_properties(current.properties, at=now()) if row.conflict],
        "rates": Rate.objects.filter(host=host, contract=None).order_by("name"),
        "narrower": [
            option
            for option in grid.addable_columns(host)
            if option[0] not in {column.key for column in current.columns}
        ],
        "added": added,
        "problem": problem,
        "may_change": people.may_manage(viewer(request), host),
    }
    return render(request, "billing/rate_grid.html", context)


def _parse_cells(request: HttpRequest, current: Grid) -> dict[CellKey, int | None]:
    """Returns the posted cells; a number that is not a rate's is refused on saving."""
    submitted_cells: dict[CellKey, int | None] = {}
    for property_ in current.properties:
        for column in current.columns:
            text = request.POST.get(f"cell.{property_.pk}.{column.key}")
            if text is not None:
                is_number = text.isdecimal() and len(text) < 18
                submitted_cells[property_.pk, column.key] = (int(text) if is_number else 0) if text else None
    return submitted_cells


def _save(request: HttpRequest, host: Host, submitted_cells: Mapping[CellKey, int | None]) -> None:
    changes = acts.save_grid(
        host, submitted_cells, seen_fingerprint=request.POST.get("seen", ""), by=viewer(request), now=now()
    )
    if not changes:
        notes.info(request, "Nothing was changed.")
        return
    overflow_text = f" And {len(changes) - 5} more." if len(changes) > 5 else ""
    notes.success(request, " ".join(changes[:5]) + overflow_text + " Running sessions keep their price.")


def _cells(
    property_: Property, current: Grid, submitted_cells: Mapping[CellKey, int | None], faults: Mapping[CellKey, str]
) -> list[Cell]:
    grid_cells = []
    for column in current.columns:
        key = (property_.pk, column.key)
        row = current.cells.get(key)
        note = f"until {row.active_to:%Y-%m-%d}" if row and row.active_to else ""
        stored_rate_id = row.rate_id if row else None
        name = f"cell.{property_.pk}.{column.key}"
        label = f"{column.name} at {property_.name}"
        grid_cells.append(
            Cell(
                name, label, submitted_cells.get(key, stored_rate_id), faults.get(key, ""), note, column.empty_cell_text
            )
        )
    return grid_cells
