"""Commands that begin to work at once."""

from django.core.management.base import BaseCommand


class QuickCommand(BaseCommand):
    """A command without the system checks, which load every page: three seconds before a word is said."""

    requires_system_checks: list[str] = []
