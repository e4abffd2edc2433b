"""The weeks around the first start: beat makes the later ones."""

from datetime import UTC, datetime

from django.db import migrations

from chargers.lib import partitions


def make_partitions(_apps, _schema_editor):
    partitions.ensure(now=datetime.now(tz=UTC))


class Migration(migrations.Migration):
    dependencies = [("chargers", "0001_initial")]

    operations = [migrations.RunPython(make_partitions, migrations.RunPython.noop)]
