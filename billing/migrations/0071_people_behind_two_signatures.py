"""Two people are compared by their accounts: those of today's rows are found by the address, or the key, that they name.

Where a former address was used, the row keeps its words alone.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_SIGNED = (
    ("bankaccount", "entered"), ("bankaccount", "confirmed"), ("payoutagreement", "made"), ("payoutagreement", "second"),
    ("payout", "approved"), ("payout", "second"), ("refund", "asked"), ("refund", "answered"), ("clearing", "asked"),
    ("clearing", "second"),
)  # fmt: skip
_FOUND = """
    UPDATE billing_{table} AS signed SET {part}_person_id = COALESCE(
        (SELECT id FROM authorization_user WHERE 'user:' || email = signed.{part}_by),
        (SELECT made_by_id FROM authorization_apikey WHERE 'api:' || prefix = signed.{part}_by)
    ) WHERE {part}_by <> ''
"""
_FORWARD = [_FOUND.format(table=table, part=part) for table, part in _SIGNED]
_TWICE = """
    UPDATE billing_{table} SET {second}_person_id = NULL WHERE {second}_person_id = {first}_person_id
"""
_APART = [
    _TWICE.format(table=table, first=first, second=second)
    for table, first, second in (
        ("bankaccount", "entered", "confirmed"), ("payoutagreement", "made", "second"), ("payout", "approved", "second"),
        ("refund", "asked", "answered"), ("clearing", "asked", "second"),
    )
]  # fmt: skip
"""A person who asked by a key and agreed by login, before that was compared, is named by the words alone."""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0070_payouts_count_from"),
        ("chargers", "0030_ladder_of_a_charger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="bankaccount",
            name="confirmed_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="entered_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="asked_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="second_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="payout",
            name="approved_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="payout",
            name="second_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="payoutagreement",
            name="made_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="payoutagreement",
            name="second_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="answered_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="asked_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunSQL([*_FORWARD, *_APART], migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_person", models.F("entered_person")), _negated=True),
                name="bankaccount_two_accounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_person", models.F("asked_person")), _negated=True),
                name="clearing_two_accounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_person", models.F("approved_person")), _negated=True),
                name="payout_two_accounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_person", models.F("made_person")), _negated=True),
                name="payoutagreement_two_accounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("answered_person", models.F("asked_person")), _negated=True),
                name="refund_two_accounts",
            ),
        ),
    ]
