"""QR labels of a charger: on a page, as image files, and as a sheet to print."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from billing.sessions.documents import label_files, label_sheets, labels, scans
from billing.sessions.documents.acts import labels as acts
from billing.sessions.documents.labels import Label
from chargers.models import Charger
from chargers.pages.frame import Frame, frame_of

_LIMIT: Final = 1000


@login_required
@require_safe
def label_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows each label as it will be printed, with its link."""
    frame = frame_of(request, charger_id)
    # segno writes the SVG from numbers; it contains no text from people.
    scanned = scans.of_charger(frame.charger, now=now())
    rendered = [
        (label, mark_safe(labels.svg(label, inline=True)), scanned.get(label.connector or 0, scans.Scans()))  # noqa: S308
        for label in _labels(frame)
    ]
    context = {"room": "chargers", "tab": "label", "frame": frame, "labels": rendered}
    return render(request, "billing/labels.html", context)


@login_required
@require_safe
def label_svg(request: HttpRequest, charger_id: str, connector: int | None = None) -> HttpResponse:
    """Returns one code as SVG for a print shop."""
    label = _note_label_download(request, charger_id, connector)
    return _download(labels.svg(label), kind="image/svg+xml", name=f"{label.file_name}.svg")


@login_required
@require_safe
def label_png(request: HttpRequest, charger_id: str, connector: int | None = None) -> HttpResponse:
    """Returns one code as PNG, for texts and signs that take no SVG."""
    label = _note_label_download(request, charger_id, connector)
    return _download(labels.png(label), kind="image/png", name=f"{label.file_name}.png")


@login_required
@require_safe
def label_pdf(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Returns all labels of the charger on A4."""
    frame = frame_of(request, charger_id)
    charger_labels = _labels(frame)
    acts.note_download([frame.charger], by=viewer(request), now=now())
    return _download(
        labels.pdf(charger_labels), kind="application/pdf", name=f"{charger_labels[0].file_name}-labels.pdf"
    )


class SheetForm(forms.Form):
    """The chargers, the kind of sheet, and how many labels of the first sheet are already used."""

    charger = forms.MultipleChoiceField(label="Chargers", widget=forms.SelectMultiple(attrs={"size": 10}))
    sheet = forms.ChoiceField(
        label="Sheet", choices=[(key, layout.name) for key, layout in label_sheets.SHEETS.items()]
    )
    skip = forms.IntegerField(
        label="Labels used already", required=False, min_value=0, max_value=29, help_text="Of the first sheet."
    )
    each = forms.BooleanField(label="A label for each connector, too", required=False)

    def __init__(self, *args: Any, chargers: list[Charger], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["charger"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(charger.charger_id, f"{charger.station_id}, {charger.property.name}") for charger in chargers]


@login_required
@require_safe
def label_sheet(request: HttpRequest) -> HttpResponse:
    """Returns the labels of chosen chargers as a PDF for a common label sheet; shows the form if none are chosen."""
    chargers = access.chargers(viewer(request)).filter(retired_at=None).select_related("property__host")
    form = SheetForm(request.GET or None, chargers=list(chargers.order_by("property__name", "station_id")[:_LIMIT]))
    if not form.is_valid():
        return render(request, "billing/label_sheet.html", {"room": "chargers", "form": form})
    form_data = form.cleaned_data
    sheet = label_sheets.SHEETS[form_data["sheet"]]
    selected_chargers = list(
        chargers.filter(charger_id__in=form_data["charger"]).order_by("property__name", "station_id")
    )
    acts.note_download(selected_chargers, by=viewer(request), now=now())
    content = label_files.sheet(
        selected_chargers, sheet=sheet, skip=form_data["skip"] or 0, with_connectors=form_data["each"]
    )
    return _download(content, kind="application/pdf", name="labels.pdf")


@login_required
@require_safe
def property_labels(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Returns all labels of a property in one file: a PDF for the usual sheet of its country, or a ZIP of pictures."""
    property_ = get_object_or_404(access.properties(viewer(request)).select_related("host"), slug=slug)
    in_service = access.chargers(viewer(request)).filter(property=property_, retired_at=None)
    chargers = list(in_service.exclude(station_id="").select_related("property__host").order_by("station_id")[:_LIMIT])
    if not chargers:
        notes.warning(request, f"{property_.name} has no charger with a Station ID yet, so there is no label to print.")
        return redirect("chargers:property", slug)
    acts.note_download(chargers, by=viewer(request), now=now())
    if kind == "pdf":
        sheet = label_sheets.usual(property_.country)
        content = label_files.sheet(chargers, sheet=sheet, skip=0, with_connectors=True)
        return _download(content, kind="application/pdf", name=f"{slug}-labels.pdf")
    content = label_files.render_zip(chargers, kind=label_files.Picture(kind))
    return _download(content, kind="application/zip", name=f"{slug}-labels-{kind}.zip")


def _note_label_download(request: HttpRequest, charger_id: str, connector: int | None) -> Label:
    """Returns the label whose code is downloaded, and records the download. Raises Http404."""
    frame = frame_of(request, charger_id)
    label = next((label for label in _labels(frame) if label.connector == connector), None)
    if label is None:
        raise Http404
    acts.note_download([frame.charger], by=viewer(request), now=now())
    return label


def _labels(frame: Frame) -> list[Label]:
    """Returns the charger's own label, then one for each connector."""
    return label_files.of_charger(frame.charger, with_connectors=True)


def _download(content: str | bytes, *, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
