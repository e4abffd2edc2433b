import django.db.models.deletion
from django.db import migrations, models

_TOPICS = {
    "BootNotification": "boot",
    "SecurityEventNotification": "security",
    "NotifyEvent": "monitoring",
    "FirmwareStatusNotification": "firmware",
    "SignedFirmwareStatusNotification": "firmware",
    "LogStatusNotification": "upload",
    "DiagnosticsStatusNotification": "upload",
}


def name_topics(apps, _schema_editor):
    events = apps.get_model("chargers", "ChargerEvent").objects
    for kind, topic in _TOPICS.items():
        events.filter(kind=kind, topic="").update(topic=topic)


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0002_host_legal_details"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventStream",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream_id", models.BigIntegerField(help_text="The charger's number for it.")),
                (
                    "monitor_id",
                    models.BigIntegerField(blank=True, help_text="The variable monitoring that it reports.", null=True),
                ),
                ("interval_s", models.IntegerField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("last_at", models.DateTimeField(blank=True, null=True)),
                ("last_value", models.CharField(blank=True, max_length=255)),
                (
                    "pending",
                    models.BigIntegerField(blank=True, help_text="Values that wait in the charger.", null=True),
                ),
                ("count", models.PositiveBigIntegerField(default=0, help_text="Values received since it was opened.")),
                ("recent", models.JSONField(default=list)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_id_unique_in_charger",
        ),
        migrations.AddField(
            model_name="charger",
            name="clock_measured_at",
            field=models.DateTimeField(blank=True, help_text="Null: its clock was never compared.", null=True),
        ),
        migrations.AddField(
            model_name="chargerevent",
            name="evse_number",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="chargerevent",
            name="request_id",
            field=models.BigIntegerField(blank=True, help_text="The request of ours that it answers to.", null=True),
        ),
        migrations.AddField(
            model_name="chargerevent",
            name="state",
            field=models.CharField(blank=True, help_text="The charger's own word for how it stands.", max_length=60),
        ),
        migrations.AddField(
            model_name="chargerevent",
            name="topic",
            field=models.CharField(
                blank=True,
                choices=[
                    ("boot", "Restarts"),
                    ("firmware", "Firmware"),
                    ("upload", "Logs and diagnostics"),
                    ("security", "Security"),
                    ("monitoring", "Monitored values"),
                    ("settings", "Settings"),
                    ("limits", "Limits and charging profiles"),
                    ("reservation", "Reservations"),
                    ("display", "Messages on its screen"),
                    ("customer", "Data about customers"),
                    ("certificates", "Certificates and contracts"),
                    ("payment", "Payments and invoices"),
                    ("grid", "Grid and batteries"),
                    ("vendor", "The maker's own messages"),
                    ("protocol", "Answers of ours"),
                    ("", "Other"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="chargerevent",
            name="transaction_ref",
            field=models.CharField(blank=True, help_text="The transaction in it, as on the wire.", max_length=255),
        ),
        migrations.AddField(
            model_name="transaction",
            name="reuse",
            field=models.PositiveIntegerField(
                default=0, help_text="How often the charger had used this id before (2.x)."
            ),
        ),
        migrations.AddIndex(
            model_name="chargerevent",
            index=models.Index(fields=["charger", "-id"], name="chargerevent_by_receipt"),
        ),
        migrations.AddIndex(
            model_name="chargerevent",
            index=models.Index(fields=["charger", "topic", "-id"], name="chargerevent_by_topic"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                fields=("charger", "transaction_id", "reuse"), name="transaction_id_unique_in_charger"
            ),
        ),
        migrations.AddField(
            model_name="eventstream",
            name="charger",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="streams", to="chargers.charger"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventstream",
            constraint=models.UniqueConstraint(fields=("charger", "stream_id"), name="eventstream_unique_in_charger"),
        ),
        migrations.RunPython(name_topics, migrations.RunPython.noop, elidable=True),
    ]
