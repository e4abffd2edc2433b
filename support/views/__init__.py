"""Support in the portal: a host's requests, and asking for help."""

from support.views.asking import ask
from support.views.listing import request_list
from support.views.timelines import charger_page, session_page, shared

__all__ = ["ask", "charger_page", "request_list", "session_page", "shared"]
