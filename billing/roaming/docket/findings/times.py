"""Examines times as a message writes them."""

from collections.abc import Iterator
from typing import Any

from authorization.roaming.transport import times
from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings.deviation import Deviation, build


def examine_time(author: Side, path: str, value: Any) -> Iterator[Deviation]:
    """Yields what is wrong with one time. A time without a zone is right: it is UTC."""
    try:
        times.read(value)
    except times.TimeError:
        yield build("time.unreadable", author, path, value)
        return
    if deviation := times.deviation(str(value).upper()):
        yield build("time.space" if deviation.startswith("a space") else "time.offset", author, path, value)
