import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("chargers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField()),
                ("name", models.CharField(max_length=100)),
                ("currency", models.CharField(max_length=3)),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rates", to="chargers.host"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RateAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("guest", "Guests"),
                            ("member", "Members"),
                            ("roaming", "Roaming"),
                            ("reimbursement", "Reimbursement"),
                        ],
                        max_length=15,
                    ),
                ),
                (
                    "charger",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every charger of the property.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rate_assignments",
                        to="chargers.charger",
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rate_assignments",
                        to="chargers.property",
                    ),
                ),
                (
                    "rate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="billing.rate"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RateVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("definition", models.JSONField(help_text="As `price_session` reads it: `rate`.")),
                ("created_at", models.DateTimeField()),
                (
                    "rate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="billing.rate"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.UniqueConstraint(fields=("host", "slug"), name="rate_slug_unique_in_host"),
        ),
        migrations.AddConstraint(
            model_name="rateassignment",
            constraint=models.UniqueConstraint(
                fields=("property", "charger", "audience"), name="rateassignment_unique", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="rateassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience", ""), _negated=True), name="rateassignment_has_audience"
            ),
        ),
        migrations.AddConstraint(
            model_name="rateversion",
            constraint=models.UniqueConstraint(fields=("rate", "number"), name="rateversion_number_unique_in_rate"),
        ),
    ]
