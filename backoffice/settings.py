"""All settings, from the environment; a missing or malformed value stops the start with one sentence."""

from pathlib import Path

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from backoffice import embedded, environment, site_address
from backoffice.environment import Environment
from billing.payouts.bank_files import identifiers

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

DATA_DIR = env.path("DATA_DIR", default=BASE_DIR / "var")
_servers = embedded.Servers(DATA_DIR)
_secrets = None if env.has("DATABASE_URL") else _servers.secrets()

DEBUG = env.boolean("DEBUG", default=False)
STYLE_GUIDE = DEBUG
"""Whether /styleguide/ shows the parts of pages."""
SECRET_KEY = env.text("SECRET_KEY", default=_secrets.secret_key if _secrets else None)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_BASE_URL = env.url("PUBLIC_BASE_URL", default=site_address.read(DATA_DIR) or "http://127.0.0.1:8000")
SUPPORT_EMAIL = env.email("SUPPORT_EMAIL")
ASSISTANT_TOPIC_CHOOSER = env.dotted_path("ASSISTANT_TOPIC_CHOOSER")  # empty: no language model is used
SUPPORT_IMAP_URL = env.mailbox("SUPPORT_IMAP_URL")  # empty: mails are not fetched
MAIL_AUTHSERV_ID = env.short_text("MAIL_AUTHSERV_ID", at_most=253)  # empty: no mail's sender is trusted
EMAIL_URL, _mail = env.mail_server("EMAIL_URL")  # empty: mails are printed, and pages show a notice
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_URL else "backoffice.printed_mail.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.is_encrypted, _mail.is_upgraded
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.email("EMAIL_FROM") or SUPPORT_EMAIL or "charging@localhost"
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
FIELD_ENCRYPTION_KEYS = env.fernet_keys(
    "FIELD_ENCRYPTION_KEYS", default=_secrets.field_encryption_keys if _secrets else None
)
VAPID_PRIVATE_KEY = env.vapid_key(  # empty: browsers are not told anything
    "VAPID_PRIVATE_KEY", default=_secrets.vapid_private_key if _secrets else ""
)
STRIPE_API_KEY = env.stripe_key("STRIPE_API_KEY", "STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.short_text("STRIPE_WEBHOOK_SECRET", at_most=200)
STRIPE_API_BASE = env.url("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_ACCOUNTS = env.words(
    "STRIPE_ACCOUNTS", default=[]
)  # accounts whose events are accepted besides our own account's
STRIPE_TIMEOUT_S = env.whole_number("STRIPE_TIMEOUT_S", default=20, minimum=1)
_processors = environment.folders("billing.payments.processors")
CARD_PROCESSOR = env.choice("CARD_PROCESSOR", among=_processors, default="stripe" if STRIPE_API_KEY else "simulated")
for _name in _processors:  # other settings of a processor are read by its own folder
    globals().update({name: value for name, value in env.beginning_with(f"{_name}_").items() if name not in globals()})
if CARD_PROCESSOR == "stripe" and not STRIPE_API_KEY:
    env.problems.append("STRIPE_API_KEY is not set, and CARD_PROCESSOR is stripe: set it to the secret key of Stripe.")
# The amount held before charging, in everyday units of the currency (billing.engine.values.money.everyday), unless a
# property or its host sets another.
HOLD = {
    "energy_kwh": env.whole_number("HOLD_ENERGY_KWH", default=60, minimum=1),
    "least": env.whole_number("HOLD_LEAST", default=40, minimum=1),
    "most": env.whole_number("HOLD_MOST", default=150, minimum=1),
}
HOLD_FAST = {
    "energy_kwh": env.whole_number("HOLD_FAST_ENERGY_KWH", default=100, minimum=1),
    "least": env.whole_number("HOLD_FAST_LEAST", default=80, minimum=1),
    "most": env.whole_number("HOLD_FAST_MOST", default=200, minimum=1),
}
HOLD_AT_LIMIT = env.choice("HOLD_AT_LIMIT", among=("end", "extend"), default="end")
FIRST_LINE_REFUNDS_UP_TO = env.whole_number("FIRST_LINE_REFUNDS_UP_TO", default=25, minimum=0)
REFUND_ALONE_UP_TO = env.whole_number("REFUND_ALONE_UP_TO", default=50, minimum=0)
PAYOUT_BANK_HOLDER = env.short_text("PAYOUT_BANK_HOLDER", at_most=70)
PAYOUT_BANK_IBAN = env.bank_number("PAYOUT_BANK_IBAN", check=identifiers.checked_sepa_iban)
PAYOUT_BANK_BIC = env.bank_number("PAYOUT_BANK_BIC", check=identifiers.checked_bic)
PAYOUT_ACH_ROUTING_NUMBER = env.bank_number("PAYOUT_ACH_ROUTING_NUMBER", check=identifiers.checked_routing_number)
PAYOUT_ACH_BANK_NAME = env.short_text("PAYOUT_ACH_BANK_NAME", at_most=23)
PAYOUT_ACH_ORIGIN = env.short_text("PAYOUT_ACH_ORIGIN", at_most=10)
PAYOUT_ACH_COMPANY_ID = env.short_text("PAYOUT_ACH_COMPANY_ID", at_most=10)
PAYOUT_ACH_COMPANY_NAME = env.short_text("PAYOUT_ACH_COMPANY_NAME", at_most=16)
SUBSCRIPTION_RETRY_DAYS = env.whole_numbers("SUBSCRIPTION_RETRY_DAYS", default=[1, 3, 5, 7])
SUBSCRIPTION_BENEFITS_DAYS = env.whole_number("SUBSCRIPTION_BENEFITS_DAYS", default=3, minimum=0)
LIVE_VALIDATION_TIMEOUT_S = env.whole_number("LIVE_VALIDATION_TIMEOUT_S", default=15, minimum=1)
RECORD_RETENTION_DAYS = env.whole_number("RECORD_RETENTION_DAYS", default=400, minimum=1)
MESSAGE_RETENTION_DAYS = env.whole_number("MESSAGE_RETENTION_DAYS", default=90, minimum=1)
OUTBOUND_ALLOWED_NETWORKS = env.networks("OUTBOUND_ALLOWED_NETWORKS")
METRICS_TOKEN = env.short_text("METRICS_TOKEN", at_most=200)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
CHARGER_URL = env.websocket_url("CHARGER_URL")
CHARGER_TLS_URL = env.websocket_url("CHARGER_TLS_URL", scheme="wss")
MAP_TILES_URL = env.tiles_url("MAP_TILES_URL")  # empty: maps show countries alone, and ask nobody
MAP_TILES_ATTRIBUTION = env.short_text("MAP_TILES_ATTRIBUTION", at_most=200)
CHARGER_CERTIFICATE_ORGANIZATION = env.short_text("CHARGER_CERTIFICATE_ORGANIZATION", at_most=64)

REDIS_URL = env.redis_url("REDIS_URL", default=_servers.redis_url)
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", default=_servers.database_url),
        "CONN_HEALTH_CHECKS": True,
    }
}
environment.use_pool(DATABASES["default"], env)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # `backoffice.urls` loads the apps' admins; commands need none
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "channels",
    "django_filters",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "backoffice",
    "chargers",
    "authorization",
    "billing",
    "support",
]

# What upper apps add to lists of lower ones: causes that need a person, and searches by number.

MIDDLEWARE = [
    "backoffice.metrics.requests.RequestMetricsMiddleware",
    "backoffice.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "backoffice.static_files.StaticFiles",
    "backoffice.compression.CompressionMiddleware",
    "backoffice.middleware.RefuseNul",
    "backoffice.middleware.NotForSearchEngines",
    "backoffice.middleware.GuestDomains",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backoffice.middleware.ContentSecurityPolicy",
    "backoffice.middleware.AgentsShowSecondFactor",
    "backoffice.middleware.CompanySessions",
    "backoffice.middleware.DriversStayOutside",
    "backoffice.middleware.FormerChargerAddresses",
    "backoffice.middleware.GuestLanguage",
    "backoffice.middleware.ExplainForms",
]

ROOT_URLCONF = "backoffice.urls"
ASGI_APPLICATION = "backoffice.asgi.application"
AUTH_USER_MODEL = "authorization.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "authorization.accounts.adapters.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # allauth's default uses the Host header
# Limited by account in authorization.accounts.adapters, which does not lock owners out; many users may share one
# address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "10/m/ip"}
PASSWORD_RESET_TIMEOUT = 24 * 3600
MFA_ADAPTER = "authorization.accounts.adapters.SecondFactors"
MFA_TOTP_TOLERANCE = 1  # RFC 6238 5.2: one step of 30 s, for clocks that differ
MFA_TOTP_ISSUER = "Charging back office"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "authorization.accounts.views.passkeys.AddForm",
    "authenticate_webauthn": "authorization.accounts.views.passkeys.UseForm",
    "login_webauthn": "authorization.accounts.views.passkeys.LoginForm",
    "reauthenticate_webauthn": "authorization.accounts.views.passkeys.ConfirmForm",
}
SOCIALACCOUNT_ADAPTER = "authorization.company_login.adapter.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # forms may not lead to another site (Content-Security-Policy)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PUBLIC_BASE_URL.startswith("http://localhost")  # browsers trust localhost, too
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

UNFOLD = {
    "SITE_TITLE": "Support",
    "SITE_HEADER": "Support",
    "SITE_SUBHEADER": "All times in UTC",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    "SITE_SYMBOL": "ev_station",
    "SHOW_HISTORY": True,
    "STYLES": [lambda request: static("support.css")],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "support.admin_site.menu.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 250)",
            "100": "oklch(94% .03 250)",
            "200": "oklch(88% .06 250)",
            "300": "oklch(80% .1 250)",
            "400": "oklch(71% .13 250)",
            "500": "oklch(60% .15 250)",
            "600": "oklch(48% .14 250)",
            "700": "oklch(42% .13 250)",
            "800": "oklch(36% .11 250)",
            "900": "oklch(30% .09 250)",
            "950": "oklch(22% .07 250)",
        }
    },
}

CACHES = {"default": {"BACKEND": "backoffice.cache.Cache", "LOCATION": REDIS_URL}}
# Limits the wait for a Redis that accepts connections but never answers, or for a connection that silently died.
REDIS_PATIENCE = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "health_check_interval": 5}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, **REDIS_PATIENCE}], "prefix": "backoffice"},
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_REDIRECT_STDOUTS = False  # printed information, such as where a mail is stored, is not a warning
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    **REDIS_PATIENCE,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
# Queues by whom a task waits for, so that a slow system does not delay power sharing and sweeps (the default queue):
# `up` runs a worker for each line of this table.
TASKS_BY_QUEUE = {
    "issuers": (
        "authorization.tasks.ask_provider",
        "authorization.tasks.sync_stays_of",
        "billing.tasks.deliver_hooks",
        "billing.tasks.push_to_partner",
        "billing.tasks.send_push_message",
    ),
    "payments": (
        "billing.tasks.send_payouts",
        "billing.tasks.check_watched_holds",
        "billing.tasks.delete_closed_accounts",
        "billing.tasks.deliver_simulated_webhooks",
        "billing.tasks.give_up_waiting_sessions",
        "billing.tasks.keep_overrides_within_limits",
        "billing.tasks.post_folio_charges",
        "billing.tasks.price_late_stops",
        "billing.tasks.price_what_stopped",
        "billing.tasks.reconcile_processor",
        "billing.tasks.renew_subscriptions",
        "billing.tasks.resolve_holds",
        "billing.tasks.resolve_refunds",
        "billing.tasks.settle_due_sessions",
        "billing.tasks.start_paid_sessions",
        "billing.tasks.stop_before_holds_are_used_up",
    ),
    "mail": (
        "billing.tasks.send_mails",
        "billing.tasks.send_stay_messages",
        "billing.tasks.notify_waiting_guests",
        "support.tasks.fetch_mails",
    ),
    "reports": (
        "authorization.tasks.apply_token_imports",
        "authorization.tasks.resync_providers",
        "billing.tasks.keep_books",
        "billing.tasks.make_statements",
        "billing.tasks.match_bank_lines",
        "billing.tasks.look_over_roaming",
        "billing.tasks.prune_exchanges",
        "billing.tasks.prune_old_rows",
        "billing.tasks.write_stay_messages",
        "billing.tasks.rehearse_rates",
        "billing.tasks.sum_days",
        "backoffice.portal.tasks.watch_alerts",
        "billing.tasks.make_scheduled_reports",
    ),
}
CELERY_TASK_ROUTES = {task: {"queue": queue} for queue, tasks in TASKS_BY_QUEUE.items() for task in tasks}
CELERY_BEAT_SCHEDULE = {
    "sweep-issuer-questions": {"task": "authorization.tasks.sweep_questions", "schedule": 5.0},
    "probe-providers": {"task": "authorization.tasks.probe_providers", "schedule": 5.0},
    "notice-unstarted": {"task": "authorization.tasks.notice_unstarted", "schedule": 10.0},
    "prune-issuer-questions": {"task": "authorization.tasks.prune_questions", "schedule": 3600.0},
    "note-beat": {"task": "chargers.tasks.note_beat", "schedule": 5.0},
    "sweep-commands": {"task": "chargers.tasks.sweep_commands", "schedule": 5.0},
    "keep-maintenance": {"task": "chargers.tasks.keep_maintenance", "schedule": 5.0},
    "recover-chargers": {"task": "chargers.tasks.recover_chargers", "schedule": 15.0},
    "ask-for-lost-messages": {"task": "chargers.tasks.ask_for_lost_messages", "schedule": 15.0},
    "run-jobs": {"task": "chargers.tasks.run_jobs", "schedule": 3.0},
    "keep-credentials-moving": {"task": "chargers.tasks.keep_credentials_moving", "schedule": 2.0},
    "share-power": {"task": "chargers.tasks.share_power", "schedule": 2.0},
    "keep-card-memories": {"task": "chargers.tasks.keep_card_memories", "schedule": 2.0},
    "complete-card-memories": {"task": "chargers.tasks.complete_card_memories", "schedule": 60.0},
    "prune-backlogs": {"task": "chargers.tasks.prune_backlogs", "schedule": 300.0},
    "delete-old-handshakes": {"task": "chargers.tasks.delete_old_handshakes", "schedule": 3600.0},
    "expire-dead-gateways": {"task": "chargers.tasks.expire_dead_gateways", "schedule": 5.0},
    "show-silent-as-offline": {"task": "chargers.tasks.show_silent_as_offline", "schedule": 60.0},
    "keep-partitions": {"task": "chargers.tasks.keep_partitions", "schedule": 600.0},
    "resync-providers": {"task": "authorization.tasks.resync_providers", "schedule": 10.0},
    "sync-due-stays": {"task": "authorization.tasks.sync_due_stays", "schedule": 5.0},
    "write-stay-messages": {"task": "billing.tasks.write_stay_messages", "schedule": 60.0},
    "post-folio-charges": {"task": "billing.tasks.post_folio_charges", "schedule": 10.0},
    "notify-waiting-guests": {"task": "billing.tasks.notify_waiting_guests", "schedule": 5.0},
    "send-stay-messages": {"task": "billing.tasks.send_stay_messages", "schedule": 10.0},
    "apply-token-imports": {"task": "authorization.tasks.apply_token_imports", "schedule": 10.0},
    "forget-api-requests": {"task": "authorization.tasks.forget_api_requests", "schedule": 3600.0},
    "forget-token-imports": {"task": "authorization.tasks.forget_token_imports", "schedule": 600.0},
    "resolve-refunds": {"task": "billing.tasks.resolve_refunds", "schedule": 10.0},
    "delete-closed-accounts": {"task": "billing.tasks.delete_closed_accounts", "schedule": 30.0},
    "renew-subscriptions": {"task": "billing.tasks.renew_subscriptions", "schedule": 30.0},
    "deliver-hooks": {"task": "billing.tasks.deliver_hooks", "schedule": 3.0},
    "publish-roaming": {"task": "billing.tasks.publish_roaming", "schedule": 2.0},
    "look-over-roaming": {"task": "billing.tasks.look_over_roaming", "schedule": 60.0},
    "prune-exchanges": {"task": "billing.tasks.prune_exchanges", "schedule": 3600.0},
    "forget-hook-deliveries": {"task": "billing.tasks.forget_hook_deliveries", "schedule": 3600.0},
    "send-mails": {"task": "billing.tasks.send_mails", "schedule": 3.0},
    "reconcile-processor": {"task": "billing.tasks.reconcile_processor", "schedule": 3600.0},
    "sum-days": {"task": "billing.tasks.sum_days", "schedule": 60.0},
    "keep-books": {"task": "billing.tasks.keep_books", "schedule": 300.0},
    "close-payouts": {"task": "billing.tasks.close_payouts", "schedule": 600.0},
    "make-statements": {"task": "billing.tasks.make_statements", "schedule": 600.0},
    "match-bank-lines": {"task": "billing.tasks.match_bank_lines", "schedule": 3600.0},
    "send-payouts": {"task": "billing.tasks.send_payouts", "schedule": 30.0},
    "price-what-stopped": {"task": "billing.tasks.price_what_stopped", "schedule": 2.0},
    "settle-due-sessions": {"task": "billing.tasks.settle_due_sessions", "schedule": 5.0},
    "give-up-waiting-sessions": {"task": "billing.tasks.give_up_waiting_sessions", "schedule": 2.0},
    "check-watched-holds": {"task": "billing.tasks.check_watched_holds", "schedule": 2.0},
    "start-paid-sessions": {"task": "billing.tasks.start_paid_sessions", "schedule": 2.0},
    "resolve-holds": {"task": "billing.tasks.resolve_holds", "schedule": 5.0},
    "stop-before-holds-are-used-up": {"task": "billing.tasks.stop_before_holds_are_used_up", "schedule": 15.0},
    "stop-at-used-up-budgets": {"task": "billing.tasks.stop_at_used_up_budgets", "schedule": 30.0},
    "keep-overrides-within-limits": {"task": "billing.tasks.keep_overrides_within_limits", "schedule": 5.0},
    "notify-of-idle-fees": {"task": "billing.tasks.notify_of_idle_fees", "schedule": 15.0},
    "close-silent-sessions": {"task": "billing.tasks.close_silent_sessions", "schedule": 60.0},
    "prune-old-rows": {"task": "billing.tasks.prune_old_rows", "schedule": crontab(hour=3, minute=17)},
    "push-to-guests": {"task": "billing.tasks.push_to_guests", "schedule": 5.0},
    "forget-ended-sessions": {"task": "billing.tasks.forget_ended_sessions", "schedule": 600.0},
    "price-late-stops": {"task": "billing.tasks.price_late_stops", "schedule": 30.0},
    "watch-alerts": {"task": "backoffice.portal.tasks.watch_alerts", "schedule": 15.0},
    "make-scheduled-reports": {"task": "billing.tasks.make_scheduled_reports", "schedule": 60.0},
    "rehearse-rates": {"task": "billing.tasks.rehearse_rates", "schedule": 3.0},
    "begin-missing-sessions": {"task": "billing.tasks.begin_missing_sessions", "schedule": 300.0},
    "release-replies": {"task": "support.tasks.release_replies", "schedule": 3.0},
    "escalate-tickets": {"task": "support.tasks.escalate_tickets", "schedule": 60.0},
    "report-recoveries": {"task": "support.tasks.report_recoveries", "schedule": 30.0},
    "learn-words": {"task": "support.tasks.learn_words", "schedule": 15.0},
    "watch-incidents": {"task": "support.tasks.watch_incidents", "schedule": 30.0},
    "tidy-tickets": {"task": "support.tasks.tidy_tickets", "schedule": 3600.0},
    "fetch-mails": {"task": "support.tasks.fetch_mails", "schedule": 30.0},
    "deliver-simulated-webhooks": {"task": "billing.tasks.deliver_simulated_webhooks", "schedule": 2.0},
}
# A task that no worker took before its next run expires, so that tasks do not pile up.
for _entry in CELERY_BEAT_SCHEDULE.values():
    _period = _entry["schedule"]
    _entry["options"] = {"expires": _period if isinstance(_period, float) else 12 * 3600.0}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["authorization.rest.parsing.JsonParser"],
    "DEFAULT_THROTTLE_RATES": {
        "api-reads": "1200/min",
        "api-writes": "300/min",
        "person-api-reads": "2400/min",
        "person-api-writes": "600/min",
    },
    "EXCEPTION_HANDLER": "authorization.rest.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Charging back office",
    "DESCRIPTION": (
        "Chargers, their messages and commands, cards, decisions, sessions, rates and receipts of one host. "
        "Lists come a page at a time: follow `next`. What is wrong comes as `application/problem+json` (RFC 9457)."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ArticleAudience": "support.models.Article.Audience",
        "RateAudience": "billing.models.RateAssignment.Audience",
        "RatingKind": "billing.models.Rating.Kind",
        "ReceiptKind": "billing.models.Receipt.Kind",
        "SessionState": "billing.models.Session.State",
        "HoldState": "billing.models.Hold.State",
        "DisputeState": "billing.models.Dispute.State",
        "FolioLineState": "billing.models.FolioCharge.State",
        "ReceivableState": "billing.models.Receivable.State",
        "CommandState": "chargers.models.Command.State",
        "LocalListState": "chargers.models.CardMemory.State",
        "DecisionVerdict": "authorization.models.Decision.Verdict",
        "MemberRole": "authorization.models.Membership.Role",
        "UpstreamRole": "chargers.models.Upstream.Role",
        "ReportCycle": "billing.models.ReportSchedule.Cycle",
        "PayoutCycle": "billing.models.PayoutAgreement.Cycle",
        "PayoutWay": "billing.models.PayoutAgreement.Way",
        "AlertKind": "billing.models.AlertKind",
        "AttentionKind": "backoffice.portal.attention.cause.Kind",
        "PropertySystemKind": "authorization.models.pms.system_choices",
        "LadderStep": ["trigger", "reset_soft", "reset_hard", "unlock", "ticket"],
        "JobKind": "chargers.models.Job.Kind",
        "JobState": "chargers.models.Job.State",
        "JobItemState": "chargers.models.JobItem.State",
        "OutageKind": "chargers.models.OutageExclusion.Kind",
        "JoinState": "billing.models.Join.State",
        "WebhookKind": "billing.models.WebhookEndpoint.Kind",
        "AccessRequestState": "authorization.models.AccessRequest.State",
        "VehicleState": "authorization.models.Vehicle.State",
        "LicenceState": "chargers.models.Licence.State",
        "LocalListChoice": ["property", "on", "off"],
        "OutletPriority": "chargers.models.PowerOutlet.Priority",
        "SellerKind": "billing.models.SellerFacts.Kind",
        "TicketState": "support.models.Ticket.State",
        "TicketPriority": "support.models.Ticket.Priority",
        "TicketSatisfaction": "support.models.Ticket.Satisfaction",
        "GivenSatisfaction": ["good", "bad"],
        "PlanRefundState": "billing.models.PeriodRefund.State",
        "ReviewChoice": ["as_it_stands", "last_trusted", "plausible", "first_reading", "our_clock"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "authorization.rest.bodies.add_to_schema",
        "authorization.rest.problems.add_to_schema",
        "authorization.rest.idempotency.add_to_schema",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LANGUAGE_CODE = "en"
# The languages of guests' pages; the portal, the admin and the API are in English (see
# backoffice.middleware.GuestLanguage).
LANGUAGES = [("en", "English"), ("nl", "Dutch"), ("de", "German"), ("fr", "French"), ("es", "Spanish")]
LOCALE_PATHS = [BASE_DIR / "backoffice" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
FORMAT_MODULE_PATH = ["backoffice.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # During development, a file is read again at each request, and has its plain name.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "backoffice.static_files.HashedNames"
    },
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Warnings of `check --deploy` that do not apply here: other hosts of the domain (W005, W021), and redirects to https,
# which the TLS proxy makes; chargers may connect without TLS (W008).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
if PUBLIC_BASE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": "INFO"} for name in ("backoffice", "chargers", "authorization", "billing", "support")},
}

if env.problems:
    raise ImproperlyConfigured(" ".join(env.problems))
