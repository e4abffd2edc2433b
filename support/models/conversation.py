"""A ticket's messages and files, and agents' drafts, presence and macros."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

from authorization.models import User
from chargers.models.free_text import FreeText
from chargers.text import card_numbers
from support.models.tickets import Ticket

if TYPE_CHECKING:
    _Text = models.TextField[str | Combinable, str]
else:
    _Text = models.TextField


class LongFreeText(_Text):
    """A TextField for text that people type: payment card numbers are masked on every write, as in FreeText."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return card_numbers.mask(prepared) if isinstance(prepared, str) else prepared

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = card_numbers.mask(value)
            setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        """Presents the field to migrations as the TextField that it is in the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class TicketMessage(models.Model):
    """One message of a ticket. An agent's reply can be withdrawn until `released_at`; then it is shown and mailed."""

    class Kind(models.TextChoices):
        PUBLIC = "public", "Reply"
        INTERNAL = "internal", "Internal note"

    class Author(models.TextChoices):
        AGENT = "agent", "Agent"
        GUEST = "guest", "Guest"
        HOST = "host", "Host"
        SYSTEM = "system", "System"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `written_at`.")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind)
    author = models.CharField(max_length=10, choices=Author)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    name = FreeText(max_length=150, blank=True, help_text="Whom readers see; of a mail: its address.")
    text = LongFreeText()
    written_at = models.DateTimeField()
    released_at = models.DateTimeField(help_text="From when others read it.")
    withdrawn_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When its mail was put into the outbox.")
    message_id = models.CharField(max_length=255, blank=True, help_text="Of its mail, in or out.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message_id"], condition=~Q(message_id=""), name="ticketmessage_mail_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("released_at")),
                name="ticketmessage_withdrawn_early",
            ),
            models.CheckConstraint(
                condition=Q(mailed_at=None) | Q(withdrawn_at=None), name="ticketmessage_withdrawn_not_mailed"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="ticketmessage_by_ticket"),
            models.Index(
                fields=["released_at"],
                condition=Q(kind="public", author="agent", mailed_at=None, withdrawn_at=None),
                name="ticketmessage_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_author_display()} on {self.ticket_id}, {self.written_at:%Y-%m-%d %H:%M}"


class Attachment(models.Model):
    """A file of a message.

    Its type is derived from its bytes; it is stored in `DATA_DIR/attachments` under the row's id.
    """

    id = models.UUIDField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(TicketMessage, on_delete=models.CASCADE, null=True, related_name="attachments")
    name = FreeText(max_length=100)
    media_type = models.CharField(max_length=60, help_text="By content, never as it was declared.")
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """An agent's unsent text on a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = LongFreeText()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="draft_one_an_agent")]

    def __str__(self) -> str:
        return f"Draft of {self.user} on {self.ticket_id}"


class Presence(models.Model):
    """An agent who has the ticket open, and whether they are writing."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    writing_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="presence_one_an_agent")]

    def __str__(self) -> str:
        return f"{self.user} at {self.ticket_id}"


class Macro(models.Model):
    """A stored text for replies. Placeholders such as {station} are filled from the ticket's facts."""

    name = FreeText(max_length=100, unique=True)
    topic = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Offered for this topic; empty: always.")
    text = LongFreeText(
        help_text="Placeholders: {reference}, {station}, {property}, {state}, {date}, {amount}, {breakdown}, "
        "{reason}, {next_steps}, {link}."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(topic=None) | Q(topic__gte=1), name="macro_topic")]

    def __str__(self) -> str:
        return self.name
