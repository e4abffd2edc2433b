"""Chargers > Jobs: operations at many chargers, their progress and failures."""

import uuid
from typing import Any, Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from chargers.acts import jobs as acts
from chargers.jobs import plans
from chargers.models import Job, JobItem
from chargers.text import spreadsheets

_PAGE: Final = 100
_COLUMNS: Final = ("charger", "station", "property", "wave", "state", "reason", "sent_at", "ended_at")
_LOOKS: Final = {"queued": "unknown", "sent": "busy", "done": "ok", "failed": "bad", "skipped": "warn"}
_JOB_LOOKS: Final = {"running": "busy", "paused": "bad", "cancelled": "unknown", "finished": "ok"}
_COUNTS: Final = {f"n_{state}": Count("items", filter=Q(items__state=state)) for state in _LOOKS}


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Lists jobs, newest first."""
    jobs = acts.list_visible(viewer(request)).annotate(total=Count("items"), **_COUNTS).order_by("-created_at")
    page = Paginator(jobs, _PAGE).get_page(read_query_param(request, "page"))
    rows = [(job, plans.read(job.kind, job.plan).words, _JOB_LOOKS[job.state]) for job in page]
    return render(request, "chargers/jobs.html", {"room": "chargers", "rows": rows, "page": page})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def job_page(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Shows progress, each charger with its reason, and the possible actions."""
    user = viewer(request)
    job = _job(request, job_id)
    may_steer = acts.may_steer(job, user)
    if request.method == "POST":
        if not may_steer:
            raise Http404
        _control_job(request, job)
        return redirect("chargers:job", job_id=job_id)
    items, state_asked = _items(request, job), read_query_param(request, "state")
    counts = dict(items.values_list("state").annotate(count=Count("pk")).order_by())
    filtered = items.filter(state=state_asked) if state_asked in _LOOKS else items
    page = Paginator(filtered.order_by("wave", "charger__station_id"), _PAGE).get_page(
        read_query_param(request, "page")
    )
    total = sum(counts.values())
    context = {
        "room": "chargers",
        "job": job,
        "words": plans.read(job.kind, job.plan).words,
        "look": _JOB_LOOKS[job.state],
        "counts": [(state, state.label, counts.get(state, 0), _LOOKS[state]) for state in JobItem.State],
        "ended": total - counts.get("queued", 0) - counts.get("sent", 0),
        "total": total,
        "wave": items.filter(state__in=("queued", "sent")).order_by("wave").values_list("wave", flat=True).first(),
        "waves": items.order_by("-wave").values_list("wave", flat=True).first(),
        "failed": counts.get("failed", 0),
        "left": counts.get("queued", 0),
        "rows": [(item, _LOOKS[item.state]) for item in page],
        "page": page,
        "wanted": state_asked,
        "is_live": job.state == Job.State.RUNNING or counts.get("sent", 0) > 0,
        "may_steer": may_steer,
        "zone": access.zone(access.properties(user)),
    }
    is_part = request.htmx and request.htmx.target == "job"  # type: ignore[attr-defined]
    return render(request, f"chargers/job.html{'#progress' if is_part else ''}", context)


@login_required
@require_safe
def job_csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Downloads every charger of the job with its result and reason, safe from formulas."""
    items = _items(request, _job(request, job_id)).order_by("wave", "charger__station_id")
    content = spreadsheets.render_csv(_COLUMNS, map(_cells, items.iterator(chunk_size=500)))
    headers = {"Content-Disposition": f'attachment; filename="job-{job_id}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(item: JobItem) -> list[object]:
    texts = (item.charger.charger_id, item.charger.station_id, item.charger.property.name)
    times = ((at.isoformat(timespec="seconds") if at else "") for at in (item.sent_at, item.ended_at))
    inert = spreadsheets.escape_formula
    return [*map(inert, texts), item.wave, item.state, inert(item.reason), *times]


def _control_job(request: HttpRequest, job: Job) -> None:
    user, at = viewer(request), now()
    match request.POST.get("do"):
        case "cancel":
            outcome: Any = acts.cancel(job, by=user, now=at)
            words = "Cancelled: what was not sent yet is skipped."
        case "resume":
            outcome = acts.resume(job, by=user, now=at)
            words = "Goes on with the next wave."
        case "retry":
            outcome = acts.retry(job, by=user, now=at)
            words = f"{outcome} charger{'' if outcome == 1 else 's'} tried again."
        case _:
            return
    if outcome:
        notes.success(request, words)
    else:
        notes.info(request, "Nothing was changed: the job is not in that state any more.")


def _job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    job = acts.list_visible(viewer(request)).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _items(request: HttpRequest, job: Job) -> QuerySet[JobItem]:
    """Returns the items of chargers that the viewer may see."""
    visible_items = job.items.filter(charger__in=access.chargers(viewer(request)))
    return visible_items.select_related("charger__property")
