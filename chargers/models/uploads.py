"""Files that chargers send on request."""

from django.db import models

from chargers.models.hardware import Charger
from chargers.models.wire import Command


class Upload(models.Model):
    """A link to which a charger may upload one file, once, until it expires; then the uploaded file.

    Only a hash of the link's secret is stored. The file is in `DATA_DIR/uploads` under the row's id.
    """

    id = models.UUIDField(primary_key=True)
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="uploads")
    command = models.ForeignKey(Command, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads")
    kind = models.CharField(max_length=40, help_text="What was asked for, such as DiagnosticsLog.")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    file_name = models.CharField(max_length=255, blank=True, help_text="As the charger named it.")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["charger", "-created_at"], name="upload_by_charger")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.charger}"
