"""The simulated processor verifies hosts before it pays them out, and knows to which bank accounts it does."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0043_statement_documents")]

    operations = [
        migrations.AddField(
            model_name="simulatedaccount",
            name="disabled_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="simulatedaccount",
            name="missing",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What it still wants to know.",
            ),
        ),
        migrations.AddField(
            model_name="simulatedaccount",
            name="name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="simulatedaccount",
            name="return_url",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Where its page sends the host back to.",
                max_length=500,
            ),
        ),
        migrations.CreateModel(
            name="SimulatedBank",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("last4", models.CharField(max_length=4)),
                ("detached_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="banks",
                        to="billing.simulatedaccount",
                    ),
                ),
            ],
        ),
    ]
