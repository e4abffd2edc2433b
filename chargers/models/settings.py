"""Previous values of settings, and templates."""

from django.db import models

from chargers.models.hardware import Charger


class VariableChange(models.Model):
    """A setting that a charger reported with a changed value. Secret values are not stored here."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="variable_changes")
    key = models.CharField(max_length=500, help_text="As people write it: Name, or Component.Variable.")
    before = models.TextField(null=True)  # noqa: DJ001 - null: no value was reported
    after = models.TextField(null=True)  # noqa: DJ001
    at = models.DateTimeField()
    origin = models.CharField(max_length=100, blank=True, help_text="Who had ordered it; empty: not us.")

    class Meta:
        indexes = [models.Index(fields=["charger", "-at"], name="variablechange_by_charger")]

    def __str__(self) -> str:
        return f"{self.key}: {self.before} to {self.after}"


class SettingTemplate(models.Model):
    """The expected settings of a kind of charger. A pattern may contain * and ?; an empty one matches all."""

    class Family(models.TextChoices):
        V16 = "1.6", "OCPP 1.6"
        V2X = "2.x", "OCPP 2.0.1 and 2.1"

    name = models.CharField(max_length=100, unique=True)
    family = models.CharField(max_length=3, choices=Family)
    vendor = models.CharField(max_length=255, blank=True, help_text="Such as Alfen*; empty: any vendor.")
    model = models.CharField(max_length=255, blank=True, help_text="Such as Eve Single*; empty: any model.")
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class WantedSetting(models.Model):
    """A setting of a template with its expected value."""

    template = models.ForeignKey(SettingTemplate, on_delete=models.CASCADE, related_name="settings")
    key = models.CharField(max_length=500, help_text="MeterValueSampleInterval, or SampledDataCtrlr.TxUpdatedInterval.")
    value = models.CharField(max_length=2500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "key"], name="wantedsetting_once_in_template")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
