"""A start that was ordered may be withdrawn before it began."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chargers", "0012_card_memories")]

    operations = [
        migrations.AddField(
            model_name="command",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True, help_text="Of a start: since when it lets nobody charge any more.", null=True
            ),
        ),
    ]
