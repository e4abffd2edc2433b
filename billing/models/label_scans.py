"""How often the QR codes of labels are scanned."""

from django.db import models

from chargers.models import Charger


class LabelScans(models.Model):
    """The scans of one label on one day of the property. Connector 0 is the label of the whole charger."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="label_scans", db_index=False)
    connector = models.PositiveSmallIntegerField(default=0)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["charger", "day", "connector"], name="labelscans_one_a_day")]

    def __str__(self) -> str:
        return f"{self.count} scans on {self.day}"
