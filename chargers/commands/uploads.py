"""Links to which a charger uploads one file, and the uploaded files."""

import re
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from chargers.lib import ids, private_files
from chargers.lib.secrets import digest
from chargers.models import Charger, Upload

VALID = timedelta(hours=24)
MAX_BYTES = 64 * 1024 * 1024
_UNSAFE = re.compile(r"[^\w.()+-]+")


class TooLargeError(Exception):
    """The file is longer than MAX_BYTES; nothing of it was stored and the link still works."""


class UsedError(Exception):
    """The link was already used or has expired."""


def allot(charger: Charger, *, kind: str, now: datetime) -> tuple[Upload, str]:
    """Makes a new upload link. Returns its row and its secret, which is never stored."""
    secret = secrets.token_urlsafe(32)
    row = Upload.objects.create(
        id=ids.generate(now=now),
        charger=charger,
        kind=kind[:40],
        secret_hash=digest(secret),
        created_at=now,
        expires_at=now + VALID,
    )
    return row, secret


def find(secret: str) -> Upload | None:
    """Returns the link with this secret, whether or not it still works."""
    return Upload.objects.filter(secret_hash=digest(secret)).select_related("charger").first()


def is_open(row: Upload, *, now: datetime) -> bool:
    return row.received_at is None and row.expires_at > now


def store(row: Upload, chunks: Iterable[bytes], *, name: str, now: datetime) -> int:
    """Stores the file under the row's id and closes the link.

    Returns its size in bytes. Raises TooLargeError and UsedError.
    """
    target = path(row.pk)
    private_files.make_folder(target.parent)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        size = _write(partial, chunks)
        claimed = Upload.objects.filter(pk=row.pk, received_at=None, expires_at__gt=now).update(
            received_at=now, file_name=safe_name(name), size_bytes=size
        )
        if not claimed:
            raise UsedError
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return size


def path(upload_id: uuid.UUID) -> Path:
    return Path(settings.DATA_DIR) / "uploads" / upload_id.hex


def safe_name(name: str) -> str:
    """Returns a safe file name: without folders and control characters, and harmless in a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).strip("._")[:100]


def drop_before(moment: datetime) -> int:
    """Deletes links and files from before the moment. Returns their number."""
    old = list(Upload.objects.filter(created_at__lt=moment).values_list("pk", flat=True)[:1000])
    for upload_id in old:
        path(upload_id).unlink(missing_ok=True)
    Upload.objects.filter(pk__in=old).delete()
    return len(old)


def _write(partial: Path, chunks: Iterable[bytes]) -> int:
    size = 0
    with private_files.create(partial) as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                raise TooLargeError
            file.write(chunk)
    return size
