"""Fixtures of these tests, out of the kit."""

from tests.kit.disputes import taken
from tests.kit.home import contract
from tests.kit.subscriptions import card, kim, plan

__all__ = ["card", "contract", "kim", "plan", "taken"]
