"""The processes that hold chargers' connections."""

from django.db import models


class Gateway(models.Model):
    """A running gateway process, with a heartbeat every few seconds. One without heartbeats is dead."""

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Gateway since {self.started_at:%Y-%m-%d %H:%M:%S}"
