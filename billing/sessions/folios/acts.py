"""A session's line on the bill of its stay: taken back, or tried again; a total with all of its sessions."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import FolioCharge, Session
from billing.sessions.folios import folios


def take_back(line: FolioCharge, *, by: User | ApiKey, now: datetime) -> bool:
    """Takes the line back. False if it is not on the bill. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, _session(line).host)
    with transaction.atomic():
        is_asked = folios.ask_back(line, now=now)
        if is_asked:
            audit.write("folio.taken_back", _subject(line), user=by, now=now)
    return is_asked


def try_again(line: FolioCharge, *, by: User | ApiKey, now: datetime) -> bool:
    """Tries the line again. False if it was not refused. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, _session(line).host)
    with transaction.atomic():
        is_asked = folios.ask_again(line, now=now)
        if is_asked:
            audit.write("folio.tried_again", _subject(line), user=by, now=now)
    return is_asked


def _subject(line: FolioCharge) -> audit.Subject:
    return audit.Subject("session", str(line.session_id), str(line.posted), _session(line).host)


def _session(line: FolioCharge) -> Session:
    """Returns the line's session.

    People act on the line of a session; a total is reached through any of its sessions.
    """
    if line.session is None:
        raise ValueError("a total has no session of its own")
    return line.session
