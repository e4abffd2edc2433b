"""Audit entries belong to people, below all apps that write them. The table stays where it is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authorization", "0015_enrolment_links"), ("support", "0002_audit_only_grows")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "actor",
                            models.CharField(
                                help_text="user:<e-mail>, api:<key prefix>, guest, system.", max_length=150
                            ),
                        ),
                        ("verb", models.CharField(help_text="Such as token.added or charger.command.", max_length=60)),
                        ("subject_type", models.CharField(max_length=40)),
                        ("subject_id", models.CharField(max_length=64)),
                        ("subject_label", models.CharField(max_length=200)),
                        ("before", models.JSONField(blank=True, null=True)),
                        ("after", models.JSONField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "host",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="audit_entries",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "support_auditentry",
                        "verbose_name_plural": "audit entries",
                        "indexes": [
                            models.Index(fields=["host", "-at"], name="auditentry_by_host"),
                            models.Index(fields=["subject_type", "subject_id", "-at"], name="auditentry_by_subject"),
                        ],
                    },
                ),
            ],
        ),
    ]
