"""The agents' pages about sessions, prices, drivers, plans and money."""

from billing.admin import drivers, joining, money, plans, sessions

__all__ = ["drivers", "joining", "money", "plans", "sessions"]
