"""A version of an agreement waits for a second person; letters about agreements."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0050_statements_of_home_charging_by_mail"),
        ("chargers", "0020_sentences_of_reports"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_about_something",
        ),
        migrations.AddField(
            model_name="letter",
            name="payee",
            field=models.ForeignKey(
                help_text="Whose payout agreement it is about.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="chargers.host",
            ),
        ),
        migrations.AddField(
            model_name="payoutagreement",
            name="second_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payoutagreement",
            name="second_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField(
            model_name="payoutagreement",
            name="state",
            field=models.CharField(
                choices=[("waiting", "Waits for a second person"), ("agreed", "Agreed")],
                db_default="agreed",
                default="agreed",
                help_text="A version that waits is not in force.",
                max_length=7,
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
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="letter_about_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("host", "property", "currency"),
                name="payoutagreement_one_waits",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_by", models.F("made_by")), _negated=True),
                name="payoutagreement_second_person",
            ),
        ),
        # Backward: the code before would take a version that waits for one in force, and has no place for the letters.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "DELETE FROM billing_payoutagreement WHERE state = 'waiting';"
            "DELETE FROM billing_letter WHERE payee_id IS NOT NULL",
        ),
    ]
