"""Links by which companions watch running sessions: stored until the session is over."""

from django.db import models

from billing.models.sessions import Session


class CompanionLink(models.Model):
    """The link of one session. Whoever opens it sees energy, time and power; the cost only if the guest chose so."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="companion_link")
    secret_hash = models.CharField(max_length=64, unique=True)
    shows_cost = models.BooleanField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"A companion's link of {self.session}"
