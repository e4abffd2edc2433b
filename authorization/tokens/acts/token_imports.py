"""Acts on many of a host's cards at once: CSV import and export."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, TokenImport, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import csv_file, token_imports
from authorization.tokens.token_imports import Comparison
from chargers.lib import nudges
from chargers.local_lists import list_state
from chargers.models import Host


def apply(token_import: TokenImport, *, by: User | ApiKey, now: datetime) -> Comparison:
    """Stores every valid row of the file.

    Checks no permission: a worker applies long files, so the caller must have checked it at the request. Raises
    GoneError.
    """
    with transaction.atomic():
        comparison = token_imports.apply(token_import.pk, host=token_import.host, now=now)
        subject = audit.Subject("token_import", token_import.pk, token_import.name, token_import.host)
        audit.write("tokens.imported", subject, user=by, now=now, after=comparison.counts)
        list_state.mark_host_due(token_import.host)
    return comparison


def queue(token_import: TokenImport, *, by: User | ApiKey, now: datetime) -> bool:
    """Queues a long file for a worker. Returns False if it is short enough to apply at once. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, token_import.host)
    if token_import.rows <= token_imports.AT_ONCE:
        return False
    if token_imports.request(token_import, by=by, now=now):
        nudges.to_worker("authorization.tasks.apply_token_imports")
    return True


def export(host: Host, *, by: User | ApiKey, now: datetime) -> str:
    """Returns all cards of a host as CSV, which can be imported again. Raises NotAllowedError."""
    access.require(by, Right.SEE, host)
    text = csv_file.render_rows(token_imports.export_rows(token_imports.for_export(host)))
    audit.write("tokens.exported", audit.Subject("host", host.pk, host.name, host), user=by, now=now)
    return text
