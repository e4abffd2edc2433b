"""How people get accounts: by invitation only, never by signing up at the portal."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes allauth's sign-up page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
