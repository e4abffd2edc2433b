"""What a letter says that was never sent, for want of a mail server: without the name of a setting."""

from django.db import migrations

_SAY = """
UPDATE billing_letter SET failure = 'No mail was sent: this installation has no mail server.'
WHERE failure = 'No mail server is set up (EMAIL_URL): it was printed where this runs.'
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_payout_printed")]

    operations = [migrations.RunSQL(_SAY, migrations.RunSQL.noop)]
