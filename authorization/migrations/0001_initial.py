import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import authorization.models.people
import authorization.models.pms
from chargers.lib.first_migration import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("chargers", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        ("email", models.EmailField(help_text="Stored in lower case.", max_length=254, unique=True)),
                        ("name", models.CharField(blank=True, max_length=150)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "is_agent",
                            models.BooleanField(
                                default=False, help_text="A support agent: sees all hosts and the admin."
                            ),
                        ),
                        (
                            "agent_level",
                            models.CharField(
                                choices=[("first", "First line"), ("second", "Second line")],
                                db_default="second",
                                default="second",
                                help_text="Of a support agent: the first line refunds up to a limit, and handles no secrets and no roles.",
                                max_length=10,
                            ),
                        ),
                        (
                            "sees_portal",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="False: a driver, who has an account but no business in the portal.",
                            ),
                        ),
                        (
                            "email_confirmed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a link that went to the address by mail was opened; or set by an import.",
                                null=True,
                            ),
                        ),
                        (
                            "email_changed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the address became another one: for a week it confirms nobody's money.",
                                null=True,
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                editable=False, max_length=150, primary_key=True, serialize=False, unique=True
                            ),
                        ),
                        ("prefix", models.CharField(editable=False, max_length=8, unique=True)),
                        ("hashed_key", models.CharField(editable=False, max_length=150)),
                        ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                        (
                            "name",
                            models.CharField(
                                default=None,
                                help_text="A free-form name for the API key. Need not be unique. 50 characters max.",
                                max_length=50,
                            ),
                        ),
                        (
                            "revoked",
                            models.BooleanField(
                                blank=True,
                                default=False,
                                help_text="If the API key is revoked, clients cannot use it anymore. (This cannot be undone.)",
                            ),
                        ),
                        (
                            "expiry_date",
                            models.DateTimeField(
                                blank=True,
                                help_text="Once API key expires, clients cannot use it anymore.",
                                null=True,
                                verbose_name="Expires",
                            ),
                        ),
                        ("is_agent", models.BooleanField(default=False)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("read", "Read"), ("operate", "Operate"), ("money", "Money")],
                                    max_length=10,
                                ),
                                default=authorization.models.people._every_scope,
                                size=None,
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_keys",
                                to="chargers.host",
                            ),
                        ),
                        (
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
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("host__isnull", False), ("is_agent", False)),
                                    models.Q(("host", None), ("is_agent", True)),
                                    _connector="OR",
                                ),
                                name="apikey_of_a_host_or_of_agents",
                            )
                        ],
                        "verbose_name": "API key",
                        "verbose_name_plural": "API keys",
                        "ordering": ("-created",),
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ApiRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(help_text="The header's value.", max_length=255)),
                        (
                            "fingerprint",
                            models.CharField(help_text="SHA-256 of method, address and body.", max_length=64),
                        ),
                        ("status", models.PositiveSmallIntegerField(help_text="None: not answered yet.", null=True)),
                        ("answer", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                        ("created_at", models.DateTimeField(db_index=True)),
                        (
                            "api_key",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requests",
                                to="authorization.apikey",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("api_key", "name"), name="apirequest_once_a_key")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "actor",
                            models.CharField(
                                help_text="user:<e-mail>, api:<key prefix>, guest, system.", max_length=150
                            ),
                        ),
                        ("verb", models.CharField(help_text="Such as token.added or charger.command.", max_length=60)),
                        ("subject_type", models.CharField(max_length=40)),
                        ("subject_id", models.CharField(max_length=64)),
                        ("subject_label", models.CharField(max_length=200)),
                        ("before", models.JSONField(blank=True, null=True)),
                        ("after", models.JSONField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "host",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="audit_entries",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["host", "-at"], name="auditentry_by_host"),
                            models.Index(fields=["subject_type", "subject_id", "-at"], name="auditentry_by_subject"),
                        ],
                        "verbose_name_plural": "audit entries",
                        "db_table": "support_auditentry",
                    },
                ),
                migrations.CreateModel(
                    name="CompanyLogin",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=32, unique=True)),
                        ("name", models.CharField(help_text="On the button: Continue with …", max_length=40)),
                        ("issuer", models.CharField(max_length=300)),
                        ("client_id", models.CharField(max_length=191)),
                        ("secret_encrypted", models.TextField()),
                        (
                            "domain",
                            models.CharField(
                                help_text="Of the addresses that it may name; in lower case.", max_length=253
                            ),
                        ),
                        (
                            "newcomer_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("owner", "Owner"),
                                    ("manager", "Manager"),
                                    ("operator", "Operator"),
                                    ("finance", "Finance"),
                                    ("read_only", "Read only"),
                                    ("installer", "Installer"),
                                ],
                                help_text="Of people without an account; empty: refused.",
                                max_length=10,
                            ),
                        ),
                        ("is_enabled", models.BooleanField(default=True)),
                        (
                            "domain_confirmed_at",
                            models.DateTimeField(
                                help_text="When an agent saw that the domain is the host's.", null=True
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                        (
                            "domain_confirmed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "host",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="company_login",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("newcomer_role", "owner"), _negated=True),
                                name="companylogin_makes_no_owner",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("domain_confirmed_at__isnull", False)),
                                fields=("domain",),
                                name="companylogin_one_of_a_domain",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataGrant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("sessions", "Addresses of guests on sessions and mails"),
                                    ("stays", "Names and addresses on stays and join requests"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        ("ticket", models.CharField(blank=True, help_text="The ticket's number.", max_length=20)),
                        ("asked_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("declined_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="data_grants",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="data_grants",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["agent", "host", "ends_at"], name="datagrant_by_agent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("asked_at"))),
                                name="datagrant_ends_after_it_was_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("approved_at", None), ("declined_at", None), _connector="OR"),
                                name="datagrant_one_answer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("revoked_at", None), ("approved_at__isnull", False), _connector="OR"
                                ),
                                name="datagrant_revoked_was_approved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataOpening",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "subject",
                            models.CharField(
                                help_text="What it was, such as session 0190…; no personal data.", max_length=120
                            ),
                        ),
                        (
                            "grant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="openings",
                                to="authorization.datagrant",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["grant", "-at"], name="dataopening_by_grant")],
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        ("id", models.UUIDField(help_text="UUIDv7 of `at`.", primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(help_text="When it was decided.")),
                        (
                            "event_at",
                            models.DateTimeField(
                                help_text="The moment it is about, corrected for the charger's clock."
                            ),
                        ),
                        ("late", models.BooleanField(default=False, help_text="A replay: judged as of event_at.")),
                        ("kind", models.CharField(help_text="authorize, start, remote_start or guest.", max_length=15)),
                        ("evse_number", models.PositiveIntegerField(null=True)),
                        ("uid", models.CharField(blank=True, help_text="As it was presented.", max_length=255)),
                        ("canonical_uid", models.CharField(blank=True, max_length=255)),
                        (
                            "verdict",
                            models.CharField(choices=[("accepted", "Accepted"), ("refused", "Refused")], max_length=10),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="Code of the catalogue; empty when accepted.", max_length=40
                            ),
                        ),
                        (
                            "granted_by",
                            models.CharField(
                                blank=True, help_text="The step that let it in; empty when refused.", max_length=40
                            ),
                        ),
                        ("status_16", models.CharField(max_length=20)),
                        ("status_2x", models.CharField(max_length=30)),
                        (
                            "decided_by",
                            models.CharField(
                                default="us", help_text='"us", or the back office that leads.', max_length=100
                            ),
                        ),
                        ("trace", models.JSONField(help_text="Every step: step, outcome, sentence, link, ms, values.")),
                        ("duration_us", models.PositiveIntegerField(default=0)),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["charger", "-id"], name="decision_by_charger"),
                            models.Index(fields=["host", "-id"], name="decision_by_host"),
                            models.Index(fields=["canonical_uid", "-id"], name="decision_by_uid"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnrolmentLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "secret_hash",
                            models.CharField(
                                help_text="SHA-256 of what stands in the link.", max_length=64, unique=True
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="enrolment_links",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("made_at"))),
                                name="enrolmentlink_ends_after_start",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("email", models.EmailField(help_text="Stored in lower case.", max_length=254)),
                        (
                            "role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("owner", "Owner"),
                                    ("manager", "Manager"),
                                    ("operator", "Operator"),
                                    ("finance", "Finance"),
                                    ("read_only", "Read only"),
                                    ("installer", "Installer"),
                                ],
                                help_text="Empty: a grant waits.",
                                max_length=10,
                            ),
                        ),
                        (
                            "secret_hash",
                            models.CharField(
                                help_text="SHA-256 of what stands in the link.", max_length=64, unique=True
                            ),
                        ),
                        ("invited_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "invited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("used_at", None), ("withdrawn_at", None)),
                                fields=["host", "email"],
                                name="invitation_open",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("manager", "Manager"),
                                    ("operator", "Operator"),
                                    ("finance", "Finance"),
                                    ("read_only", "Read only"),
                                    ("installer", "Installer"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "role_since",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                                help_text="When the member was given this role.",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("user", "host"), name="membership_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="MobilityProvider",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("country_code", models.CharField(max_length=2)),
                        ("party_id", models.CharField(max_length=3)),
                        ("name", models.CharField(max_length=200)),
                        ("blocked", models.BooleanField(default=False, help_text="By support, for all hosts.")),
                        ("blocked_reason", models.CharField(blank=True, max_length=255)),
                        ("versions_url", models.URLField(blank=True)),
                        ("token_a_encrypted", models.TextField(blank=True)),
                        (
                            "live_enabled",
                            models.BooleanField(
                                default=True,
                                help_text="Ask it about cards that it wants to be asked about.",
                                verbose_name="live validation",
                            ),
                        ),
                        (
                            "authorize_url",
                            models.URLField(
                                blank=True,
                                help_text="Its tokens endpoint; empty: it cannot be asked. /{uid}/authorize is added to it.",
                            ),
                        ),
                        ("authorize_token_encrypted", models.TextField(blank=True)),
                        (
                            "authorize_timeout_s",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="How long a driver waits for it; empty: as everywhere.",
                                null=True,
                                verbose_name="timeout in seconds",
                            ),
                        ),
                        (
                            "breaker_opened_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Since when it is not asked because it does not answer; null: it is asked.",
                                null=True,
                            ),
                        ),
                        (
                            "breaker_probe_at",
                            models.DateTimeField(blank=True, help_text="When it is tried again.", null=True),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("country_code", "party_id"), name="mobilityprovider_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Opinion",
                    fields=[
                        ("id", models.UUIDField(help_text="UUIDv7 of `at`.", primary_key=True, serialize=False)),
                        (
                            "voice",
                            models.CharField(
                                choices=[("us", "Us"), ("leader", "Leader"), ("follower", "Follower")], max_length=10
                            ),
                        ),
                        (
                            "name",
                            models.CharField(help_text='The back office; "us" for our own rules.', max_length=100),
                        ),
                        ("accepted", models.BooleanField()),
                        ("status", models.CharField(help_text="The word itself, as OCPP has it.", max_length=60)),
                        (
                            "reason",
                            models.CharField(blank=True, help_text="Ours: code of the catalogue.", max_length=40),
                        ),
                        (
                            "late",
                            models.BooleanField(
                                default=False, help_text="It came when the charger had been answered already."
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "decision",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opinions",
                                to="authorization.decision",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PmsConnection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ical", "iCal calendar"),
                                    ("guesty", "Guesty"),
                                    ("hospitable", "Hospitable"),
                                    ("track", "Track"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("url_encrypted", models.TextField()),
                        ("credentials_encrypted", models.TextField(blank=True, help_text="A JSON object.")),
                        (
                            "webhook_key",
                            models.CharField(
                                help_text="Unguessable; in the address of its events.", max_length=43, unique=True
                            ),
                        ),
                        ("is_enabled", models.BooleanField(default=True, help_text="Off: paused; nothing is read.")),
                        ("created_at", models.DateTimeField()),
                        ("next_due_at", models.DateTimeField(help_text="When a worker reads it next.")),
                        (
                            "leased_until",
                            models.DateTimeField(blank=True, help_text="While a worker reads it.", null=True),
                        ),
                        ("tried_at", models.DateTimeField(blank=True, null=True)),
                        ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "read_until",
                            models.DateTimeField(
                                blank=True, help_text="Changes before it were read; null: read all.", null=True
                            ),
                        ),
                        ("read_whole_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "event_at",
                            models.DateTimeField(blank=True, help_text="Of the last event that it sent.", null=True),
                        ),
                        ("failing_since", models.DateTimeField(blank=True, null=True)),
                        ("failures", models.PositiveIntegerField(default=0, help_text="In a row.")),
                        ("failure_code", models.CharField(blank=True, max_length=40)),
                        ("failure_facts", models.JSONField(blank=True, default=dict)),
                        ("stays_read", models.PositiveIntegerField(default=0, help_text="At the last good reading.")),
                        (
                            "refused_rows",
                            models.JSONField(
                                blank=True, default=list, help_text="Sentences on entries that could not be read."
                            ),
                        ),
                        (
                            "token_encrypted",
                            models.TextField(blank=True, help_text="An access token that all processes share."),
                        ),
                        ("token_expires_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "token_fetches",
                            models.JSONField(
                                blank=True, default=list, help_text="When tokens were asked for, of one day."
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pms_connections",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_enabled", True)),
                                fields=["next_due_at"],
                                name="pmsconnection_due",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("failing_since", None), ("failure_code", "")),
                                    models.Q(
                                        models.Q(("failure_code", ""), _negated=True), ("failing_since__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="pmsconnection_failure_is_complete",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PmsListing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(help_text="Their id; * for all of a calendar.", max_length=100)),
                        ("name", models.CharField(blank=True, max_length=200)),
                        (
                            "waiting",
                            models.PositiveIntegerField(default=0, help_text="Bookings that wait for its unit."),
                        ),
                        ("added_at", models.DateTimeField()),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="authorization.pmsconnection",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="chargers.unit",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("connection", "key"), name="pmslisting_once"),
                            models.CheckConstraint(
                                condition=models.Q(("unit", None), ("property__isnull", False), _connector="OR"),
                                name="pmslisting_unit_has_property",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderBlock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=255)),
                        ("since", models.DateTimeField()),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="provider_blocks",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "msp",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="host_blocks",
                                to="authorization.mobilityprovider",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("host", "msp"), name="providerblock_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderSync",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("begun_at", models.DateTimeField(null=True)),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "complete_until",
                            models.DateTimeField(help_text="Every change up to then has been fetched.", null=True),
                        ),
                        ("received", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("wrong", models.PositiveIntegerField(default=0, help_text="Entries that are no card.")),
                        (
                            "wrong_one",
                            models.CharField(
                                blank=True, help_text="What was wrong with the first of them.", max_length=300
                            ),
                        ),
                        (
                            "failure",
                            models.CharField(blank=True, help_text="One sentence: why it broke off.", max_length=300),
                        ),
                        (
                            "msp",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sync",
                                to="authorization.mobilityprovider",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReimbursementContract",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(help_text="Whose charging it is, such as Kim, at home.", max_length=100),
                        ),
                        ("employer", models.CharField(help_text="Who pays.", max_length=200)),
                        (
                            "employer_contact",
                            models.CharField(blank=True, help_text="Whom to ask there.", max_length=200),
                        ),
                        ("currency", models.CharField(help_text="ISO 4217 code, such as EUR.", max_length=3)),
                        (
                            "monthly_cap_minor",
                            models.BigIntegerField(
                                blank=True, help_text="Minor units; null: without a cap.", null=True
                            ),
                        ),
                        (
                            "service_fee_minor",
                            models.BigIntegerField(
                                default=0,
                                help_text="What the employer pays the host for each month with a session, before tax. Minor units.",
                            ),
                        ),
                        (
                            "service_tax_pct",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="Value added tax on the service fee, in percent.",
                                max_digits=5,
                            ),
                        ),
                        ("active_from", models.DateTimeField()),
                        ("active_to", models.DateTimeField(blank=True, null=True)),
                        (
                            "chargers",
                            models.ManyToManyField(
                                blank=True, related_name="reimbursement_contracts", to="chargers.charger"
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reimbursement_contracts",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("active_to", None), ("active_to__gt", models.F("active_from")), _connector="OR"
                                ),
                                name="reimbursement_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("monthly_cap_minor", None), ("monthly_cap_minor__gt", 0), _connector="OR"
                                ),
                                name="reimbursement_cap_is_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("service_fee_minor__gte", 0),
                                    ("service_tax_pct__gte", 0),
                                    ("service_tax_pct__lte", 100),
                                ),
                                name="reimbursement_fee_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReimbursementRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("from_date", models.DateField(help_text="By the calendar of the charger's property.")),
                        (
                            "per_kwh",
                            models.DecimalField(
                                decimal_places=5, help_text="In major units, such as 0.31.", max_digits=9
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rates",
                                to="authorization.reimbursementcontract",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("contract", "from_date"), name="reimbursementrate_one_a_day"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("per_kwh__gte", 0)), name="reimbursementrate_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("page", models.CharField(help_text="The list: chargers.", max_length=20)),
                        ("name", models.CharField(max_length=60)),
                        ("query", models.CharField(blank=True, max_length=1000)),
                        ("columns", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField()),
                        (
                            "host",
                            models.ForeignKey(
                                blank=True,
                                help_text="Null: own.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("user"),
                                models.F("page"),
                                django.db.models.functions.text.Lower("name"),
                                name="savedview_name_unique_of_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="savedview_has_a_name"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListPreference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("page", models.CharField(max_length=20)),
                        ("columns", models.JSONField(default=list, help_text="Empty: the usual ones.")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="list_preferences",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "default_view",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="authorization.savedview",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "page"), name="listpreference_one_a_list")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StayHours",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("check_in", models.TimeField(default=authorization.models.pms.usual_check_in)),
                        ("check_out", models.TimeField(default=authorization.models.pms.usual_check_out)),
                        (
                            "property",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stay_hours",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "stay hours",
                    },
                ),
                migrations.CreateModel(
                    name="Token",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.CharField(help_text="As it was entered or sent by its provider.", max_length=36),
                        ),
                        (
                            "canonical_uid",
                            models.CharField(db_index=True, help_text="One spelling for all notations.", max_length=36),
                        ),
                        (
                            "visual_number",
                            models.CharField(blank=True, help_text="The number printed on the card.", max_length=64),
                        ),
                        (
                            "type",
                            models.CharField(
                                default="RFID",
                                help_text="OCPI TokenType: RFID, APP_USER, AD_HOC_USER, OTHER.",
                                max_length=20,
                            ),
                        ),
                        (
                            "parent",
                            models.CharField(blank=True, help_text="OCPP parentIdTag / groupIdToken.", max_length=36),
                        ),
                        ("valid", models.BooleanField(default=True)),
                        ("blocked", models.BooleanField(default=False)),
                        ("blocked_reason", models.CharField(blank=True, max_length=255)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "whitelist",
                            models.CharField(
                                choices=[
                                    ("ALWAYS", "Always: accepted without asking"),
                                    ("ALLOWED", "Allowed: asked, accepted if nobody answers"),
                                    ("ALLOWED_OFFLINE", "Allowed offline: asked, accepted if nobody answers"),
                                    ("NEVER", "Never: only if the provider says yes"),
                                ],
                                default="NEVER",
                                max_length=15,
                            ),
                        ),
                        ("for_reimbursement", models.BooleanField(default=False)),
                        ("may_charge_concurrently", models.BooleanField(default=False)),
                        (
                            "owner",
                            models.CharField(
                                blank=True, help_text="Whose card it is, as the host knows them.", max_length=200
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "host",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tokens",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "msp",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tokens",
                                to="authorization.mobilityprovider",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("host__isnull", False), ("msp", None)),
                                    models.Q(("host", None), ("msp__isnull", False)),
                                    _connector="OR",
                                ),
                                name="token_of_a_host_or_of_a_provider",
                            ),
                            models.UniqueConstraint(fields=("host", "canonical_uid"), name="token_uid_unique_in_host"),
                            models.UniqueConstraint(fields=("msp", "canonical_uid"), name="token_uid_unique_in_msp"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Stay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("guest_name", models.CharField(blank=True, max_length=200)),
                        ("guest_email", models.EmailField(blank=True, max_length=254)),
                        ("reference", models.CharField(blank=True, max_length=100)),
                        ("arrives_at", models.DateTimeField()),
                        ("departs_at", models.DateTimeField()),
                        ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "access_from",
                            models.DateTimeField(blank=True, help_text="Null: from the arrival on.", null=True),
                        ),
                        (
                            "access_to",
                            models.DateTimeField(blank=True, help_text="Null: until the departure.", null=True),
                        ),
                        (
                            "external_key",
                            models.CharField(
                                blank=True, db_default="", help_text="The booking's key at the system.", max_length=200
                            ),
                        ),
                        (
                            "channel_state",
                            models.CharField(
                                blank=True, choices=[("no_show", "No-show")], db_default="", max_length=10
                            ),
                        ),
                        (
                            "phone_hash",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="Keyed hash of the phone's last four digits.",
                                max_length=64,
                            ),
                        ),
                        (
                            "source_updated_at",
                            models.DateTimeField(
                                blank=True, help_text="By the system; what is older is ignored.", null=True
                            ),
                        ),
                        (
                            "missing_since",
                            models.DateTimeField(blank=True, help_text="First reading without it.", null=True),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="stays",
                                to="authorization.pmsconnection",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stays",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stays",
                                to="chargers.unit",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stays",
                                to="authorization.token",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("departs_at__gt", models.F("arrives_at"))),
                                name="stay_departs_after_arrival",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("connection", None), models.Q(("external_key", ""), _negated=True), _connector="OR"
                                ),
                                name="stay_of_a_system_has_its_key",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("connection__isnull", False)),
                                fields=("connection", "external_key"),
                                name="stay_once_of_a_system",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="reimbursementcontract",
                    name="token",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="reimbursement_contracts",
                        to="authorization.token",
                    ),
                ),
                migrations.CreateModel(
                    name="IssuerQuestion",
                    fields=[
                        ("id", models.UUIDField(help_text="UUIDv7 of `asked_at`.", primary_key=True, serialize=False)),
                        ("uid", models.CharField(help_text="As its provider writes it.", max_length=36)),
                        ("canonical_uid", models.CharField(max_length=36)),
                        ("evse_number", models.PositiveIntegerField(null=True)),
                        (
                            "message_id",
                            models.CharField(
                                blank=True, help_text="Of the charger's message that asked first.", max_length=255
                            ),
                        ),
                        (
                            "is_probe",
                            models.BooleanField(
                                default=False, help_text="Nobody waits: does the provider answer again?"
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("deadline", models.DateTimeField(help_text="Until when the provider may answer.")),
                        ("begun_at", models.DateTimeField(help_text="When a worker began to ask.", null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Waits for an answer"),
                                    ("answered", "Answered"),
                                    ("timed_out", "No answer in time"),
                                    ("no_answer", "No usable answer"),
                                    ("not_asked", "Not asked"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("word", models.CharField(blank=True, help_text="OCPI AllowedType.", max_length=15)),
                        (
                            "message",
                            models.CharField(
                                blank=True, help_text="Its text for the driver; or why there is none.", max_length=500
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(blank=True, help_text="OCPI authorization_reference.", max_length=36),
                        ),
                        (
                            "took_ms",
                            models.PositiveIntegerField(
                                help_text="From the first byte out to the last byte in.", null=True
                            ),
                        ),
                        (
                            "used_at",
                            models.DateTimeField(help_text="When the first decision was made with it.", null=True),
                        ),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chargers.charger"
                            ),
                        ),
                        (
                            "msp",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="questions",
                                to="authorization.mobilityprovider",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="authorization.token",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["msp", "-id"], name="issuerquestion_by_msp"),
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["deadline"], name="issuerquestion_open"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_probe", False), ("state", "open")),
                                fields=("charger", "canonical_uid"),
                                name="issuerquestion_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="OR"),
                                name="issuerquestion_ended",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="decision",
                    name="token",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="authorization.token",
                    ),
                ),
                migrations.CreateModel(
                    name="AccessRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("active_from", models.DateTimeField(blank=True, null=True)),
                        ("active_to", models.DateTimeField(blank=True, null=True)),
                        (
                            "charger",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_rules",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_rules",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_rules",
                                to="chargers.unit",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_rules",
                                to="authorization.token",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("charger", None), ("property__isnull", False), ("unit", None)),
                                    models.Q(("charger", None), ("property", None), ("unit__isnull", False)),
                                    models.Q(("charger__isnull", False), ("property", None), ("unit", None)),
                                    _connector="OR",
                                ),
                                name="accessrule_opens_one_thing",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TokenGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField()),
                        ("name", models.CharField(max_length=100)),
                        (
                            "enabled",
                            models.BooleanField(
                                default=True, help_text="Disabling closes every door of the group at once."
                            ),
                        ),
                        (
                            "is_parent",
                            models.BooleanField(default=False, help_text="Its tokens may stop each other's sessions."),
                        ),
                        ("active_from", models.DateTimeField(blank=True, null=True)),
                        ("active_to", models.DateTimeField(blank=True, null=True)),
                        (
                            "schedule",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text='In the property\'s time zone: [{"days": ["MON"], "from": "08:00", "to": "18:00"}]; empty: always.',
                            ),
                        ),
                        (
                            "chargers",
                            models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.charger"),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="token_groups",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "properties",
                            models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.property"),
                        ),
                        ("units", models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.unit")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "slug"), name="tokengroup_slug_unique_in_host")
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="token",
                    name="groups",
                    field=models.ManyToManyField(blank=True, related_name="tokens", to="authorization.tokengroup"),
                ),
                migrations.CreateModel(
                    name="TokenImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "content",
                            models.BinaryField(help_text="The text in UTF-8, compressed; empty once it is applied."),
                        ),
                        (
                            "rows",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Without the names of the columns."
                            ),
                        ),
                        ("by", models.CharField(help_text="Who uploaded it.", max_length=150)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(db_index=True)),
                        ("asked_at", models.DateTimeField(help_text="When a worker was asked to apply it.", null=True)),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            models.JSONField(
                                help_text="Rows by what became of them; null where nothing was written.", null=True
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_by_key",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="authorization.apikey",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="token_imports",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("asked_at__isnull", False), ("done_at", None)),
                                fields=["asked_at"],
                                name="tokenimport_due",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vehicle",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uid", models.CharField(help_text="As it named itself last.", max_length=36)),
                        ("canonical_uid", models.CharField(max_length=36)),
                        ("name", models.CharField(blank=True, help_text="What the host calls it.", max_length=100)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("seen", "Seen, belongs to nobody yet"),
                                    ("suspended", "Suspended"),
                                    ("enabled", "Enabled"),
                                ],
                                default="seen",
                                max_length=10,
                            ),
                        ),
                        ("first_seen_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField(help_text="When it last named itself and was refused.")),
                        (
                            "seen_evse_number",
                            models.PositiveIntegerField(help_text="Null: the charger did not say where.", null=True),
                        ),
                        ("paired_at", models.DateTimeField(blank=True, null=True)),
                        ("consent_at", models.DateTimeField(blank=True, null=True)),
                        ("consent_by", models.CharField(blank=True, help_text="Who said so.", max_length=150)),
                        (
                            "consent_words",
                            models.CharField(
                                blank=True, help_text="What was agreed to, word for word.", max_length=500
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="vehicles", to="chargers.host"
                            ),
                        ),
                        (
                            "paired_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chargers.transaction",
                            ),
                        ),
                        (
                            "seen_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who pays.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="vehicles",
                                to="authorization.token",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "canonical_uid"), name="vehicle_unique_in_host"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "enabled"), _negated=True),
                                    ("consent_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="vehicle_enabled_by_consent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccessGrant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("manager", "Manager"),
                                    ("operator", "Operator"),
                                    ("finance", "Finance"),
                                    ("read_only", "Read only"),
                                    ("installer", "Installer"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=255)),
                        ("granted_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "charger",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_grants",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_grants",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("granted_at"))),
                                name="accessgrant_ends_after_start",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccessRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "secret",
                            models.CharField(
                                help_text="Unguessable; in the link of whoever asked.", max_length=43, unique=True
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        (
                            "uid",
                            models.CharField(
                                blank=True, help_text="Of their own card, if they have one.", max_length=36
                            ),
                        ),
                        ("message", models.CharField(blank=True, max_length=500)),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Waits for an answer"),
                                    ("granted", "Let in"),
                                    ("declined", "Declined"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(blank=True, help_text="What the host says to them.", max_length=255),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access_requests",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "rule",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="request",
                                to="authorization.accessrule",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["charger"], name="accessrequest_open"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state", "open"), ("answered_at__isnull", False), _connector="OR"),
                                name="accessrequest_answered_has_time",
                            )
                        ],
                    },
                ),
            ]
        )
    ]
