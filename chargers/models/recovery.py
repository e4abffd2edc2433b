"""The safe ladder for chargers in trouble: the allowed steps, the steps tried, and what helped at which hardware."""

from django.db import models
from django.db.models import Q

from chargers.models.hardware import Charger
from chargers.models.hosts import Property

_STEPS = [
    ("trigger", "Ask for its status"),
    ("reset_soft", "Soft reset"),
    ("reset_hard", "Hard reset"),
    ("unlock", "Unlock the connector"),
    ("ticket", "Open a ticket"),
]


class RecoveryPolicy(models.Model):
    """The steps that may be tried at a property's chargers; without a row or a step, none."""

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="recovery_policy")
    steps = models.JSONField(default=list, help_text="Codes of `chargers.recovery.next_step.Step`.")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.property}: {', '.join(self.steps) or 'nothing'}"


class ChargerRecoveryPolicy(models.Model):
    """The steps that may be tried at one charger, instead of the property's.

    Without a step none; without a row the property's.
    """

    charger = models.OneToOneField(Charger, on_delete=models.CASCADE, related_name="recovery_policy")
    steps = models.JSONField(default=list, help_text="Codes of `chargers.recovery.next_step.Step`.")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.charger}: {', '.join(self.steps) or 'nothing'}"


class Recovery(models.Model):
    """A trouble of a charger, from the first check until it recovered or nothing was left to try."""

    class State(models.TextChoices):
        OPEN = "open", "Under way"
        RECOVERED = "recovered", "Recovered"
        REPORTED = "reported", "Handed to people"
        GIVEN_UP = "given_up", "Nothing left to try"
        ENDED = "ended", "Switched off"
        REPLACED = "replaced", "The hardware was replaced"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="recoveries")
    kind = models.CharField(max_length=10, choices=[("faulted", "Faulted"), ("offline", "Offline")])
    detail = models.CharField(max_length=255, blank=True, help_text="The error code that it began with.")
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    firmware_version = models.CharField(max_length=255, blank=True)
    since = models.DateTimeField(help_text="Of the trouble.")
    began_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    waits_for = models.CharField(max_length=20, blank=True, help_text="What keeps it from acting now.")
    next_look_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ticket_label = models.CharField(max_length=20, blank=True, help_text="The ticket that was opened for it.")

    class Meta:
        verbose_name_plural = "recoveries"
        constraints = [
            models.UniqueConstraint(fields=["charger"], condition=Q(state="open"), name="recovery_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="recovery_ended_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["charger", "-began_at"], name="recovery_by_charger"),
            models.Index(fields=["next_look_at"], condition=Q(state="open"), name="recovery_due"),
            models.Index(
                fields=["ended_at"], condition=Q(state="reported", ticket_label=""), name="recovery_unreported"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charger}: {self.get_state_display()}"


class RecoveryStep(models.Model):
    """A step that was taken, and whether it made the charger recover."""

    class Effect(models.TextChoices):
        PENDING = "", "Not seen yet"
        RECOVERED = "recovered", "The charger recovered"
        NONE = "none", "No change"

    recovery = models.ForeignKey(Recovery, on_delete=models.CASCADE, related_name="steps")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="recovery_steps")
    step = models.CharField(max_length=10, choices=_STEPS)
    taken_at = models.DateTimeField()
    command_id = models.UUIDField(null=True)
    answer = models.CharField(max_length=20, blank=True, help_text="How its command ended.")
    effect = models.CharField(max_length=10, choices=Effect, blank=True, default=Effect.PENDING)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recovery", "step"], name="recoverystep_once")]
        indexes = [models.Index(fields=["charger", "-taken_at"], name="recoverystep_by_charger")]

    def __str__(self) -> str:
        return f"{self.get_step_display()}: {self.get_effect_display()}"


class RecoveryRecord(models.Model):
    """How often a step was tried at a model and firmware, and how often the charger then recovered."""

    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    firmware_version = models.CharField(max_length=255, blank=True)
    step = models.CharField(max_length=10, choices=_STEPS)
    tried = models.PositiveIntegerField(default=0)
    recovered = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "model", "firmware_version", "step"], name="recoveryrecord_once"),
            models.CheckConstraint(condition=Q(recovered__lte=models.F("tried")), name="recoveryrecord_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.model} {self.firmware_version}: {self.get_step_display()}"
