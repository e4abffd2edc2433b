"""Hardware replaced behind its station, and the id by which such a charger was known first."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0004_first_charger_models"),
    ]

    operations = [
        migrations.AddField(
            model_name="charger",
            name="first_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Its id before its hardware was replaced first; empty: it never was.",
                max_length=48,
            ),
        ),
        migrations.AlterField(
            model_name="failedhandshake",
            name="reason",
            field=models.CharField(
                choices=[
                    ("unknown_charger", "No charger has this id"),
                    ("wrong_address", "The address is not the one that chargers connect to"),
                    ("retired", "The charger is retired"),
                    ("replaced", "The hardware with this id was replaced"),
                    ("no_credentials", "No user name and password were sent"),
                    ("wrong_user", "The user name is not the charger's id"),
                    ("wrong_password", "The password is wrong"),
                    ("no_subprotocol", "No OCPP version was offered"),
                    ("unknown_subprotocol", "None of the offered OCPP versions is known"),
                    ("too_many_tries", "Too many wrong tries from this address"),
                    ("no_tls", "The connection is not encrypted"),
                    ("bad_tls", "The encryption could not be agreed on"),
                    ("no_certificate", "No client certificate was shown"),
                    ("foreign_certificate", "The client certificate is not of our authority"),
                    ("expired_certificate", "The client certificate is not valid at this time"),
                    ("revoked_certificate", "The client certificate was revoked"),
                    ("wrong_certificate", "The client certificate is of somebody else"),
                    ("too_large", "A message was too large"),
                    ("flooded", "It sent too many messages"),
                ],
                max_length=25,
            ),
        ),
        migrations.AlterField(
            model_name="recovery",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Under way"),
                    ("recovered", "Recovered"),
                    ("reported", "Handed to people"),
                    ("given_up", "Nothing left to try"),
                    ("ended", "Switched off"),
                    ("replaced", "The hardware was replaced"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="HardwareSwap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("former_id", models.CharField(max_length=48)),
                ("new_id", models.CharField(max_length=48)),
                ("former_vendor", models.CharField(blank=True, max_length=255)),
                ("former_model", models.CharField(blank=True, max_length=255)),
                ("former_serial_number", models.CharField(blank=True, max_length=255)),
                ("former_firmware_version", models.CharField(blank=True, max_length=255)),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("by", models.CharField(help_text="Who replaced it: user:<e-mail>, api:<key>.", max_length=150)),
                ("at", models.DateTimeField()),
                (
                    "charger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hardware_swaps",
                        to="chargers.charger",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["former_id"], name="hardwareswap_by_former_id"),
                    models.Index(fields=["charger", "-at"], name="hardwareswap_by_charger"),
                    models.Index(fields=["-at"], name="hardwareswap_newest_first"),
                ],
            },
        ),
    ]
