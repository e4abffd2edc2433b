"""What the card processor says of a payout is kept apart from the sentence that its host reads."""

from django.db import migrations, models
from django.db.models import F, Q

_OURS = Q(waits_for="The host's account at the card processor is not ready yet.") | Q(
    waits_for__startswith="It is not sent yet:"
)
_INSTEAD = (
    "The money is not available at the card processor yet. It is tried again by itself every few minutes: you need to "
    "do nothing."
)


def move(apps, _schema_editor):
    """The next round writes the sentence anew."""
    payouts = apps.get_model("billing", "Payout").objects
    said = payouts.filter(way="processor").exclude(waits_for="").exclude(_OURS)
    said.update(processor_says=F("waits_for"), waits_for=_INSTEAD)


class Migration(migrations.Migration):
    dependencies = [("billing", "0068_one_agreement_a_beginning")]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="processor_says",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="In its own words; for agents only.", max_length=400
            ),
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
    ]
