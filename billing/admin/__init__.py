"""The agents' pages about sessions, prices, drivers, plans and money."""

from billing.admin import drivers, money, plans, sessions

__all__ = ["drivers", "money", "plans", "sessions"]
