"""Alerts: incidents, rules, notices and reports by mail, and letters about them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0054_attention_marks"),
        ("chargers", "0022_state_spans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phase", models.CharField(choices=[("opened", "Began"), ("cleared", "Over")], max_length=8)),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(help_text="The end of the quiet hours, where it came in them.")),
                (
                    "queued_at",
                    models.DateTimeField(help_text="When it was handed to the outbox or the webhook queue.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kinds", models.JSONField(help_text="Values of AlertKind.")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "E-mail"), ("webhook", "Webhook")], default="email", max_length=8
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="How long an outage lasts before it counts."
                    ),
                ),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_to", models.TimeField(null=True)),
                (
                    "time_zone",
                    models.CharField(help_text="IANA name; of the quiet hours and of times in mails.", max_length=50),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("offline", "A charger is offline"),
                            ("faulted", "A charger or connector is faulted"),
                            ("start_failures", "Several starts in a row were refused"),
                            ("complaint", "A guest says that something is wrong"),
                            ("held", "A session is held for review"),
                            ("licence", "A licence ends within 30 days"),
                            ("payout", "A payout failed"),
                            ("sync", "A connection to another system is broken"),
                        ],
                        max_length=15,
                    ),
                ),
                ("key", models.CharField(help_text="What it is about; one is open for each.", max_length=120)),
                ("title", models.CharField(help_text="The name of the thing, such as SUN001.", max_length=120)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("page", models.CharField(help_text="Where in the portal it is put right.", max_length=200)),
                ("began_at", models.DateTimeField()),
                (
                    "gone_at",
                    models.DateTimeField(
                        help_text="When it was last seen to be over, while it may come back.", null=True
                    ),
                ),
                ("cleared_at", models.DateTimeField(null=True)),
                (
                    "times",
                    models.PositiveIntegerField(
                        default=1, help_text="How often it came back within the same incident, and 1."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReportSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cycle",
                    models.CharField(
                        choices=[
                            ("weekly", "Every Monday, of the week before"),
                            ("monthly", "On the 1st, of the month before"),
                        ],
                        max_length=8,
                    ),
                ),
                ("time_zone", models.CharField(help_text="IANA name: whose days the periods have.", max_length=50)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_about_something",
        ),
        migrations.AddField(
            model_name="alertnotice",
            name="letter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alert_notices",
                to="billing.letter",
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="endpoint",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="alert_rules",
                to="billing.webhookendpoint",
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="alert_rules", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="properties",
            field=models.ManyToManyField(blank=True, help_text="None: all.", related_name="+", to="chargers.property"),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="alert_rules", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="alertnotice",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="billing.alertrule"
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="alert_rule",
            field=models.ForeignKey(
                help_text="Which it is for.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letters",
                to="billing.alertrule",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="charger",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="chargers.charger"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="property",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="chargers.property"
            ),
        ),
        migrations.AddField(
            model_name="alertnotice",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="billing.incident"
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="report_run",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="letters", to="billing.reportrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("receipt__isnull", False),
                    models.Q(
                        models.Q(("key", ""), _negated=True),
                        models.Q(
                            ("driver__isnull", False),
                            ("session__isnull", False),
                            ("bank_account__isnull", False),
                            ("payout__isnull", False),
                            ("statement__isnull", False),
                            ("home_invoice__isnull", False),
                            ("home_payout__isnull", False),
                            ("payee__isnull", False),
                            ("alert_rule__isnull", False),
                            ("report_run__isnull", False),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="letter_about_something",
            ),
        ),
        migrations.AddField(
            model_name="reportschedule",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="report_schedules", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="reportschedule",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="report_schedules",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="billing.reportschedule"
            ),
        ),
        migrations.AddIndex(
            model_name="alertrule",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["host"], name="alertrule_live"),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "email"), ("endpoint", None)),
                    models.Q(("channel", "webhook"), ("endpoint__isnull", False)),
                    _connector="OR",
                ),
                name="alertrule_channel_has_its_endpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from", None), ("quiet_to", None)),
                    models.Q(("quiet_from__isnull", False), ("quiet_to__isnull", False)),
                    _connector="OR",
                ),
                name="alertrule_quiet_hours_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["host", "-id"], name="incident_by_host"),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cleared_at", None)), fields=("host", "key"), name="incident_one_open_of_a_thing"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("cleared_at", None), ("gone_at", models.F("cleared_at")), _connector="OR"),
                name="incident_gone_first",
            ),
        ),
        migrations.AddIndex(
            model_name="alertnotice",
            index=models.Index(condition=models.Q(("queued_at", None)), fields=["due_at"], name="alertnotice_due"),
        ),
        migrations.AddConstraint(
            model_name="alertnotice",
            constraint=models.UniqueConstraint(fields=("rule", "incident", "phase"), name="alertnotice_once"),
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("host", "user", "cycle"), name="reportschedule_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.UniqueConstraint(fields=("schedule", "begins_at"), name="reportrun_once_a_period"),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("begins_at"))), name="reportrun_in_order"
            ),
        ),
    ]
