"""The words of the tickets that are there already: a thousand at a time, each batch a transaction of its own."""

from typing import Any

from django.db import migrations

_BATCH = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    """The newest first. What was filled is left as it is, so that it may be run again."""
    before = None
    while (before := _filled(schema_editor.connection, before=before)) is not None:
        pass


def _filled(connection: Any, *, before: int | None) -> int | None:
    """Fills the batch below that key; the lowest key of the batch, None where there was none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH batch AS (
                SELECT t.id FROM support_ticket t
                WHERE (%(before)s::bigint IS NULL OR t.id < %(before)s)
                  AND NOT EXISTS (SELECT 1 FROM support_ticketindex i WHERE i.ticket_id = t.id)
                ORDER BY t.id DESC LIMIT %(most)s
            ), done AS (SELECT id, support_index_ticket(id) FROM batch)
            SELECT min(id) FROM done
            """,
            {"before": before, "most": _BATCH},
        )
        found: int | None = cursor.fetchone()[0]
        return found


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("support", "0013_ticket_search"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
