"""The search index of tickets: the words of each ticket, and all known words."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from support.models.tickets import Ticket


class TicketIndex(models.Model):
    """The words of a ticket: number, subject and address first, then its messages. Maintained by triggers."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="index")
    search: ClassVar = SearchVectorField(null=True)
    is_learnt = models.BooleanField(default=False, db_default=False, help_text="Its words are among the known ones.")

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="ticketindex_search"),
            models.Index(fields=["ticket"], condition=Q(is_learnt=False), name="ticketindex_to_learn"),
        ]

    def __str__(self) -> str:
        return f"Words of {self.ticket_id}"


class SearchWord(models.Model):
    """A word of any ticket with its trigrams, to which words with typos are compared."""

    word = models.CharField(primary_key=True, max_length=60)
    pieces: ClassVar = ArrayField(models.CharField(max_length=3), default=list)

    class Meta:
        indexes = [GinIndex(fields=["pieces"], name="searchword_pieces")]

    def __str__(self) -> str:
        return self.word
