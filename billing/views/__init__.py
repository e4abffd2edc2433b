"""The portal's rooms about money."""

from billing.views.sessions import session_list, session_page

__all__ = ["session_list", "session_page"]
