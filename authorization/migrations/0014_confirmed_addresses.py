"""A person's address counts once a link to it was opened; those of today's accounts do, but for what allauth knows
to be unconfirmed."""

from django.db import migrations, models

_KNOWN = """
    UPDATE authorization_user AS person SET email_confirmed_at = created_at
    WHERE NOT EXISTS (
        SELECT FROM account_emailaddress AS address
        WHERE address.user_id = person.id AND address.email = person.email AND NOT address.verified
    )
"""


class Migration(migrations.Migration):
    dependencies = [("authorization", "0013_api_key_made_by"), ("account", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_confirmed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a link that went to the address by mail was opened; or set by an import.",
                null=True,
            ),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
