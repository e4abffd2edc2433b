import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from chargers.lib.first_migration import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("billing", "0001_initial"),
        ("chargers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Ticket",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "secret",
                            models.CharField(
                                help_text="Unguessable; in the link of the person who asked.",
                                max_length=43,
                                unique=True,
                            ),
                        ),
                        (
                            "topic",
                            models.PositiveSmallIntegerField(
                                help_text="Its number in the catalogue; null: none fits.", null=True
                            ),
                        ),
                        ("subject", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("open", "Open"),
                                    ("waiting_customer", "Waiting for the customer"),
                                    ("waiting_host", "Waiting for the host"),
                                    ("solved", "Solved"),
                                    ("closed", "Closed"),
                                ],
                                default="new",
                                max_length=20,
                            ),
                        ),
                        (
                            "priority",
                            models.CharField(
                                choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")],
                                default="normal",
                                max_length=10,
                            ),
                        ),
                        (
                            "queue",
                            models.CharField(
                                choices=[
                                    ("charging", "Charging"),
                                    ("billing", "Billing"),
                                    ("accounts", "Accounts"),
                                    ("hosts", "Chargers and PMS"),
                                    ("payouts", "Payouts"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("form", "Guest page"),
                                    ("portal", "Portal"),
                                    ("mail", "E-mail"),
                                    ("agent", "An agent"),
                                    ("assistant", "The assistant"),
                                    ("ladder", "The safe ladder"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("asker", models.CharField(choices=[("guest", "Guest"), ("host", "Host")], max_length=10)),
                        (
                            "email",
                            models.EmailField(
                                blank=True,
                                help_text="Where answers go; empty: they stand on the ticket’s page only.",
                                max_length=254,
                            ),
                        ),
                        (
                            "email_failed_at",
                            models.DateTimeField(help_text="When a mail to that address came back.", null=True),
                        ),
                        ("language", models.CharField(default="en", max_length=5)),
                        (
                            "diagnosis",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="What the facts said when it was opened: `cause` and `evidence`, in English.",
                            ),
                        ),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Claimed, not proved"),
                                    ("link", "The session’s own link"),
                                    ("card", "Time and last four digits"),
                                    ("mail", "A mail from the session’s address"),
                                    ("member", "A member of the host"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField(help_text="When something was last written or decided.")),
                        (
                            "unread_since",
                            models.DateTimeField(
                                help_text="When the oldest message came that no agent has seen.", null=True
                            ),
                        ),
                        ("first_answer_due_at", models.DateTimeField()),
                        ("first_answered_at", models.DateTimeField(null=True)),
                        (
                            "solve_due_at",
                            models.DateTimeField(help_text="Moves on by the time that others let us wait."),
                        ),
                        ("waiting_since", models.DateTimeField(null=True)),
                        (
                            "escalated_at",
                            models.DateTimeField(
                                help_text="When a due time passed and the priority was raised.", null=True
                            ),
                        ),
                        ("solved_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("reopened", models.PositiveSmallIntegerField(default=0)),
                        (
                            "satisfaction",
                            models.CharField(
                                blank=True,
                                choices=[("", "Not rated"), ("good", "Good"), ("bad", "Bad")],
                                default="",
                                max_length=5,
                            ),
                        ),
                        ("satisfaction_text", models.CharField(blank=True, max_length=500)),
                        (
                            "assignee",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "charger",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="billing.payout",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["new", "open", "waiting_customer", "waiting_host"])),
                                fields=["queue", "first_answer_due_at"],
                                name="ticket_live",
                            ),
                            models.Index(fields=["-changed_at", "-id"], name="ticket_by_change"),
                            models.Index(fields=["host", "-id"], name="ticket_by_host"),
                            models.Index(fields=["charger", "-id"], name="ticket_by_charger"),
                            models.Index(
                                condition=models.Q(("session__isnull", False)),
                                fields=["session"],
                                name="ticket_by_session",
                            ),
                            models.Index(
                                condition=models.Q(("email", ""), _negated=True),
                                fields=["email", "-id"],
                                name="ticket_by_email",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["solved"]), _negated=True),
                                    ("solved_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="ticket_solved_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "closed"), _negated=True),
                                    ("closed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="ticket_closed_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into", None),
                                    models.Q(
                                        ("state", "closed"), models.Q(("merged_into", models.F("id")), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="ticket_merged_is_closed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("waiting_since", None),
                                    ("state__in", ["waiting_customer", "waiting_host"]),
                                    _connector="OR",
                                ),
                                name="ticket_waits_since",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("topic", None), models.Q(("topic__gte", 1), ("topic__lte", 10)), _connector="OR"
                                ),
                                name="ticket_topic_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Article",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=60)),
                        (
                            "audience",
                            models.CharField(
                                choices=[("guest", "Guests"), ("host", "Hosts"), ("agent", "Agents")], max_length=5
                            ),
                        ),
                        (
                            "topic",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Its number in the catalogue of topics.", null=True
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="A code of the catalogue of reasons.", max_length=40
                            ),
                        ),
                        (
                            "is_published",
                            models.BooleanField(default=True, help_text="Not published: only agents see it."),
                        ),
                        ("added_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("audience", "slug"), name="article_slug_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                fields=("audience", "reason"),
                                name="article_reason_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("topic", None), models.Q(("topic__gte", 1), ("topic__lte", 10)), _connector="OR"
                                ),
                                name="article_topic",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("topic", None), ("reason", ""), _connector="OR"),
                                name="article_one_subject",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("language", models.CharField(max_length=5)),
                        ("title", models.CharField(blank=True, max_length=200)),
                        ("summary", models.CharField(blank=True, max_length=300)),
                        ("body", models.TextField(blank=True, help_text="Markdown; HTML in it is shown as text.")),
                        ("version", models.PositiveIntegerField(help_text="The number of the version that stands.")),
                        (
                            "is_edited",
                            models.BooleanField(
                                default=False, help_text="An agent wrote it: a new release leaves it alone."
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                        ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                        (
                            "words",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), default=list, size=None
                            ),
                        ),
                        (
                            "trigrams",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=3), default=list, size=None
                            ),
                        ),
                        ("indexed_hash", models.CharField(blank=True, max_length=64)),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="texts", to="support.article"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="articletext_search"),
                            django.contrib.postgres.indexes.GinIndex(fields=["trigrams"], name="articletext_trigrams"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("article", "language"), name="articletext_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("title", models.CharField(blank=True, max_length=200)),
                        ("summary", models.CharField(blank=True, max_length=300)),
                        ("body", models.TextField(blank=True)),
                        (
                            "author",
                            models.CharField(
                                help_text="The agent’s address; “release” for a text that came with one.",
                                max_length=254,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        ("written_at", models.DateTimeField()),
                        (
                            "text",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="support.articletext",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("text", "number"), name="articleversion_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CommonFault",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("site", "Same site"), ("firmware", "Same firmware"), ("fault", "Same fault")],
                                max_length=10,
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                help_text="Of support.incidents.patterns; one is open at a time.", max_length=60
                            ),
                        ),
                        ("hardware", models.CharField(blank=True, max_length=800)),
                        ("code", models.CharField(blank=True, max_length=255)),
                        ("began_at", models.DateTimeField()),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "note",
                            models.CharField(
                                blank=True,
                                help_text="What support says about it to all hosts that it concerns.",
                                max_length=1000,
                            ),
                        ),
                        ("noted_at", models.DateTimeField(null=True)),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="common_faults",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)), fields=("key",), name="commonfault_one_open"
                            )
                        ],
                        "verbose_name": "incident",
                    },
                ),
                migrations.CreateModel(
                    name="AffectedCharger",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("recovered_at", models.DateTimeField(null=True)),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="common_faults",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "fault",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chargers",
                                to="support.commonfault",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("fault", "charger"), name="affectedcharger_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Conversation",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("secret", models.CharField(max_length=64, unique=True)),
                        ("asker", models.CharField(choices=[("guest", "Guest"), ("host", "Host")], max_length=10)),
                        ("language", models.CharField(default="en", max_length=10)),
                        ("email", models.CharField(blank=True, help_text="Where answers go.", max_length=254)),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Claimed, not proved"),
                                    ("link", "The session’s own link"),
                                    ("card", "Time and last four digits"),
                                    ("mail", "A mail from the session’s address"),
                                    ("member", "A member of the host"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("known", models.JSONField(default=dict, help_text="Details that were known when it began.")),
                        ("given", models.JSONField(default=dict, help_text="Details that the person gave.")),
                        ("state", models.JSONField(default=dict, help_text="Where the dialogue stands.")),
                        ("topic", models.PositiveSmallIntegerField(null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[("", "Not ended"), ("solved", "Solved"), ("ticket", "Handed over")],
                                max_length=10,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                        (
                            "charger",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="billing.payout",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="billing.session",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="conversations",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["changed_at"], name="conversation_by_change")],
                    },
                ),
                migrations.CreateModel(
                    name="ConversationTurn",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "author",
                            models.CharField(choices=[("person", "Person"), ("assistant", "Assistant")], max_length=10),
                        ),
                        ("text", models.TextField()),
                        ("at", models.DateTimeField()),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="turns",
                                to="support.conversation",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Macro",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
                        (
                            "topic",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Offered for this topic; empty: always.", null=True
                            ),
                        ),
                        (
                            "text",
                            models.TextField(
                                help_text="Placeholders: {reference}, {station}, {property}, {state}, {date}, {amount}, {breakdown}, {reason}, {next_steps}, {link}."
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("topic", None), models.Q(("topic__gte", 1), ("topic__lte", 10)), _connector="OR"
                                ),
                                name="macro_topic",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SearchWord",
                    fields=[
                        ("word", models.CharField(max_length=60, primary_key=True, serialize=False)),
                        (
                            "pieces",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=3), default=list, size=None
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["pieces"], name="searchword_pieces")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatusPage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_public", models.BooleanField(default=False)),
                        (
                            "host",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="status_page",
                                to="chargers.host",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TicketIndex",
                    fields=[
                        (
                            "ticket",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="index",
                                serialize=False,
                                to="support.ticket",
                            ),
                        ),
                        ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                        (
                            "is_learnt",
                            models.BooleanField(
                                db_default=False, default=False, help_text="Its words are among the known ones."
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="ticketindex_search"),
                            models.Index(
                                condition=models.Q(("is_learnt", False)), fields=["ticket"], name="ticketindex_to_learn"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("question", models.CharField(help_text="Of support.diagnosis.signs.", max_length=40)),
                        (
                            "basis",
                            models.CharField(
                                help_text="The state that it is about, of support.diagnosis.signs.", max_length=150
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(
                                choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Cannot see that")], max_length=10
                            ),
                        ),
                        (
                            "place",
                            models.CharField(
                                choices=[
                                    ("session", "A guest, on the session’s page"),
                                    ("charger", "A guest, on the charger’s page"),
                                    ("assistant", "The assistant"),
                                    ("portal", "The portal"),
                                    ("ticket", "An agent, on a ticket"),
                                    ("api", "The API"),
                                ],
                                help_text="Where it was given.",
                                max_length=10,
                            ),
                        ),
                        ("by", models.CharField(blank=True, help_text="Who answered; empty: a guest.", max_length=150)),
                        ("answered_at", models.DateTimeField()),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sign_answers",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="support.conversation",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="billing.session",
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["charger", "basis"], name="signanswer_by_state")],
                    },
                ),
                migrations.CreateModel(
                    name="Presence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seen_at", models.DateTimeField()),
                        ("writing_at", models.DateTimeField(null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="presences",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("ticket", "user"), name="presence_one_an_agent")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdentityCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "address",
                            models.EmailField(help_text="The account's address when it was sent.", max_length=254),
                        ),
                        (
                            "secret_hash",
                            models.CharField(
                                help_text="SHA-256 of what stands in the link.", max_length=64, unique=True
                            ),
                        ),
                        ("sent_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not answered"),
                                    ("yes", "It is their request"),
                                    ("no", "It is not their request"),
                                ],
                                default="",
                                max_length=3,
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "sent_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="identity_checks",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                                name="identitycheck_expires",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", ""), ("answered_at", None)),
                                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="identitycheck_answer_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField()),
                        ("changed_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="support.ticket"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("ticket", "user"), name="draft_one_an_agent")],
                    },
                ),
                migrations.CreateModel(
                    name="AffectedTicket",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "fault",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tickets",
                                to="support.commonfault",
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="common_faults",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("fault", "ticket"), name="affectedticket_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TicketDetail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(help_text="Of support.topics.details.", max_length=20)),
                        ("value", models.CharField(max_length=300)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("known", "Known already"),
                                    ("given", "Given by the person"),
                                    ("found", "Found by an agent"),
                                ],
                                max_length=5,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="details", to="support.ticket"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("ticket", "code"), name="ticketdetail_once")],
                    },
                ),
                migrations.CreateModel(
                    name="TicketLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("linked_at", models.DateTimeField()),
                        (
                            "first",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links_after",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links_before",
                                to="support.ticket",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("first", "second"), name="ticketlink_once"),
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))), name="ticketlink_in_order"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TicketMessage",
                    fields=[
                        (
                            "id",
                            models.UUIDField(help_text="UUIDv7 of `written_at`.", primary_key=True, serialize=False),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("public", "Reply"), ("internal", "Internal note")], max_length=10
                            ),
                        ),
                        (
                            "author",
                            models.CharField(
                                choices=[
                                    ("agent", "Agent"),
                                    ("guest", "Guest"),
                                    ("host", "Host"),
                                    ("system", "System"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                blank=True, help_text="Whom readers see; of a mail: its address.", max_length=150
                            ),
                        ),
                        ("text", models.TextField()),
                        ("written_at", models.DateTimeField()),
                        ("released_at", models.DateTimeField(help_text="From when others read it.")),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "mailed_at",
                            models.DateTimeField(help_text="When its mail was put into the outbox.", null=True),
                        ),
                        (
                            "message_id",
                            models.CharField(blank=True, help_text="Of its mail, in or out.", max_length=255),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "user",
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
                            models.Index(fields=["ticket", "id"], name="ticketmessage_by_ticket"),
                            models.Index(
                                condition=models.Q(
                                    ("author", "agent"), ("kind", "public"), ("mailed_at", None), ("withdrawn_at", None)
                                ),
                                fields=["released_at"],
                                name="ticketmessage_to_mail",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("message_id", ""), _negated=True),
                                fields=("message_id",),
                                name="ticketmessage_mail_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at", None),
                                    ("withdrawn_at__lt", models.F("released_at")),
                                    _connector="OR",
                                ),
                                name="ticketmessage_withdrawn_early",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mailed_at", None), ("withdrawn_at", None), _connector="OR"),
                                name="ticketmessage_withdrawn_not_mailed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InboundMail",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        (
                            "digest",
                            models.CharField(
                                help_text="SHA-256 of the Message-ID, else of the mail.", max_length=64, unique=True
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("sender", models.CharField(blank=True, max_length=254)),
                        ("subject", models.CharField(blank=True, max_length=200)),
                        (
                            "raw",
                            models.BinaryField(help_text="The mail as the server had it, at most its first megabytes."),
                        ),
                        (
                            "sender_check",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "it came before senders of mails were checked here"),
                                    ("dmarc", "our mail server confirms its sender by DMARC"),
                                    (
                                        "dkim",
                                        "our mail server confirms its sender by the signature of their domain (DKIM)",
                                    ),
                                    ("off", "nothing checks the senders of mails here (MAIL_AUTHSERV_ID is not set)"),
                                    ("missing", "our mail server has written no check of its sender on it"),
                                    (
                                        "failed",
                                        "our mail server’s check did not confirm its sender: anybody may have written it",
                                    ),
                                    ("unclear", "it names several senders, or none"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("ticket", "Opened a ticket"),
                                    ("message", "Added to a ticket"),
                                    ("note", "Noted on a ticket: written by a machine"),
                                    ("bounce", "A mail of ours came back"),
                                    ("own", "Our own mail: ignored"),
                                    ("machine", "Written by a machine: ignored"),
                                    ("no_sender", "No usable sender"),
                                    ("too_many", "Too many from one sender: kept, no ticket"),
                                    ("unreadable", "Cannot be read"),
                                    ("failed", "Set aside: something failed, it is tried again"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "problem",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Why it could not be read, or what failed.",
                                max_length=200,
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0, help_text="How often it failed.")),
                        (
                            "retry_at",
                            models.DateTimeField(
                                help_text="When one that failed is tried again; null: no more.", null=True
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="mails",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="mails",
                                to="support.ticketmessage",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "media_type",
                            models.CharField(help_text="By content, never as it was declared.", max_length=60),
                        ),
                        ("size_bytes", models.PositiveIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("added_at", models.DateTimeField()),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="support.ticketmessage",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TimelineLink",
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
                        ("begins_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=150)),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="timeline_links",
                                to="chargers.charger",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                                name="timelinelink_ends_after_begin",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("made_at"))), name="timelinelink_expires"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ToolUse",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                help_text="Of the form that was confirmed.", primary_key=True, serialize=False
                            ),
                        ),
                        ("tool", models.CharField(help_text="Its key.", max_length=20)),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[("begun", "Begun"), ("done", "Done"), ("refused", "Refused")],
                                default="begun",
                                max_length=10,
                            ),
                        ),
                        (
                            "result",
                            models.CharField(
                                blank=True, help_text="What happened, or why nothing did.", max_length=1000
                            ),
                        ),
                        ("begun_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tool_uses",
                                to="support.ticket",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["ticket", "begun_at"], name="tooluse_by_ticket")],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "visitor",
                            models.CharField(
                                help_text="A hash: of a random cookie, or of an account’s key.", max_length=64
                            ),
                        ),
                        ("language", models.CharField(max_length=5)),
                        ("helped", models.BooleanField()),
                        ("text", models.CharField(blank=True, max_length=300)),
                        ("answered_at", models.DateTimeField()),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="support.article",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("article", "visitor"), name="articleanswer_one_a_visitor")
                        ],
                    },
                ),
            ]
        )
    ]
