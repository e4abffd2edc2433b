"""From which year on, and from how much, the law wants sellers reported."""

from django.db import migrations

_THRESHOLDS = """
INSERT INTO billing_reportingthreshold (scheme, from_year, currency, above_minor, above_count)
    VALUES ('1099-k', 2011, 'USD', 2000000, 200), ('dac7', 2023, 'EUR', 0, 0)
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_changed_days_noted")]

    operations = [migrations.RunSQL(_THRESHOLDS, migrations.RunSQL.noop)]
