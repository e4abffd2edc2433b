from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="host",
            name="legal_address",
            field=models.CharField(blank=True, help_text="Of the company; receipts print it.", max_length=300),
        ),
        migrations.AddField(
            model_name="host",
            name="tax_number",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
