"""Sums by UTC day of the books, sessions and decisions, so that a year is read as fast as a day.

They repeat what is stored elsewhere and are written only by `billing.payments.daily_totals`. `SummedDays` tells which
days are summed; the database itself notes each summed day with later changes (`ChangedDay`, by triggers).
"""

from django.db import models

from billing.models.books import LedgerAccount
from chargers.models import Host, Property


class DayOf(models.TextChoices):
    """What is summed."""

    BOOKS = "books", "Postings"
    SESSIONS = "sessions", "Settled sessions"
    STARTS = "starts", "Attempts to start"


class SummedDays(models.Model):
    """The last UTC day through which everything is summed; without a row nothing is."""

    of = models.CharField(max_length=10, choices=DayOf, primary_key=True)
    through = models.DateField()

    def __str__(self) -> str:
        return f"{self.get_of_display()} up to {self.through}"


class ChangedDay(models.Model):
    """A finished day that has changed: it is read from its rows until it is summed again."""

    of = models.CharField(max_length=10, choices=DayOf)
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["of", "day"], name="changedday_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_of_display()} of {self.day}"


class DayOfBooks(models.Model):
    """The debits less the credits of one account, from one kind of entry, by the time of posting."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    source_type = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    moved_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "source_type", "kind"], name="dayofbooks_one_a_kind")
        ]
        indexes = [models.Index(fields=["day"], name="dayofbooks_by_day")]

    def __str__(self) -> str:
        return f"{self.source_type} {self.kind} on {self.day}"


class DayOfSessions(models.Model):
    """Sessions settled on the day. `billed` have a final price; without one the currency is empty."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="+", db_index=False)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    is_home = models.BooleanField(help_text="An employer pays them back to an employee.")
    currency = models.CharField(max_length=3, blank=True)
    sessions = models.BigIntegerField()
    billed = models.BigIntegerField()
    energy_wh = models.BigIntegerField()
    total_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "day", "property", "is_home", "currency"], name="dayofsessions_one_a_kind"
            )
        ]
        indexes = [models.Index(fields=["day"], name="dayofsessions_by_day")]

    def __str__(self) -> str:
        return f"{self.sessions} sessions on {self.day}"


class DayOfStarts(models.Model):
    """Attempts to start, as `authorization.insight.refusals.attempts` defines them."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    attempts = models.BigIntegerField()
    accepted = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "day"], name="dayofstarts_one_a_day")]
        indexes = [models.Index(fields=["day"], name="dayofstarts_by_day")]

    def __str__(self) -> str:
        return f"{self.attempts} attempts on {self.day}"
