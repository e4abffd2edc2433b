"""The look of a host's guest pages and labels."""

from django.db import models
from django.db.models import Q, QuerySet

from chargers.models import Host


class _WithoutLogo(models.Manager["Branding"]):
    """Pages need the logo's name and size only; its bytes are loaded when they are sent."""

    def get_queryset(self) -> QuerySet["Branding"]:
        return super().get_queryset().defer("logo")


class Branding(models.Model):
    """A host's colour and logo on the pages of its guests and on the labels of its chargers."""

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="branding")
    colour = models.CharField(max_length=7, blank=True, help_text="Such as #0b5cad, in lower case; empty: ours.")
    logo = models.BinaryField(blank=True, default=b"", help_text="A PNG that we encoded; empty: none.")
    logo_hash = models.CharField(max_length=12, blank=True, help_text="Of the PNG; a part of its address.")
    logo_width = models.PositiveSmallIntegerField(default=0)
    logo_height = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()

    objects = _WithoutLogo()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(condition=Q(colour="") | Q(colour__regex="^#[0-9a-f]{6}$"), name="branding_colour"),
            models.CheckConstraint(
                condition=Q(logo_hash="", logo_width=0, logo_height=0)
                | Q(logo_width__gt=0, logo_height__gt=0) & ~Q(logo_hash=""),
                name="branding_logo_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Branding of {self.host}"
