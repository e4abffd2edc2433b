"""Public facts about models of chargers."""

from django.db import models


class ChargerModel(models.Model):
    """A model of charger, recognised by its boot notification.

    Patterns ignore case; `*` matches anything. Texts are shown unchanged; `source_url` is their source.
    """

    name = models.CharField(max_length=100, unique=True)
    vendor_pattern = models.CharField(max_length=100, help_text="Of BootNotification's vendor, such as keba*.")
    model_pattern = models.CharField(max_length=100, default="*", help_text="Of its model, such as KC-P30*.")
    firmware_from = models.CharField(max_length=50, blank=True, help_text="First version it holds for; empty: any.")
    firmware_to = models.CharField(max_length=50, blank=True, help_text="Last version it holds for; empty: any.")
    shows_rejection = models.TextField(blank=True, help_text="What somebody at the charger sees and hears.")
    own_list = models.TextField(blank=True, help_text="Where its own whitelist and cache are switched off.")
    quirks = models.TextField(blank=True, help_text="What it does otherwise than the standard asks.")
    signs = models.JSONField(
        default=list,
        blank=True,
        help_text="What its lights and beeps mean, as its manual says.",
    )
    manual_url = models.URLField(max_length=500, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    checked_on = models.DateField(null=True, blank=True, help_text="When somebody last compared it with the source.")

    def __str__(self) -> str:
        return self.name
