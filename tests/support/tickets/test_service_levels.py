"""When a ticket is due: business hours, priorities, weekends."""

from datetime import UTC, datetime

import pytest

from support.tickets import service_levels
from support.topics.topic import Priority


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("priority", "since", "first", "solution"),
    [
        (Priority.HIGH, at(23, 9), at(23, 11), at(24, 9)),
        (Priority.HIGH, at(23, 17, 30), at(24, 9, 30), at(24, 17, 30)),
        (Priority.HIGH, at(20, 17), at(23, 9), at(23, 17)),
        (Priority.HIGH, at(21, 12), at(23, 10), at(23, 18)),
        (Priority.HIGH, at(23, 3), at(23, 10), at(23, 18)),
        (Priority.NORMAL, at(23, 9), at(23, 17), at(26, 9)),
        (Priority.NORMAL, at(19, 16), at(20, 14), at(24, 16)),
        (Priority.URGENT, at(21, 23), at(22, 0), at(22, 7)),
    ],
)
def test_it_counts_business_hours(priority: Priority, since: datetime, first: datetime, solution: datetime):
    assert service_levels.due(priority, since=since) == service_levels.Due(first, solution)


def test_a_higher_priority_is_never_due_later():
    dues = [service_levels.due(priority, since=at(23, 9)) for priority in Priority]

    assert [one.first_answer_at for one in dues] == sorted((one.first_answer_at for one in dues), reverse=True)


def test_it_raises_a_priority_by_one():
    assert [service_levels.raise_priority(one) for one in Priority] == ["normal", "high", "urgent", "urgent"]
