"""What the tests of views.pending and views.wizard share."""

from datetime import UTC, datetime


def now():
    return datetime.now(tz=UTC)
