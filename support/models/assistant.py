"""Conversations with the assistant."""

from django.db import models

from authorization.models import User
from billing.models import Payout, Session
from chargers.models import Charger, Host, Property
from support.models.conversation import LongFreeText
from support.models.tickets import Ticket


class Conversation(models.Model):
    """A conversation with the assistant. `secret` opens it to each holder of the link, unless it has a `user`."""

    class Outcome(models.TextChoices):
        RUNNING = "", "Not ended"
        SOLVED = "solved", "Solved"
        TICKET = "ticket", "Handed over"

    id = models.BigAutoField(primary_key=True)
    secret = models.CharField(max_length=64, unique=True)
    asker = models.CharField(max_length=10, choices=[("guest", "Guest"), ("host", "Host")])
    language = models.CharField(max_length=10, default="en")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    email = models.CharField(max_length=254, blank=True, help_text="Where answers go.")
    host = models.ForeignKey(Host, on_delete=models.SET_NULL, null=True, related_name="+")
    property = models.ForeignKey(Property, on_delete=models.SET_NULL, null=True, related_name="+")
    charger = models.ForeignKey(Charger, on_delete=models.SET_NULL, null=True, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="+")
    payout = models.ForeignKey(Payout, on_delete=models.SET_NULL, null=True, related_name="+")
    proof = models.CharField(max_length=6, choices=Ticket.Proof, blank=True)
    known = models.JSONField(default=dict, help_text="Details that were known when it began.")
    given = models.JSONField(default=dict, help_text="Details that the person gave.")
    state = models.JSONField(default=dict, help_text="Where the dialogue stands.")
    topic = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="conversations")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["changed_at"], name="conversation_by_change")]

    def __str__(self) -> str:
        return f"Conversation {self.pk}, {self.opened_at:%Y-%m-%d %H:%M}"


class ConversationTurn(models.Model):
    """A turn of the person or the assistant.

    The assistant's texts are stored in the person's language, as shown to them.
    """

    class Author(models.TextChoices):
        PERSON = "person", "Person"
        ASSISTANT = "assistant", "Assistant"

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    author = models.CharField(max_length=10, choices=Author)
    text = LongFreeText()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_author_display()}, {self.at:%Y-%m-%d %H:%M}"
