"""Letters with invoices to employers and statements to employees."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0049_clearings_of_suspense"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_about_something",
        ),
        migrations.AddField(
            model_name="letter",
            name="home_invoice",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="billing.homeinvoice"
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="home_payout",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="billing.homepayout"
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
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="letter_about_something",
            ),
        ),
        # Backward: the code before has no place for them.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "DELETE FROM billing_letter WHERE home_invoice_id IS NOT NULL OR home_payout_id IS NOT NULL",
        ),
        # A payout that was carried and taken over by the next one is expected on no day of its own.
        migrations.RunSQL(
            """UPDATE billing_payout SET expected_on = NULL WHERE state = 'carried' AND expected_on IS NOT NULL
            AND NOT EXISTS (SELECT FROM billing_payoutcarry c WHERE c.payout_id = billing_payout.id
                AND c.taken_by_id IS NULL)""",
            migrations.RunSQL.noop,
        ),
    ]
