"""The agents' pages of this app: the desk of tickets, articles, incidents, and the audit trail."""

from support.admin import articles, audit_trail, incidents, tickets

__all__ = ["articles", "audit_trail", "incidents", "tickets"]
