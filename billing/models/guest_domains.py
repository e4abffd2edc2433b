"""Hosts' own addresses of their guest pages."""

from django.db import models
from django.db.models import Q

from chargers.models import Host


class GuestDomain(models.Model):
    """A name at which a host's guest pages answer, such as charge.hotel.example; a former one leads on to ours."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="guest_domains")
    name = models.CharField(max_length=253, help_text="In lower case, as DNS has it (xn--… outside ASCII).")
    token = models.CharField(max_length=64, unique=True, help_text="A part of the address that proves the name.")
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When it was seen to lead here; null: not yet")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When the host gave it up; null: in use.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=Q(removed_at=None), name="guest_domain_one_a_host"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(confirmed_at__isnull=False), name="guest_domain_of_one_host"
            ),
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z0-9.-]+$"), name="guest_domain_spelling"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(confirmed_at__isnull=False), name="guest_domain_former_was_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return self.name
