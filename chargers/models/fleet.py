"""Tools for running many chargers: tags, expected settings, and jobs."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from chargers.models.free_text import FreeText
from chargers.models.hardware import Charger
from chargers.models.hosts import Host, Property
from chargers.models.sentences import InEnglish, SentencesField
from chargers.models.wire import Command
from chargers.sentences import jobs


class Tag(models.Model):
    """A host's label for some of its chargers. Tags ignore case."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="tags")
    name = FreeText(max_length=40)
    chargers = models.ManyToManyField(Charger, related_name="tags")

    class Meta:
        constraints = [
            models.UniqueConstraint("host", Lower("name"), name="tag_name_unique_in_host"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ExpectedSetting(models.Model):
    """The expected value of a setting at every charger of a property."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="expected_settings")
    key = models.CharField(max_length=500, help_text="MeterValueSampleInterval, or SampledDataCtrlr.TxUpdatedInterval.")
    value = models.CharField(max_length=2500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["property", "key"], name="expectedsetting_once_at_property")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class Job(models.Model):
    """An operation at many chargers by a user, in waves if the plan has them.

    Each item is tried with the rights that the user has at that moment. `wave_size` None: all at once.
    """

    class Kind(models.TextChoices):
        COMMAND = "command", "Command"
        SETTING = "setting", "Change a setting"
        TEMPLATE = "template", "Apply a settings template"
        FIRMWARE = "firmware", "Update the firmware"
        RATE = "rate", "Assign a rate"
        LICENCE = "licence", "Set the licence"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Stopped itself"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished"

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    plan = models.JSONField(help_text="What is done at each charger: `chargers.jobs.plans`.")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    origin = models.CharField(max_length=150, help_text="Who asked: user:<e-mail>, api:<key>.")
    user_number = models.BigIntegerField(null=True, help_text="The account of the person who asked; null: a key.")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    wave_size = models.PositiveIntegerField(null=True)
    stops_at_pct = models.PositiveSmallIntegerField(
        default=100, help_text="The job stops itself when more than this share of a wave failed."
    )
    waits_for_idle = models.BooleanField(default=False, help_text="Not while somebody charges there.")
    gives_up_at = models.DateTimeField(help_text="What was not sent by then is skipped.")
    waves_allowed = models.PositiveIntegerField(
        default=0, help_text="Failures of waves up to this number were accepted by a person."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stops_at_pct__lte=100), name="job_share_is_a_percentage"),
            models.CheckConstraint(condition=Q(wave_size=None) | Q(wave_size__gte=1), name="job_wave_has_a_charger"),
            models.CheckConstraint(
                condition=Q(state__in=["running", "paused"], ended_at=None)
                | Q(state__in=["cancelled", "finished"], ended_at__isnull=False),
                name="job_ended_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="job_newest_first"),
            models.Index(fields=["state"], condition=Q(state="running"), name="job_running"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.origin}"


class JobItem(models.Model):
    """A charger of a job: what was sent to it, and the result."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENT = "sent", "Sent"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="job_items")
    wave = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    firmware_before = models.CharField(max_length=255, blank=True)
    commands = models.ManyToManyField(Command, related_name="job_items")
    reason_sentences = SentencesField(is_typed=True, help_text="Why it waits, failed or was skipped.")
    reason = InEnglish("reason_sentences", jobs.english, max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "charger"], name="jobitem_once_in_job"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="jobitem_sent_has_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sent"], ended_at=None)
                | Q(state__in=["done", "failed", "skipped"], ended_at__isnull=False),
                name="jobitem_ended_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["job", "wave"], condition=Q(state__in=["queued", "sent"]), name="jobitem_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.charger}: {self.get_state_display()}"
