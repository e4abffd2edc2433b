"""A webhook that could not be handled waits longer and longer, so that it does not keep new ones waiting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0031_documents_never_change")]

    operations = [
        migrations.AddField(
            model_name="processorevent",
            name="tries",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="How often handling it failed."),
        ),
        migrations.AddField(
            model_name="processorevent",
            name="due_at",
            field=models.DateTimeField(help_text="After a failure: when it is tried next.", null=True),
        ),
        migrations.AddField(
            model_name="processorevent",
            name="failure",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Of the last attempt.", max_length=255
            ),
        ),
    ]
