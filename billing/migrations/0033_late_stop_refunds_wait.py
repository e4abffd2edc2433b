"""The refund of a late stop may wait for a second person, who may decline it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0032_webhooks_back_off")]

    operations = [
        migrations.AlterField(
            model_name="latestop",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("same", "The price stays"),
                    ("refunded", "The difference goes back"),
                    ("refund_waits", "A refund waits for a second person"),
                    ("declined", "A second person declined the refund"),
                    ("not_billed", "More was charged than billed: not billed"),
                    ("billed", "More was charged than billed: the difference was billed"),
                    ("left", "More was charged than billed: left as it was"),
                    ("too_late", "It came too late to change anything"),
                    ("doubtful", "Its readings cannot be true"),
                ],
                max_length=12,
            ),
        ),
    ]
