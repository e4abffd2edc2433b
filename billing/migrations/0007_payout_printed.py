"""What stood on a payout's papers when it was closed.

Of payouts that are closed already: the company before its first change after that, as the audit trail has it.
"""

from django.db import migrations, models

KEEP = """
UPDATE billing_payout SET printed = jsonb_build_object(
    'issuer', (
        SELECT COALESCE(jsonb_agg(line ORDER BY place), '[]'::jsonb)
        FROM unnest(ARRAY[COALESCE(NULLIF(known.legal_name, ''), known.name), known.legal_address, known.tax_number])
            WITH ORDINALITY AS lines(line, place)
        WHERE line <> ''
    ),
    'payee', known.payee
)
FROM (
    SELECT payout.id, host.name, COALESCE(property.name, host.name) AS payee,
        COALESCE(change.before ->> 'legal_name', host.legal_name) AS legal_name,
        COALESCE(change.before ->> 'legal_address', host.legal_address) AS legal_address,
        COALESCE(change.before ->> 'tax_number', host.tax_number) AS tax_number
    FROM billing_payout payout
    JOIN chargers_host host ON host.id = payout.host_id
    LEFT JOIN chargers_property property ON property.id = payout.property_id
    LEFT JOIN LATERAL (
        SELECT before FROM support_auditentry entry
        WHERE entry.host_id = host.id AND entry.verb = 'host.company_changed' AND entry.at > payout.calculated_at
        ORDER BY entry.at, entry.id LIMIT 1
    ) change ON true
    WHERE payout.calculated_at IS NOT NULL
) known
WHERE known.id = billing_payout.id
"""


class Migration(migrations.Migration):
    dependencies = [("authorization", "0002_audit_only_grows"), ("billing", "0006_first_thresholds")]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="printed",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="The company and the payee as its papers name them, as they were when it was closed.",
            ),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
