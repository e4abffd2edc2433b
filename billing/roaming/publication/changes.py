"""Notes of changes to the rows behind an object: written by triggers, taken by the worker that makes the
object again.
"""

from collections.abc import Iterable
from typing import Final

from django.db import connection as database

from billing.models import RoamingChange

LOCATION: Final = "location"
TARIFF: Final = "tariff"
SESSION: Final = "session"
_MAX_AT_ONCE: Final = 5000


def pop_keys(kind: str) -> set[str]:
    """Takes the noted keys; the notes are deleted if the transaction commits.

    Notes that another worker has locked are left to it.
    """
    with database.cursor() as cursor:
        cursor.execute(_TAKE, {"kind": kind, "most": _MAX_AT_ONCE})
        return {key for (key,) in cursor.fetchall()}


_TAKE: Final = """
    DELETE FROM billing_roamingchange WHERE id IN (
        SELECT id FROM billing_roamingchange WHERE kind = %(kind)s ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    RETURNING key
"""


def note(kind: str, keys: Iterable[object]) -> None:
    RoamingChange.objects.bulk_create([RoamingChange(kind=kind, key=str(key)) for key in keys])
