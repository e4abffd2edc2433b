"""Access > Tokens: import and export of many cards as CSV."""

from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import TokenImport, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from authorization.tokens import token_imports
from authorization.tokens.acts import token_imports as acts
from authorization.tokens.token_imports import GoneError
from chargers.models import Host
from chargers.properties import time_zones
from chargers.text.spreadsheets import FileError

_ROOM = {"room": "authorization", "tab": "tokens"}
_MEANS = {
    "uid": "The card's number in any notation. The only column that must be there.",
    "visual_number": "The number printed on the card.",
    "owner": "Whose card it is.",
    "group": "A local group, by its name or its short name; several with | between them. They are added to those that "
    "the card is in. Empty: its groups stay.",
    "valid": "true or false. Empty: stays; a new card is valid.",
    "blocked": "true or false. Empty: stays; a new card is not blocked.",
    "blocked_reason": "Why, where it is blocked.",
    "expires_at": "2026-12-31 (to the end of that day) or 2026-12-31T18:00. Empty: never.",
}


class UploadForm(forms.Form):
    """A file of cards."""

    file = forms.FileField(label="CSV file", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > token_imports.MAX_BYTES:
            raise forms.ValidationError(f"It is larger than {token_imports.MAX_BYTES // 1024**2} MB: split it.")
        return file


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_import(request: HttpRequest) -> HttpResponse:
    """Takes a file and redirects to its preview; nothing is changed yet."""
    user = viewer(request)
    managed = access.managed_hosts(user)
    host = _resolve_host(request, managed)
    if host is None:
        return _pick(request, managed, title="Import cards")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored_import = _keep(form, host, user=user)
        if stored_import is not None:
            return redirect("authorization:token-import-preview", pk=stored_import.pk)
    context = {**_ROOM, "form": form, "host": host, "means": _MEANS, "zone": time_zones.of_host(host)}
    return render(request, "authorization/token_import.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_import_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what the file would change and its errors; a POST applies all valid rows, or none."""
    user = viewer(request)
    stored_import = _get_import(user, pk)
    if stored_import.asked_at is not None:
        return _render_import_outcome(request, stored_import)
    if request.method == "POST":
        return (
            _apply(request, stored_import, user=user)
            if request.POST.get("do") == "apply"
            else _discard(request, stored_import)
        )
    context = {
        **_ROOM,
        "kept": stored_import,
        "comparison": token_imports.compare(stored_import),
        "zone": time_zones.of_host(stored_import.host),
    }
    return render(request, "authorization/token_import_preview.html", context)


def _render_import_outcome(request: HttpRequest, stored_import: TokenImport) -> HttpResponse:
    """Shows that a worker is writing the file, or its outcome."""
    if request.method == "POST":
        return redirect("authorization:token-import-preview", pk=stored_import.pk)
    sentence = _sentence(stored_import.outcome) if stored_import.outcome else ""
    context = {**_ROOM, "kept": stored_import, "sentence": sentence, "zone": time_zones.of_host(stored_import.host)}
    return render(request, "authorization/token_import_written.html", context)


@login_required
@require_safe
def token_export(request: HttpRequest) -> HttpResponse:
    """Exports all cards of a host, as a file that can be imported again."""
    user = viewer(request)
    visible = list(access.hosts_with(user, Right.SEE).order_by("name"))  # members only: it is the complete list
    host = _resolve_host(request, visible)
    if host is None:
        return _pick(request, visible, title="Export cards")
    at = now()
    text = acts.export(host, by=user, now=at)
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="cards-{host.slug}-{at:%Y-%m-%d}.csv"'
    return response


def _resolve_host(request: HttpRequest, hosts: list[Host]) -> Host | None:
    """Returns the host in the address, or the only one; None if one must be chosen. 404 for any other."""
    slug = read_query_param(request, "host")
    if slug or not hosts:
        chosen_host = next((host for host in hosts if host.slug == slug), None)
        if chosen_host is None:
            raise Http404
        return chosen_host
    return hosts[0] if len(hosts) == 1 else None


def _pick(request: HttpRequest, hosts: list[Host], *, title: str) -> HttpResponse:
    context: dict[str, Any] = {**_ROOM, "hosts": hosts, "title": title, "question": "Whose cards"}
    return render(request, "authorization/pick_host.html", context)


def _keep(form: UploadForm, host: Host, *, user: User) -> TokenImport | None:
    """Stores the file. Returns None if it cannot be read: the form shows why."""
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    try:
        return token_imports.keep(host, name=file.name or "", content=file.read(), by=user.email, now=now())
    except FileError as exc:
        form.add_error("file", str(exc))
        return None


def _get_import(user: User, pk: int) -> TokenImport:
    hosts = [host.pk for host in access.managed_hosts(user)]
    stored_import = (
        TokenImport.objects.filter(pk=pk, host__in=hosts, expires_at__gt=now()).select_related("host").first()
    )
    if stored_import is None:
        raise Http404
    return stored_import


def _apply(request: HttpRequest, stored_import: TokenImport, *, user: User) -> HttpResponse:
    if acts.queue(stored_import, by=user, now=now()):
        return redirect("authorization:token-import-preview", pk=stored_import.pk)
    try:
        comparison = acts.apply(stored_import, by=user, now=now())
    except GoneError:
        notes.warning(request, "That file was applied already.")
    else:
        notes.success(request, _sentence(comparison.counts))
    return redirect("authorization:tokens")


def _discard(request: HttpRequest, stored_import: TokenImport) -> HttpResponse:
    stored_import.delete()
    notes.success(request, f"{stored_import.name} is discarded. Nothing was changed.")
    return redirect("authorization:tokens")


def _sentence(counts: dict[str, int]) -> str:
    added = f"{counts['new']:,} card{'' if counts['new'] == 1 else 's'} added, {counts['changed']:,} changed."
    if not counts["wrong"]:
        return added
    wrong_rows = "1 wrong row was" if counts["wrong"] == 1 else f"{counts['wrong']:,} wrong rows were"
    return f"{added} {wrong_rows} left out."
