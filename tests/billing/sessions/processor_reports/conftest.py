"""Fixtures of these tests, out of the kit."""

from tests.kit.disputes import taken
from tests.kit.plan_changes import asked, dear, subscribed
from tests.kit.subscriptions import card, kim, plan

__all__ = ["asked", "card", "dear", "kim", "plan", "subscribed", "taken"]
