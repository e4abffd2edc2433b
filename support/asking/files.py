"""Files of tickets on their way to a browser: saved, never opened in our name."""

from django.http import Http404, HttpResponse

from support.models import Attachment
from support.tickets import attachments


def download(row: Attachment | None) -> HttpResponse:
    """Bytes as an attachment of no type: no browser shows or runs them. Raises Http404 where there are none."""
    if row is None or not attachments.path(row.pk).is_file():
        raise Http404
    headers = {
        "Content-Disposition": f'attachment; filename="{attachments.safe_name(row.name)}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(attachments.path(row.pk).read_bytes(), content_type="application/octet-stream", headers=headers)
