"""The weeks around the first start: beat makes the later ones."""

from datetime import UTC, datetime

from django.db import migrations

from chargers.lib import partitions
from chargers.migrations._before_release import BEFORE_RELEASE


def make_partitions(_apps, _schema_editor):
    partitions.ensure(now=datetime.now(tz=UTC))


class Migration(migrations.Migration):
    replaces = BEFORE_RELEASE

    dependencies = [("chargers", "0001_release")]

    operations = [migrations.RunPython(make_partitions, migrations.RunPython.noop)]
