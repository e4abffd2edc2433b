"""What the tests of explain.export and explain.views share."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(tz=UTC)
