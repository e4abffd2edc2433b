"""Downloads of tickets' files: saved by the browser, never displayed from our domain."""

from django.http import Http404, HttpResponse

from support.models import Attachment
from support.tickets import attachments


def download(row: Attachment | None) -> HttpResponse:
    """Returns the bytes as an attachment without a type, which no browser displays or runs.

    Raises Http404 without bytes.
    """
    if row is None or not attachments.path(row.pk).is_file():
        raise Http404
    headers = {
        "Content-Disposition": f'attachment; filename="{attachments.safe_name(row.name)}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(attachments.path(row.pk).read_bytes(), content_type="application/octet-stream", headers=headers)
