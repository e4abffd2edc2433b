import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("chargers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    models.BooleanField(default=False, help_text="A support agent: sees all hosts and the admin."),
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
            name="MobilityProvider",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country_code", models.CharField(max_length=2)),
                ("party_id", models.CharField(max_length=3)),
                ("name", models.CharField(max_length=200)),
                ("blocked", models.BooleanField(default=False)),
                ("blocked_reason", models.CharField(blank=True, max_length=255)),
                ("versions_url", models.URLField(blank=True)),
                ("token_a_encrypted", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("country_code", "party_id"), name="mobilityprovider_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField()),
                ("name", models.CharField(max_length=100)),
                (
                    "enabled",
                    models.BooleanField(default=True, help_text="Disabling closes every door of the group at once."),
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
                ("chargers", models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.charger")),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="token_groups", to="chargers.host"
                    ),
                ),
                ("properties", models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.property")),
                ("units", models.ManyToManyField(blank=True, related_name="token_groups", to="chargers.unit")),
            ],
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(help_text="As it was entered or sent by its provider.", max_length=36)),
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
                        default="RFID", help_text="OCPI TokenType: RFID, APP_USER, AD_HOC_USER, OTHER.", max_length=20
                    ),
                ),
                ("parent", models.CharField(blank=True, help_text="OCPP parentIdTag / groupIdToken.", max_length=36)),
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
                    models.CharField(blank=True, help_text="Whose card it is, as the host knows them.", max_length=200),
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
                ("groups", models.ManyToManyField(blank=True, related_name="tokens", to="authorization.tokengroup")),
            ],
        ),
        migrations.CreateModel(
            name="AccessGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="access_grants", to="chargers.host"
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
                        condition=models.Q(("ends_at__gt", models.F("granted_at"))), name="accessgrant_ends_after_start"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.CharField(editable=False, max_length=150, primary_key=True, serialize=False, unique=True),
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
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to="chargers.host",
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "ordering": ("-created",),
                "abstract": False,
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
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="chargers.host"
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
            name="Stay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("guest_name", models.CharField(blank=True, max_length=200)),
                ("guest_email", models.EmailField(blank=True, max_length=254)),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("arrives_at", models.DateTimeField()),
                ("departs_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stays", to="chargers.property"
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
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.UUIDField(help_text="UUIDv7 of `at`.", primary_key=True, serialize=False)),
                ("at", models.DateTimeField(help_text="When it was decided.")),
                (
                    "event_at",
                    models.DateTimeField(help_text="The moment it is about, corrected for the charger's clock."),
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
                    models.CharField(default="us", help_text='"us", or the back office that leads.', max_length=100),
                ),
                ("trace", models.JSONField(help_text="Every step: step, outcome, sentence, link, ms, values.")),
                ("duration_us", models.PositiveIntegerField(default=0)),
                (
                    "charger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="chargers.charger"
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="chargers.host"
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="authorization.token",
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
            name="AccessRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
        migrations.AddConstraint(
            model_name="tokengroup",
            constraint=models.UniqueConstraint(fields=("host", "slug"), name="tokengroup_slug_unique_in_host"),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("host__isnull", False), ("msp", None)),
                    models.Q(("host", None), ("msp__isnull", False)),
                    _connector="OR",
                ),
                name="token_of_a_host_or_of_a_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.UniqueConstraint(fields=("host", "canonical_uid"), name="token_uid_unique_in_host"),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.UniqueConstraint(fields=("msp", "canonical_uid"), name="token_uid_unique_in_msp"),
        ),
    ]
