"""Letters about changes of hosts' bank accounts."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0044_onboarding_at_processors")]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_about_something"),
        migrations.AddField(
            model_name="letter",
            name="bank_account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="billing.bankaccount",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=Q(receipt__isnull=False)
                | ~Q(key="")
                & (
                    Q(driver__isnull=False)
                    | Q(session__isnull=False)
                    | Q(bank_account__isnull=False)
                    | Q(payout__isnull=False)
                    | Q(statement__isnull=False)
                ),
                name="letter_about_something",
            ),
        ),
        # Backward: the code before has no place for them.
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM billing_letter WHERE bank_account_id IS NOT NULL"),
    ]
