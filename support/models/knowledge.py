"""Articles of the knowledge base: their texts by language, all versions, and readers' answers."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from authorization.models import User
from chargers.models.free_text import FreeText
from support.models.conversation import LongFreeText


class Article(models.Model):
    """An article for one audience. `topic` or `reason` tells its subject; without either, an agent added it."""

    class Audience(models.TextChoices):
        GUEST = "guest", "Guests"
        HOST = "host", "Hosts"
        AGENT = "agent", "Agents"

    slug = models.SlugField(max_length=60)
    audience = models.CharField(max_length=5, choices=Audience)
    topic = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Its number in the catalogue of topics.")
    reason = models.CharField(max_length=40, blank=True, help_text="A code of the catalogue of reasons.")
    is_published = models.BooleanField(default=True, help_text="Not published: only agents see it.")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "slug"], name="article_slug_once"),
            models.UniqueConstraint(fields=["audience", "reason"], condition=~Q(reason=""), name="article_reason_once"),
            models.CheckConstraint(condition=Q(topic=None) | Q(topic__gte=1), name="article_topic"),
            models.CheckConstraint(condition=Q(topic=None) | Q(reason=""), name="article_one_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} for {self.get_audience_display().lower()}"


class ArticleText(models.Model):
    """The current text in one language. A reason's article has its title and steps from the catalogue.

    `search`, `words` and `trigrams` are derived from all that a reader sees; `indexed_hash` is its hash.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=5)
    title = FreeText(max_length=200, blank=True)
    summary = FreeText(max_length=300, blank=True)
    body = LongFreeText(blank=True, help_text="Markdown; HTML in it is shown as text.")
    version = models.PositiveIntegerField(help_text="The number of the version that stands.")
    is_edited = models.BooleanField(default=False, help_text="An agent wrote it: a new release leaves it alone.")
    changed_at = models.DateTimeField()
    search: ClassVar = SearchVectorField(null=True)
    words: ClassVar = ArrayField(models.TextField(), default=list)
    trigrams: ClassVar = ArrayField(models.CharField(max_length=3), default=list)
    indexed_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="articletext_once")]
        indexes = [
            GinIndex(fields=["search"], name="articletext_search"),
            GinIndex(fields=["trigrams"], name="articletext_trigrams"),
        ]

    def __str__(self) -> str:
        return f"{self.article} ({self.language})"


class ArticleVersion(models.Model):
    """A stored version of a text. Rows are only added."""

    text = models.ForeignKey(ArticleText, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = FreeText(max_length=200, blank=True)
    summary = FreeText(max_length=300, blank=True)
    body = LongFreeText(blank=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.CharField(max_length=254, help_text="The agent’s address; “release” for a text that came with one.")
    reason = FreeText(max_length=300, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "number"], name="articleversion_once")]

    def __str__(self) -> str:
        return f"Version {self.number} of {self.text_id}"


class ArticleAnswer(models.Model):
    """A reader's answer to "Did this help?"; one per visitor, the last one counts."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="answers")
    visitor = models.CharField(max_length=64, help_text="A hash: of a random cookie, or of an account’s key.")
    language = models.CharField(max_length=5)
    helped = models.BooleanField()
    text = FreeText(max_length=300, blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "visitor"], name="articleanswer_one_a_visitor")]

    def __str__(self) -> str:
        return "It helped" if self.helped else "It did not help"
