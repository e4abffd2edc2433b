"""An outlet belongs to the guest whose money is held first, and no longer to the first form that was sent."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def take_outlets(apps: Any, _editor: Any) -> None:
    """Guests who had paid and not plugged in yet keep the outlet that they have."""
    waiting = apps.get_model("billing", "Session").objects.filter(state="waiting", audience="guest")
    paid = waiting.filter(holds__role="main", holds__state="authorised")
    waiting.filter(pk__in=paid.values("pk")).update(outlet_taken_at=F("opened_at"))


def end_unpaid(apps: Any, _editor: Any) -> None:
    """The older rule knows one guest at an outlet: who has not paid gives way."""
    waiting = apps.get_model("billing", "Session").objects.filter(state="waiting", audience="guest")
    waiting.filter(outlet_taken_at=None).update(state="failed", state_reason="The payment was not finished.")


class Migration(migrations.Migration):
    dependencies = [("billing", "0028_idle_notices")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="outlet_taken_at",
            field=models.DateTimeField(help_text="When the guest's money was held, and so the outlet.", null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="order_key",
            field=models.UUIDField(
                help_text="Of the form that was sent: sent again, it leads to the same session.",
                null=True,
                unique=True,
            ),
        ),
        migrations.RemoveConstraint(model_name="session", name="session_one_guest_at_an_evse"),
        migrations.RunPython(take_outlets, end_unpaid),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                condition=Q(outlet_taken_at__isnull=False, state="waiting"),
                fields=("charger", "evse_number"),
                name="session_one_paid_guest_at_an_outlet",
                nulls_distinct=False,
            ),
        ),
    ]
