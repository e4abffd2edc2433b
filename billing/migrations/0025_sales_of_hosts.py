"""What a host collects itself has accounts of its own, and its receipts say so."""

from django.db import migrations, models

CODES = [
    ("guest_receivable", "Owed by drivers"),
    ("roaming_receivable", "Owed by roaming partners"),
    ("employer_receivable", "Owed by employers"),
    ("processor_clearing", "At the card processor"),
    ("processor_fees", "Fees of the card processor"),
    ("tax_payable", "Taxes to remit"),
    ("host_payable", "Owed to the host"),
    ("host_reserve", "Kept back for the host"),
    ("employee_payable", "Owed to employees"),
    ("platform_revenue", "Earned by the platform"),
    ("subscription_deferred", "Paid for plans, not earned yet"),
    ("payout_in_transit", "Paid out, on its way"),
    ("bank", "At the bank"),
    ("bank_suspense", "At the bank, not explained yet"),
    ("dispute_hold", "Disputed by cardholders"),
    ("written_off", "Given up"),
    ("host_claims", "Owed to the host by its own customers"),
    ("host_sales", "Sold by the host itself"),
]


class Migration(migrations.Migration):
    dependencies = [("billing", "0024_taxes_of_refunds")]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="collected_by",
            field=models.CharField(
                choices=[
                    ("platform", "The platform collects it"),
                    ("host", "The host collects it from its own customers"),
                ],
                db_default="platform",
                default="platform",
                help_text="The host: no card paid it, and none of it reaches the platform.",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="ledgeraccount", name="code", field=models.CharField(choices=CODES, max_length=25)
        ),
    ]
