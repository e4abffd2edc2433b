from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0020_refund_parts"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="refund",
            name="refund_unfinished",
        ),
        migrations.RemoveField(
            model_name="refund",
            name="failure",
        ),
        migrations.RemoveField(
            model_name="refund",
            name="hold",
        ),
        migrations.RemoveField(
            model_name="refund",
            name="sent_at",
        ),
    ]
