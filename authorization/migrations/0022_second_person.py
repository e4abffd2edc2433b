"""Since when somebody has a role and an address; what a key was made for, and until when it works.

Who changed an address before is known from the audit trail. Keys that exist keep every scope and end in a year.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

import authorization.models.people

_CHANGED = """
    UPDATE authorization_user AS person SET email_changed_at = entry.at
    FROM (
        SELECT user_id, max(at) AS at FROM support_auditentry
        WHERE verb = 'user.address_confirmed' AND before ->> 'email' <> after ->> 'email' AND user_id IS NOT NULL
        GROUP BY user_id
    ) AS entry
    WHERE entry.user_id = person.id
"""
_SINCE = """
    UPDATE authorization_membership AS member SET role_since = COALESCE(
        (SELECT max(at) FROM support_auditentry AS entry
         WHERE entry.verb = 'membership.changed' AND entry.subject_id = member.id::text),
        (SELECT created_at FROM authorization_user AS person WHERE person.id = member.user_id)
    )
"""
_ENDS = "UPDATE authorization_apikey SET expiry_date = now() + interval '1 year' WHERE expiry_date IS NULL"


class Migration(migrations.Migration):
    dependencies = [("authorization", "0021_property_systems")]

    operations = [
        migrations.AddField(
            "user",
            "email_changed_at",
            models.DateTimeField(
                blank=True,
                help_text="When the address became another one: for a week it confirms nobody's money.",
                null=True,
            ),
        ),
        migrations.AddField(
            "membership",
            "role_since",
            models.DateTimeField(
                db_default=Now(), default=django.utils.timezone.now, help_text="When the member was given this role."
            ),
        ),
        migrations.AddField(
            "apikey",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[("read", "Read"), ("operate", "Operate"), ("money", "Money")], max_length=10
                ),
                default=authorization.models.people._every_scope,
                size=None,
            ),
        ),
        migrations.AlterField(
            "apikey",
            "made_by",
            models.ForeignKey(
                blank=True,
                help_text="It acts for this person, and can do no more than they can. Empty: made on the command line.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="api_keys",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(_CHANGED, migrations.RunSQL.noop),
        migrations.RunSQL(_SINCE, migrations.RunSQL.noop),
        migrations.RunSQL(_ENDS, migrations.RunSQL.noop),
    ]
