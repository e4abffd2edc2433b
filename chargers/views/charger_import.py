"""Adds several chargers by a CSV file: shown with every error at its cell, then added, with their passwords once."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import fleet
from chargers.fleet.registration import TakenError
from chargers.handshake import addresses
from chargers.pages import import_file
from chargers.pages.handshakes import origin_of
from chargers.pages.import_file import Row
from chargers.text import spreadsheets
from chargers.text.spreadsheets import FileError

_SECRETS: Final = ("charger_id", "station_id", "property", "address", "password")


class FileForm(forms.Form):
    """A file, or its text as pasted from a spreadsheet."""

    file = forms.FileField(label="CSV file", required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))
    text = forms.CharField(
        label="Or its rows",
        required=False,
        strip=False,
        max_length=import_file.MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = values.get("file")
        if file is not None:
            if (file.size or 0) > import_file.MAX_CHARACTERS:
                raise forms.ValidationError("The file is larger than 1 MB: split it.")
            try:
                values["text"] = spreadsheets.decode_file(file.read())
            except FileError as exc:
                raise forms.ValidationError(str(exc)) from exc
        if not values.get("text", "").strip():
            raise forms.ValidationError("Choose a file, or paste its rows.")
        return values


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def charger_import(request: HttpRequest) -> HttpResponse:
    """Shows the form, then what the file would add, then what it added. Rows with an error are left out."""
    user = viewer(request)
    properties = list(access.managed_properties(user).select_related("host").order_by("name"))
    if not properties:
        if not access.may_somewhere(user, Right.MANAGE):
            raise Http404
        notes.info(request, "A charger stands at a property: add that first.")
        return redirect("chargers:property-add")
    form = FileForm(request.POST or None, request.FILES or None)
    rows: list[Row] = []
    if request.method == "POST" and form.is_valid():
        try:
            rows = import_file.read(form.cleaned_data["text"], properties=properties)
        except FileError as exc:
            form.add_error(None, str(exc))
    right = [row.details for row in rows if row.details is not None]
    if right and request.POST.get("do") == "add":
        try:
            return _render_passwords(
                request, fleet.register_all(right, by=user, now=now()), left_out=len(rows) - len(right)
            )
        except TakenError as exc:
            form.add_error(None, f"Nothing was added. {exc} Look at the rows again.")
    context = {
        "room": "chargers",
        "form": form,
        "columns": import_file.COLUMNS.items(),
        "rows": [(row, _cells(row)) for row in rows],
        "right": len(right),
        "wrong": len(rows) - len(right),
        "text": form.cleaned_data["text"] if rows else "",
    }
    return render(request, "chargers/import.html", context)


@login_required
@require_safe
def charger_import_template(_request: HttpRequest) -> HttpResponse:
    """Downloads a file with the columns and one example."""
    response = HttpResponse(import_file.template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="chargers.csv"'
    return response


def _cells(row: Row) -> list[tuple[str, str]]:
    """Returns each cell with its error, in the order of the columns."""
    return [(row.cells.get(column, ""), row.faults.get(column, "")) for column in import_file.COLUMNS]


def _render_passwords(request: HttpRequest, added: list[tuple[Any, str]], *, left_out: int) -> HttpResponse:
    """Shows the passwords once, also as a file; they are stored nowhere in clear."""
    rows = [
        (
            charger.charger_id,
            charger.station_id,
            charger.property.name,
            addresses.of_charger(charger, origin_of(request)),
            password,
        )
        for charger, password in added
    ]
    context = {
        "room": "chargers",
        "rows": rows,
        "left_out": left_out,
        "csv": spreadsheets.render_csv(_SECRETS, rows).decode("utf-8-sig"),
        "is_one_property": len({charger.property_id for charger, _ in added}) == 1,
        "property": added[0][0].property,
    }
    return render(request, "chargers/imported.html", context)
