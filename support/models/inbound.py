"""Incoming mails."""

from django.db import models

from chargers.models.free_text import FreeText
from support.models.conversation import TicketMessage
from support.models.tickets import Ticket


class InboundMail(models.Model):
    """An incoming mail, in full, and what was done with it. The same mail is stored once."""

    class Outcome(models.TextChoices):
        TICKET = "ticket", "Opened a ticket"
        MESSAGE = "message", "Added to a ticket"
        NOTE = "note", "Noted on a ticket: written by a machine"
        BOUNCE = "bounce", "A mail of ours came back"
        OWN = "own", "Our own mail: ignored"
        MACHINE = "machine", "Written by a machine: ignored"
        NO_SENDER = "no_sender", "No usable sender"
        TOO_MANY = "too_many", "Too many from one sender: kept, no ticket"
        UNREADABLE = "unreadable", "Cannot be read"
        FAILED = "failed", "Set aside: something failed, it is tried again"

    class Check(models.TextChoices):
        """The values of support.mailbox.authentication; their labels are ends of sentences."""

        BEFORE = "", "it came before senders of mails were checked here"
        DMARC = "dmarc", "our mail server confirms its sender by DMARC"
        DKIM = "dkim", "our mail server confirms its sender by the signature of their domain (DKIM)"
        OFF = "off", "nothing checks the senders of mails here (MAIL_AUTHSERV_ID is not set)"
        MISSING = "missing", "our mail server has written no check of its sender on it"
        FAILED = "failed", "our mail server’s check did not confirm its sender: anybody may have written it"
        UNCLEAR = "unclear", "it names several senders, or none"

    PROVES = (Check.DMARC, Check.DKIM)

    id = models.UUIDField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the Message-ID, else of the mail.")
    received_at = models.DateTimeField()
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    raw = models.BinaryField(help_text="The mail as the server had it, at most its first megabytes.")
    sender_check = models.CharField(max_length=10, choices=Check, blank=True, default=Check.BEFORE)
    outcome = models.CharField(max_length=12, choices=Outcome)
    problem = FreeText(max_length=200, blank=True, default="", help_text="Why it could not be read, or what failed.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it failed.")
    retry_at = models.DateTimeField(null=True, help_text="When one that failed is tried again; null: no more.")
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="mails")
    message = models.ForeignKey(TicketMessage, on_delete=models.SET_NULL, null=True, related_name="mails")

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"
