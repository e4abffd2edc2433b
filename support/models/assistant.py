"""Conversations with the assistant, and the knowledge base that it links to."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from authorization.models import User
from billing.models import Payout, Session
from chargers.models import Charger, Host, Property
from chargers.models.free_text import FreeText
from support.models.conversation import LongFreeText
from support.models.tickets import Ticket


class Conversation(models.Model):
    """A conversation with the assistant. `secret` opens it to each holder of the link, where no `user` is named."""

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
    """What one of the two wrote. The assistant's texts are kept in the person's language, as they were read."""

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


class Article(models.Model):
    """An article of the knowledge base, for one audience in one language. Its newest revision is what is shown."""

    class Audience(models.TextChoices):
        GUEST = "guest", "Guests"
        HOST = "host", "Hosts"
        AGENT = "agent", "Agents"

    key = models.SlugField(max_length=40, help_text="The code of its topic.")
    topic = models.PositiveSmallIntegerField(null=True, blank=True)
    audience = models.CharField(max_length=10, choices=Audience)
    language = models.CharField(max_length=10)
    title = FreeText(max_length=200)
    text = LongFreeText(help_text="Paragraphs; lines that begin with “- ” are a list, with “# ” a heading.")
    search = SearchVectorField(null=True, help_text="Its words by the language’s stems, without accents.")
    parts = ArrayField(models.CharField(max_length=3), default=list, help_text="Parts of its words, for typos.")
    helped = models.PositiveIntegerField(default=0)
    helped_not = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "audience", "language"], name="article_once"),
            models.CheckConstraint(condition=Q(topic=None) | Q(topic__gte=1, topic__lte=10), name="article_topic"),
        ]
        indexes = [GinIndex(fields=["search"], name="article_search"), GinIndex(fields=["parts"], name="article_parts")]

    def __str__(self) -> str:
        return f"{self.title} ({self.audience}, {self.language})"


class ArticleRevision(models.Model):
    """A text that the article had, from when on. Rows are only added."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = FreeText(max_length=200)
    text = LongFreeText()
    note = FreeText(max_length=200, blank=True, help_text="What was changed, and why.")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=254, help_text="Who wrote it; “shipped”: it came with the software.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="articlerevision_numbered")]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"
