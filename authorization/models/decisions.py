"""Decisions about tokens: the verdict, the steps that led to it, and the verdicts of other back offices."""

from django.db import models
from django.db.models import Q

from authorization.models.providers import MobilityProvider
from authorization.models.tokens import Token
from chargers.models import Charger, Host


class IssuerQuestion(models.Model):
    """One question to a mobility provider about a card at a charger, and its outcome.

    The gateway writes it and withholds its answer to the charger; a worker asks the provider; waiting callers read the
    outcome here. A second tap while it is open waits for the same answer.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Answered"
        TIMED_OUT = "timed_out", "No answer in time"
        NO_ANSWER = "no_answer", "No usable answer"
        NOT_ASKED = "not_asked", "Not asked"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `asked_at`.")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, related_name="questions")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="+")
    uid = models.CharField(max_length=36, help_text="As its provider writes it.")
    canonical_uid = models.CharField(max_length=36)
    evse_number = models.PositiveIntegerField(null=True)
    message_id = models.CharField(max_length=255, blank=True, help_text="Of the charger's message that asked first.")
    is_probe = models.BooleanField(default=False, help_text="Nobody waits: does the provider answer again?")
    asked_at = models.DateTimeField()
    deadline = models.DateTimeField(help_text="Until when the provider may answer.")
    begun_at = models.DateTimeField(null=True, help_text="When a worker began to ask.")
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    word = models.CharField(max_length=15, blank=True, help_text="OCPI AllowedType.")
    message = models.CharField(max_length=500, blank=True, help_text="Its text for the driver; or why there is none.")
    reference = models.CharField(max_length=36, blank=True, help_text="OCPI authorization_reference.")
    took_ms = models.PositiveIntegerField(null=True, help_text="From the first byte out to the last byte in.")
    used_at = models.DateTimeField(null=True, help_text="When the first decision was made with it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "canonical_uid"],
                condition=Q(state="open", is_probe=False),
                name="issuerquestion_one_open",
            ),
            models.CheckConstraint(condition=Q(state="open") | Q(ended_at__isnull=False), name="issuerquestion_ended"),
        ]
        indexes = [
            models.Index(fields=["msp", "-id"], name="issuerquestion_by_msp"),
            models.Index(fields=["deadline"], condition=Q(state="open"), name="issuerquestion_open"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} at {self.charger}: {self.get_state_display().lower()} {self.word}".strip()


class Decision(models.Model):
    """The stored answer to "may this token charge here, now?" with its trace. Written once, never changed."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `at`.")
    at = models.DateTimeField(help_text="When it was decided.")
    event_at = models.DateTimeField(help_text="The moment it is about, corrected for the charger's clock.")
    late = models.BooleanField(default=False, help_text="A replay: judged as of event_at.")
    kind = models.CharField(max_length=15, help_text="authorize, start, remote_start or guest.")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="decisions")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="decisions")
    evse_number = models.PositiveIntegerField(null=True)
    uid = models.CharField(max_length=255, blank=True, help_text="As it was presented.")
    canonical_uid = models.CharField(max_length=255, blank=True)
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=40, blank=True, help_text="Code of the catalogue; empty when accepted.")
    granted_by = models.CharField(max_length=40, blank=True, help_text="The step that let it in; empty when refused.")
    status_16 = models.CharField(max_length=20)
    status_2x = models.CharField(max_length=30)
    decided_by = models.CharField(max_length=100, default="us", help_text='"us", or the back office that leads.')
    trace = models.JSONField(help_text="Every step: step, outcome, sentence, link, ms, values.")
    duration_us = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["charger", "-id"], name="decision_by_charger"),
            models.Index(fields=["host", "-id"], name="decision_by_host"),
            models.Index(fields=["canonical_uid", "-id"], name="decision_by_uid"),
        ]

    def __str__(self) -> str:
        return f"{self.uid}: {self.verdict} {self.reason}".strip()


class Opinion(models.Model):
    """The verdict of another back office, or ours, on a tap; actual or hypothetical. See `decision`.

    Written as soon as it is known, which for a slow back office may be before the decision itself is stored.
    """

    class Voice(models.TextChoices):
        US = "us", "Us"
        LEADER = "leader", "Leader"
        FOLLOWER = "follower", "Follower"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `at`.")
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, db_constraint=False, related_name="opinions")
    voice = models.CharField(max_length=10, choices=Voice)
    name = models.CharField(max_length=100, help_text='The back office; "us" for our own rules.')
    accepted = models.BooleanField()
    status = models.CharField(max_length=60, help_text="The word itself, as OCPP has it.")
    reason = models.CharField(max_length=40, blank=True, help_text="Ours: code of the catalogue.")
    late = models.BooleanField(default=False, help_text="It came when the charger had been answered already.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"
