"""The agents' pages of this app: the desk of tickets, and the audit trail."""

from support.admin import audit_trail, tickets

__all__ = ["audit_trail", "tickets"]
