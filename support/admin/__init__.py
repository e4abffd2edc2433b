"""The agents' pages of this app: the desk of tickets, articles, incidents, answers about signs, and the audit trail."""

from support.admin import articles, audit_trail, incidents, signs, tickets

__all__ = ["articles", "audit_trail", "incidents", "signs", "tickets"]
