"""QR labels of a charger: on the page, as SVG, and as a sheet to print."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from billing.documents import labels
from billing.documents.labels import Label
from chargers.pages.frame import Frame, frame_of


@login_required
@require_safe
def label_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Each label as it will be printed, with where it leads."""
    frame = frame_of(request, charger_id)
    # segno writes the SVG from numbers; nothing that a person typed is in it.
    shown = [(label, mark_safe(labels.svg(label, inline=True))) for label in _labels(frame)]  # noqa: S308
    context = {"room": "chargers", "tab": "label", "frame": frame, "labels": shown}
    return render(request, "billing/labels.html", context)


@login_required
@require_safe
def label_svg(request: HttpRequest, charger_id: str, connector: int | None = None) -> HttpResponse:
    """One code as a file for a print shop."""
    frame = frame_of(request, charger_id)
    label = next((label for label in _labels(frame) if label.connector == connector), None)
    if label is None:
        raise Http404
    return _download(labels.svg(label), kind="image/svg+xml", name=f"{label.file_name}.svg")


@login_required
@require_safe
def label_pdf(request: HttpRequest, charger_id: str) -> HttpResponse:
    """All labels of the charger on A4."""
    found = _labels(frame_of(request, charger_id))
    return _download(labels.pdf(found), kind="application/pdf", name=f"{found[0].file_name}-labels.pdf")


def _labels(frame: Frame) -> list[Label]:
    """The charger's own, then one for each connector."""
    charger, numbers = frame.charger, sorted({plug.connector.evse.number for plug in frame.plugs})
    place = charger.property.name
    return [
        Label(charger.station_id, place),
        *(Label(charger.station_id, place, number) for number in numbers),
    ]


def _download(content: str | bytes, *, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
