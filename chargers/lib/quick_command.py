"""Management commands that start quickly."""

from django.core.management.base import BaseCommand


class QuickCommand(BaseCommand):
    """A command without the system checks, which load every page and delay the start by three seconds."""

    requires_system_checks: list[str] = []
