"""A request for help, from the first sentence to its end."""

import builtins
from typing import Final

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from billing.models import Payout, Session
from chargers.models import Charger, Host, Property
from chargers.models.free_text import FreeText

FIRST_NUMBER: Final = 1000
"""Added to the key, so that the first ticket is T-1001."""


class Ticket(models.Model):
    """A request for help. `secret` opens it to each holder of the link; the state changes by conditional update only.

    What a person claims about a session counts only with a `proof`: without one they are shown nothing of it.
    """

    class State(models.TextChoices):
        NEW = "new", "New"
        OPEN = "open", "Open"
        WAITING_CUSTOMER = "waiting_customer", "Waiting for the customer"
        WAITING_HOST = "waiting_host", "Waiting for the host"
        SOLVED = "solved", "Solved"
        CLOSED = "closed", "Closed"

    class Priority(models.TextChoices):
        LOW = "low", "Low"
        NORMAL = "normal", "Normal"
        HIGH = "high", "High"
        URGENT = "urgent", "Urgent"

    class Queue(models.TextChoices):
        CHARGING = "charging", "Charging"
        BILLING = "billing", "Billing"
        ACCOUNTS = "accounts", "Accounts"
        HOSTS = "hosts", "Chargers and PMS"
        PAYOUTS = "payouts", "Payouts"

    class Origin(models.TextChoices):
        FORM = "form", "Guest page"
        PORTAL = "portal", "Portal"
        MAIL = "mail", "E-mail"
        AGENT = "agent", "An agent"
        ASSISTANT = "assistant", "The assistant"
        LADDER = "ladder", "The safe ladder"

    class Proof(models.TextChoices):
        NONE = "", "Claimed, not proved"
        LINK = "link", "The session’s own link"
        CARD = "card", "Time and last four digits"
        MAIL = "mail", "A mail from the session’s address"
        MEMBER = "member", "A member of the host"

    class Satisfaction(models.TextChoices):
        NONE = "", "Not rated"
        GOOD = "good", "Good"
        BAD = "bad", "Bad"

    LIVE = (State.NEW, State.OPEN, State.WAITING_CUSTOMER, State.WAITING_HOST)
    WAITING = (State.WAITING_CUSTOMER, State.WAITING_HOST)

    id = models.BigAutoField(primary_key=True)
    secret = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the link of the person who asked.")
    topic = models.PositiveSmallIntegerField(null=True, help_text="Its number in the catalogue; null: none fits.")
    subject = FreeText(max_length=200)
    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    queue = models.CharField(max_length=10, choices=Queue)
    origin = models.CharField(max_length=10, choices=Origin)
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets")

    asker = models.CharField(max_length=10, choices=[("guest", "Guest"), ("host", "Host")])
    email = models.EmailField(blank=True, help_text="Where answers go; empty: they stand on the ticket’s page only.")
    email_failed_at = models.DateTimeField(null=True, help_text="When a mail to that address came back.")
    language = models.CharField(max_length=5, default="en")
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    host = models.ForeignKey(Host, on_delete=models.SET_NULL, null=True, related_name="tickets")
    property = models.ForeignKey(Property, on_delete=models.SET_NULL, null=True, related_name="tickets")
    charger = models.ForeignKey(Charger, on_delete=models.SET_NULL, null=True, related_name="tickets")
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="tickets")
    payout = models.ForeignKey(Payout, on_delete=models.SET_NULL, null=True, related_name="tickets")
    diagnosis = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the facts said when it was opened: `cause` and `evidence`, in English.",
    )
    proof = models.CharField(max_length=10, choices=Proof, blank=True, default=Proof.NONE)

    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When something was last written or decided.")
    unread_since = models.DateTimeField(null=True, help_text="When the oldest message came that no agent has seen.")
    first_answer_due_at = models.DateTimeField()
    first_answered_at = models.DateTimeField(null=True)
    solve_due_at = models.DateTimeField(help_text="Moves on by the time that others let us wait.")
    waiting_since = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True, help_text="When a due time passed and the priority was raised.")
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    satisfaction = models.CharField(max_length=5, choices=Satisfaction, blank=True, default=Satisfaction.NONE)
    satisfaction_text = FreeText(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["solved"]) | Q(solved_at__isnull=False), name="ticket_solved_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="ticket_closed_has_time"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="closed") & ~Q(merged_into=F("id")),
                name="ticket_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(waiting_since=None) | Q(state__in=["waiting_customer", "waiting_host"]),
                name="ticket_waits_since",
            ),
            models.CheckConstraint(condition=Q(topic=None) | Q(topic__gte=1), name="ticket_topic_known"),
        ]
        indexes = [
            models.Index(
                fields=["queue", "first_answer_due_at"],
                condition=Q(state__in=["new", "open", "waiting_customer", "waiting_host"]),
                name="ticket_live",
            ),
            models.Index(fields=["-changed_at", "-id"], name="ticket_by_change"),
            models.Index(fields=["host", "-id"], name="ticket_by_host"),
            models.Index(fields=["charger", "-id"], name="ticket_by_charger"),
            models.Index(fields=["session"], condition=Q(session__isnull=False), name="ticket_by_session"),
            models.Index(fields=["email", "-id"], condition=~Q(email=""), name="ticket_by_email"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.subject}"

    @builtins.property
    def label(self) -> str:
        """The ticket's displayed number, such as T-1042."""
        return f"T-{FIRST_NUMBER + self.pk}"


class TicketDetail(models.Model):
    """A known detail that the topic requires."""

    class Source(models.TextChoices):
        KNOWN = "known", "Known already"
        GIVEN = "given", "Given by the person"
        FOUND = "found", "Found by an agent"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="details")
    code = models.CharField(max_length=20, help_text="Of support.topics.details.")
    value = FreeText(max_length=300)
    source = models.CharField(max_length=5, choices=Source)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "code"], name="ticketdetail_once")]

    def __str__(self) -> str:
        return f"{self.code}: {self.value}"


class TicketLink(models.Model):
    """Two tickets that are related but stay separate. The lower key comes first."""

    first = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_after")
    second = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_before")
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="ticketlink_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="ticketlink_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class TimelineLink(models.Model):
    """A temporary link by which an outsider, such as the manufacturer, reads a charger's redacted timeline."""

    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what stands in the link.")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="timeline_links")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="timelinelink_ends_after_begin"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="timelinelink_expires"),
        ]

    def __str__(self) -> str:
        return f"Timeline of {self.charger}"
