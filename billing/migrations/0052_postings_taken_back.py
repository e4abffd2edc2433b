"""What a bank line posted can be taken back; bank lines are found by reference and amount."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0051_second_persons_of_agreements"),
        ("chargers", "0020_sentences_of_reports"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="clearing",
            name="clearing_line_once",
        ),
        migrations.AddField(
            model_name="clearing",
            name="reversed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="clearing",
            name="reversed_because",
            field=models.CharField(blank=True, db_default="", default="", max_length=400),
        ),
        migrations.AddField(
            model_name="clearing",
            name="reversed_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AlterField(
            model_name="clearing",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waits for a second person"),
                    ("posted", "Posted"),
                    ("declined", "Declined"),
                    ("reversed", "Taken back"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(fields=["amount_minor"], name="bankline_by_amount"),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(("reference", ""), _negated=True), fields=["reference"], name="bankline_by_reference"
            ),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(("bank_ref", ""), _negated=True), fields=["bank_ref"], name="bankline_by_bank_ref"
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["declined", "reversed"]), _negated=True),
                fields=("line",),
                name="clearing_line_once",
            ),
        ),
        # Backward: the code before knows no posting that was taken back, and two of one line only where one was declined.
        migrations.RunSQL(
            migrations.RunSQL.noop, "UPDATE billing_clearing SET state = 'declined' WHERE state = 'reversed'"
        ),
    ]
