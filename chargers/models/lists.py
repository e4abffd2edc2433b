"""The cards that a charger knows by itself."""

from django.db import models

from chargers.models.hardware import Charger


class LocalList(models.Model):
    """The local authorization list as the charger last accepted it: the version, and each UID with its status."""

    charger = models.OneToOneField(Charger, on_delete=models.CASCADE, related_name="local_list")
    version = models.PositiveIntegerField()
    entries = models.JSONField(default=dict, help_text="UID to what was said of it: status, expiry, parent.")
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Version {self.version} at {self.charger}"
