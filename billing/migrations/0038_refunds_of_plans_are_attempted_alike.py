"""A plan's refund has the states and times of a session's: asked at `sent_at`, at its end at `finished_at`."""

from django.db import migrations, models
from django.db.models import Q

STATES = [
    ("sending", "Being sent"),
    ("checking", "Being checked: the processor did not answer"),
    ("done", "Gone back"),
    ("refused", "Refused by the processor"),
    ("otherwise", "Given back another way"),
]
FORWARD = "UPDATE billing_periodrefund SET finished_at = sent_at WHERE state IN ('done', 'otherwise')"
BACKWARD = """
    UPDATE billing_periodrefund SET
        state = CASE state WHEN 'checking' THEN 'sending' ELSE state END,
        sent_at = CASE WHEN state IN ('done', 'otherwise') THEN coalesce(finished_at, sent_at) END
"""
# The constraint of the end allows the rows of the code before, which has one time only.


class Migration(migrations.Migration):
    dependencies = [("billing", "0037_payouts")]

    operations = [
        migrations.RemoveConstraint(model_name="periodrefund", name="periodrefund_ended_has_time"),
        migrations.RemoveIndex(model_name="periodrefund", name="periodrefund_unsent"),
        migrations.AddField(
            model_name="periodrefund",
            name="finished_at",
            field=models.DateTimeField(null=True, help_text="When it had gone back or was refused."),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(
            model_name="periodrefund",
            name="answered_by",
            field=models.CharField(blank=True, max_length=150, help_text="Who gave it back another way."),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="failure",
            field=models.CharField(blank=True, max_length=255, help_text="One sentence: why the processor refused it."),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="generation",
            field=models.PositiveSmallIntegerField(default=1, help_text="In the idempotency key: which attempt."),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="note",
            field=models.CharField(blank=True, max_length=400, help_text="How it was given back another way."),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="state",
            field=models.CharField(max_length=10, choices=STATES, default="sending"),
        ),
        migrations.AlterField(
            model_name="refundpart",
            name="state",
            field=models.CharField(max_length=10, choices=STATES, default="sending"),
        ),
        migrations.AlterField(
            model_name="periodrefund",
            name="sent_at",
            field=models.DateTimeField(null=True, help_text="When the processor was asked last."),
        ),
        migrations.AlterField(
            model_name="refundpart",
            name="sent_at",
            field=models.DateTimeField(null=True, help_text="When the processor was asked last."),
        ),
        migrations.AlterField(
            model_name="refundpart",
            name="finished_at",
            field=models.DateTimeField(null=True, help_text="When it had gone back or was refused."),
        ),
        migrations.AddIndex(
            model_name="periodrefund",
            index=models.Index(
                fields=["id"], condition=Q(state__in=["sending", "checking"]), name="periodrefund_unfinished"
            ),
        ),
        migrations.AddConstraint(
            model_name="periodrefund",
            constraint=models.CheckConstraint(
                condition=~Q(state="otherwise") | ~Q(note=""), name="periodrefund_otherwise_says_how"
            ),
        ),
        migrations.AddConstraint(
            model_name="periodrefund",
            constraint=models.CheckConstraint(
                condition=~Q(state__in=["done", "otherwise"]) | Q(finished_at__isnull=False) | Q(sent_at__isnull=False),
                name="periodrefund_ended_has_time",
            ),
        ),
    ]
