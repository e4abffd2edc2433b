"""Uses of the tools of a ticket's page."""

from django.db import models

from authorization.models import User
from chargers.models.free_text import FreeText
from support.models.tickets import Ticket


class ToolUse(models.Model):
    """One use of a tool, from the confirmed page to its result.

    The key is the form's, so sending it twice acts once.
    """

    class State(models.TextChoices):
        BEGUN = "begun", "Begun"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, help_text="Of the form that was confirmed.")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tool_uses")
    tool = models.CharField(max_length=20, help_text="Its key.")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = FreeText(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.BEGUN)
    result = FreeText(max_length=1000, blank=True, help_text="What happened, or why nothing did.")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ticket", "begun_at"], name="tooluse_by_ticket")]

    def __str__(self) -> str:
        return f"{self.tool} on {self.ticket_id}, {self.get_state_display().lower()}"
