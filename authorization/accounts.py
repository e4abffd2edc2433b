"""How people get accounts: by invitation only, never by signing up at the portal."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from chargers import secrets


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes allauth's sign-up page, and counts its limits by the address that every other limit counts by."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As `backoffice.middleware.ClientAddress` has set it."""
        return str(request.META.get("REMOTE_ADDR", "")) or "unknown"


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of authenticator apps encrypted."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)
