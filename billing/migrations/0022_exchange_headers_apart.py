"""Stores the headers of a request and of its answer apart, and the version of OCPI.

`deviations` was never filled: what deviates is told from the exchange itself. Its column stays for processes that still
run the code before, and goes with a later migration.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0021_guest_domains")]

    operations = [
        migrations.AddField(
            model_name="roamingexchange",
            name="version",
            field=models.CharField(
                blank=True, db_default="", help_text="Of OCPI; empty: none is known.", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="roamingexchange",
            name="answer_headers",
            field=models.JSONField(
                help_text="Null: no answer; or written before they were stored apart from the request's.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="roamingexchange",
            name="headers",
            field=models.JSONField(default=dict, help_text="Of the request."),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterField(
                    model_name="roamingexchange",
                    name="deviations",
                    field=models.JSONField(db_default=models.Value([], models.JSONField())),
                ),
            ],
            state_operations=[migrations.RemoveField(model_name="roamingexchange", name="deviations")],
        ),
    ]
