"""The cards that a charger itself stores, and their synchronisation with ours."""

from django.db import models

from chargers.models.hardware import Charger
from chargers.models.sentences import InEnglish, SentencesField
from chargers.sentences import catalogue


class LocalList(models.Model):
    """The local authorization list that the charger last accepted: the version, and each UID with its status."""

    charger = models.OneToOneField(Charger, on_delete=models.CASCADE, related_name="local_list")
    version = models.PositiveIntegerField()
    entries = models.JSONField(default=dict, help_text="UID to what was said of it: status, expiry, parent.")
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Version {self.version} at {self.charger}"


class CardMemory(models.Model):
    """The state of the cards that a charger stores: its local list and its cache, and how far they are ours.

    One row per charger: whether it should keep a list, which version it accepted, what failed, and whether its cache
    has to be cleared. The list that it should hold is never stored: it is computed when the charger can be reached, so
    that one that was offline for a week gets the current list (OCPP 1.6 3.5, OCPP 2.0.1 C and D).
    """

    class Choice(models.TextChoices):
        PROPERTY = "property", "As its property"
        ON = "on", "Keep a list on this charger"
        OFF = "off", "Keep no list on this charger"

    class State(models.TextChoices):
        OFF = "off", "No list is kept"
        IN_STEP = "in_step", "In step"
        PENDING = "pending", "To be sent"
        REFUSED = "refused", "The charger refused it"
        NOT_SUPPORTED = "not_supported", "The charger keeps no list"

    charger = models.OneToOneField(Charger, on_delete=models.CASCADE, related_name="card_memory")
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.PROPERTY)
    state = models.CharField(max_length=15, choices=State, default=State.OFF)
    problem_sentences = SentencesField(help_text="The charger's last refusal.")
    problem = InEnglish("problem_sentences", catalogue.english, max_length=255)
    digest = models.CharField(max_length=32, blank=True, help_text="Of the list that it was last in step with.")
    cards = models.PositiveIntegerField(default=0, help_text="How many it should hold.")
    left_out = models.PositiveIntegerField(default=0, help_text="How many it should hold and cannot.")

    version = models.PositiveIntegerField(null=True, help_text="Ours, as accepted; null: unknown what it holds.")
    sent_version = models.PositiveIntegerField(null=True, help_text="Of the newest message, accepted or not.")
    synced_at = models.DateTimeField(null=True, help_text="When it last accepted one; null: it has none of ours.")
    reported_version = models.IntegerField(null=True, help_text="The charger's own word.")
    reported_at = models.DateTimeField(null=True)
    drift_sentences = SentencesField(help_text="How its list was found not to be ours.")
    drift = InEnglish("drift_sentences", catalogue.english, max_length=255)
    drifted_at = models.DateTimeField(null=True)

    command_id = models.UUIDField(null=True, help_text="Under way about the list.")
    refused_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Refusals in a row.")
    is_due = models.BooleanField(default=True, help_text="Something changed: cards, doors, or what is wanted.")
    looked_at = models.DateTimeField(null=True)

    cache_due_at = models.DateTimeField(null=True, help_text="A card was revoked: its cache is to be cleared.")
    cache_cleared_at = models.DateTimeField(null=True)
    cache_command_id = models.UUIDField(null=True)
    cache_problem_sentences = SentencesField(help_text="Why the cache was not cleared.")
    cache_problem = InEnglish("cache_problem_sentences", catalogue.english, max_length=255)

    class Meta:
        verbose_name_plural = "card memories"
        indexes = [models.Index(fields=["looked_at"], name="cardmemory_by_look")]

    def __str__(self) -> str:
        return f"{self.get_state_display()} at {self.charger}"
