"""Audit entries are a model of `authorization` now. The table stays where it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("support", "0002_audit_only_grows"), ("authorization", "0016_audit_entries")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="AuditEntry")]),
    ]
