"""Each payout knows the oldest of what it consists of, so that its fees are found by the time of its sales."""

from django.db import migrations, models

_FILL = """
UPDATE billing_payout y SET counts_from = q.oldest FROM (
    SELECT l.payout_id, min(e.posted_at) AS oldest
    FROM billing_payoutallocation l
    JOIN billing_posting p ON p.id = l.posting_id
    JOIN billing_ledgerentry e ON e.id = p.entry_id
    GROUP BY 1
) q WHERE q.payout_id = y.id
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0069_words_of_processors")]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="counts_from",
            field=models.DateTimeField(null=True, help_text="When the oldest of what it consists of was posted."),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
