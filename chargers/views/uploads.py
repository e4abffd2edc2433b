"""Files of chargers: the upload link, and the download by the host."""

import uuid
from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people.request import now
from chargers.commands import uploads
from chargers.models import Upload
from chargers.pages.frame import frame_of

_CHUNK = 64 * 1024


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT", "POST"])
def upload(request: HttpRequest, secret: str, name: str = "") -> HttpResponse:
    """Takes one file from the holder of the link, a charger. GET tells whether the link still works."""
    row = uploads.find(secret)
    if row is None:
        raise Http404
    if not uploads.is_open(row, now=now()):
        return _plain_text("This link was used already or has expired. Ask for the file again.", status=410)
    if request.method in {"GET", "HEAD"}:
        return _plain_text("Send the file here with PUT or POST: once. FTP is not offered.")
    if int(request.headers.get("Content-Length") or 0) > uploads.MAX_BYTES + _CHUNK:
        return _too_large()
    return _store_upload(row, request, name=name)


@login_required
@require_safe
def download(request: HttpRequest, charger_id: str, upload_id: uuid.UUID) -> HttpResponse:
    """Downloads the file as an attachment, because browsers must not open a charger's file in our name."""
    frame = frame_of(request, charger_id)
    row = frame.charger.uploads.filter(pk=upload_id, received_at__isnull=False).first()
    if row is None or not uploads.path(row.pk).is_file():
        raise Http404
    name = row.file_name or f"{row.kind}-{row.charger.charger_id}.bin"
    headers = {"Content-Disposition": f'attachment; filename="{uploads.safe_name(name)}"'}
    return HttpResponse(uploads.path(row.pk).read_bytes(), content_type="application/octet-stream", headers=headers)


def _store_upload(row: Upload, request: HttpRequest, *, name: str) -> HttpResponse:
    chunks, own_name = _content(request)
    try:
        size = uploads.store(row, chunks, name=name or own_name, now=now())
    except uploads.TooLargeError:
        return _too_large()
    except uploads.UsedError:
        return _plain_text("Another file came first.", status=410)
    return _plain_text(f"Stored {size} bytes.", status=201)


def _content(request: HttpRequest) -> tuple[Iterable[bytes], str]:
    """Returns the bytes and the name of the file: the first one in a form, or the body itself."""
    if request.method == "POST" and request.content_type == "multipart/form-data":
        file = next(iter(request.FILES.values()), None)
        if file is not None and not isinstance(file, list):
            return file.chunks(), file.name or ""
        return (), ""
    return iter(lambda: request.read(_CHUNK), b""), request.headers.get("X-Filename", "")


def _too_large() -> HttpResponse:
    return _plain_text(f"The file is too large: {uploads.MAX_BYTES // 2**20} MiB at most.", status=413)


def _plain_text(sentence: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
