"""Which session an entry of the books is about: a payout asks it of a million entries at once."""

import django.db.models.deletion
from django.db import migrations, models

_PATHS = {
    "receipt": "billing_receipt d",
    "hold": "billing_hold d",
    "receivable": "billing_receivable d",
    "refund": "(SELECT f.id, r.session_id FROM billing_refund f JOIN billing_receipt r ON r.id = f.receipt_id) d",
    "refund_part": """(SELECT p.id, r.session_id FROM billing_refundpart p JOIN billing_refund f ON f.id = p.refund_id
        JOIN billing_receipt r ON r.id = f.receipt_id) d""",
    "dispute": "(SELECT q.id, h.session_id FROM billing_dispute q JOIN billing_hold h ON h.id = q.hold_id) d",
    "movement": """(SELECT t.id, h.session_id FROM billing_processortransaction t
        JOIN billing_hold h ON h.processor = t.processor AND h.processor_ref = t.payment_ref) d""",
}
# The entries themselves stay as they were posted; the guard that forbids every change steps aside for this one.
_FILL = """
ALTER TABLE billing_ledgerentry DISABLE TRIGGER billing_ledgerentry_grows_only;
{updates}
ALTER TABLE billing_ledgerentry ENABLE TRIGGER billing_ledgerentry_grows_only;
"""
_UPDATE = """
UPDATE billing_ledgerentry e SET session_id = d.session_id FROM {path}
    WHERE e.source_type = '{source}' AND e.source_id = d.id::text;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0035_sessions_by_decision")]

    operations = [
        migrations.AddField(
            "ledgerentry",
            "session",
            models.ForeignKey(
                help_text="Which session it is about, if about one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ledger_entries",
                to="billing.session",
            ),
        ),
        migrations.RunSQL(
            _FILL.format(updates="".join(_UPDATE.format(source=one, path=path) for one, path in _PATHS.items())),
            migrations.RunSQL.noop,
        ),
    ]
