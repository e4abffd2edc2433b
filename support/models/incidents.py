"""Incidents shared by several chargers, and hosts' public status pages."""

from django.db import models
from django.db.models import Q

from chargers.models import Charger, Host, Property
from chargers.models.free_text import FreeText
from support.models.tickets import Ticket


class CommonFault(models.Model):
    """One incident of several chargers, from the detection to the recovery of the last one."""

    class Kind(models.TextChoices):
        SITE = "site", "Same site"
        FIRMWARE = "firmware", "Same firmware"
        FAULT = "fault", "Same fault"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=60, help_text="Of support.incidents.patterns; one is open at a time.")
    property = models.ForeignKey(Property, on_delete=models.SET_NULL, null=True, related_name="common_faults")
    hardware = models.CharField(max_length=800, blank=True)
    code = models.CharField(max_length=255, blank=True)
    began_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    note = FreeText(max_length=1000, blank=True, help_text="What support says about it to all hosts that it concerns.")
    noted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "incident"
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(closed_at=None), name="commonfault_one_open")
        ]

    def __str__(self) -> str:
        match self.kind:
            case self.Kind.SITE:
                return f"Several chargers at {self.property or 'a property'} are down"
            case self.Kind.FIRMWARE:
                return f"{self.code} at several chargers with {self.hardware}"
            case _:
                return f"{self.code} at several chargers"


class AffectedCharger(models.Model):
    """A charger of an incident, until it recovers."""

    fault = models.ForeignKey(CommonFault, on_delete=models.CASCADE, related_name="chargers")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="common_faults")
    since = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fault", "charger"], name="affectedcharger_once")]

    def __str__(self) -> str:
        return f"{self.charger} since {self.since:%Y-%m-%d %H:%M}"


class AffectedTicket(models.Model):
    """A ticket about a charger of an incident."""

    fault = models.ForeignKey(CommonFault, on_delete=models.CASCADE, related_name="tickets")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="common_faults")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fault", "ticket"], name="affectedticket_once")]

    def __str__(self) -> str:
        return f"{self.ticket} in {self.fault_id}"


class StatusPage(models.Model):
    """Whether a host's status page is public. Without a row it is not."""

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="status_page")
    is_public = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Status of {self.host}"
