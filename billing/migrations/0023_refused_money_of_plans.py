"""What the processor would not give back of a plan has a state that agents see, and an answer."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0022_movements_of_plans")]

    operations = [
        migrations.AddField(
            model_name="periodrefund",
            name="state",
            field=models.CharField(
                choices=[
                    ("sending", "On its way"),
                    ("done", "Gone back"),
                    ("refused", "Refused by the processor"),
                    ("otherwise", "Given back another way"),
                ],
                db_default="sending",
                default="sending",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="periodrefund",
            name="generation",
            field=models.PositiveSmallIntegerField(
                db_default=1, default=1, help_text="In the idempotency key: which attempt."
            ),
        ),
        migrations.AddField(
            model_name="periodrefund",
            name="failure",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="One sentence: why the processor refused it.",
                max_length=255,
            ),
        ),
        migrations.AddField(
            model_name="periodrefund",
            name="note",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="How it was given back another way.", max_length=400
            ),
        ),
        migrations.AddField(
            model_name="periodrefund",
            name="answered_by",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Who gave it back another way.", max_length=150
            ),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="sent_at",
            field=models.DateTimeField(
                null=True, help_text="When the processor had taken it, or a person gave it back."
            ),
        ),
        migrations.RunSQL(
            "UPDATE billing_periodrefund SET state = 'done' WHERE sent_at IS NOT NULL", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name="periodrefund",
            constraint=models.CheckConstraint(
                condition=Q(state="sending")
                | Q(state="refused", sent_at=None)
                | Q(state__in=["done", "otherwise"], sent_at__isnull=False),
                name="periodrefund_ended_has_time",
            ),
        ),
    ]
