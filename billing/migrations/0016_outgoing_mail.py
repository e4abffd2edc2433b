"""Renames the model of mails that wait to be sent, its constraints and index, and the relations to it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0015_formats_of_payment_orders"),
        ("chargers", "0004_first_charger_models"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_once_an_address"),
        migrations.RemoveConstraint(model_name="letter", name="letter_once_a_key"),
        migrations.RemoveConstraint(model_name="letter", name="letter_about_something"),
        migrations.RemoveConstraint(model_name="letter", name="letter_sent_has_time"),
        migrations.RenameModel(old_name="Letter", new_name="OutgoingMail"),
        migrations.RenameIndex(model_name="outgoingmail", old_name="letter_due", new_name="mail_due"),
        migrations.RenameField(model_name="alertnotice", old_name="letter", new_name="mail"),
        migrations.AlterField(
            model_name="outgoingmail",
            name="receipt",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.receipt"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="driver",
            field=models.ForeignKey(
                help_text="Whose plan it is about.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="billing.driver",
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="session",
            field=models.ForeignKey(
                help_text="Which it is about, without one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="billing.session",
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="bank_account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.bankaccount"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="payout",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.payout"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="statement",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.statement"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="home_invoice",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.homeinvoice"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="home_payout",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="billing.homepayout"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="payee",
            field=models.ForeignKey(
                help_text="Whose payout agreement it is about.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="chargers.host",
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="alert_rule",
            field=models.ForeignKey(
                help_text="Which it is for.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="billing.alertrule",
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="report_run",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="mails", to="billing.reportrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=models.UniqueConstraint(fields=("receipt", "address"), name="mail_once_an_address"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True), fields=("key",), name="mail_once_a_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
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
                            models.Q(("page", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="mail_about_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="mail_sent_has_time",
            ),
        ),
    ]
