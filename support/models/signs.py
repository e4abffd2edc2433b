"""Answers about lights and beeps at chargers, which decide between two causes."""

from django.db import models

from billing.models import Session
from chargers.models import Charger
from support.models.assistant import Conversation
from support.models.tickets import Ticket


class SignAnswer(models.Model):
    """An answer about a charger's lights or beeps. It counts while the state that it is about lasts."""

    class Seen(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Cannot see that"

    class Place(models.TextChoices):
        SESSION = "session", "A guest, on the session’s page"
        CHARGER = "charger", "A guest, on the charger’s page"
        ASSISTANT = "assistant", "The assistant"
        PORTAL = "portal", "The portal"
        TICKET = "ticket", "An agent, on a ticket"
        API = "api", "The API"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="sign_answers")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, null=True, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="+")
    question = models.CharField(max_length=40, help_text="Of support.diagnosis.signs.")
    basis = models.CharField(max_length=150, help_text="The state that it is about, of support.diagnosis.signs.")
    answer = models.CharField(max_length=10, choices=Seen)
    place = models.CharField(max_length=10, choices=Place, help_text="Where it was given.")
    by = models.CharField(max_length=150, blank=True, help_text="Who answered; empty: a guest.")
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["charger", "basis"], name="signanswer_by_state")]

    def __str__(self) -> str:
        return f"{self.question}: {self.get_answer_display().lower()}"
