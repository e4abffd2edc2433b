"""The company as an invoice of home charging names it, as it was when the invoice was issued.

Of invoices that were issued already: the company before its first change after that, as the audit trail has it.
"""

from django.db import migrations, models

_KEEP = """
UPDATE billing_homeinvoice SET printed = jsonb_build_object(
    'issuer', (
        SELECT COALESCE(jsonb_agg(line ORDER BY place), '[]'::jsonb)
        FROM unnest(ARRAY[COALESCE(NULLIF(known.legal_name, ''), known.name), known.legal_address, known.tax_number])
            WITH ORDINALITY AS lines(line, place)
        WHERE line <> ''
    )
)
FROM (
    SELECT invoice.id, host.name,
        COALESCE(change.before ->> 'legal_name', host.legal_name) AS legal_name,
        COALESCE(change.before ->> 'legal_address', host.legal_address) AS legal_address,
        COALESCE(change.before ->> 'tax_number', host.tax_number) AS tax_number
    FROM billing_homeinvoice invoice
    JOIN chargers_host host ON host.id = invoice.host_id
    LEFT JOIN LATERAL (
        SELECT before FROM support_auditentry entry
        WHERE entry.host_id = host.id AND entry.verb = 'host.company_changed' AND entry.at > invoice.issued_at
        ORDER BY entry.at, entry.id LIMIT 1
    ) change ON true
) known
WHERE known.id = billing_homeinvoice.id;
"""


class Migration(migrations.Migration):
    dependencies = [("authorization", "0002_audit_only_grows"), ("billing", "0008_letters_without_a_server")]

    operations = [
        migrations.AddField(
            model_name="homeinvoice",
            name="printed",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="The company as its papers name it, as it was when it was issued.",
            ),
        ),
        migrations.RunSQL(_KEEP, migrations.RunSQL.noop),
    ]
