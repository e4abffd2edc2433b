"""Alerts: incidents at a host, people's rules for them, the notices sent; and reports by mail."""

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from billing.models.documents import OutgoingMail
from billing.models.hooks import WebhookEndpoint
from chargers.models import Charger, Host, Property


class AlertKind(models.TextChoices):
    """Kinds of alerts; the values are used in rules, webhooks and the API."""

    OFFLINE = "offline", "A charger is offline"
    FAULTED = "faulted", "A charger or connector is faulted"
    START_FAILURES = "start_failures", "Several starts in a row failed"
    COMPLAINT = "complaint", "A guest says that something is wrong"
    HELD = "held", "A session is held for review"
    LICENCE = "licence", "A licence ends in 30, 7 or 1 days"
    PAYOUT = "payout", "A payout failed"
    SYNC = "sync", "A connection to another system is broken"


class Incident(models.Model):
    """A problem, from its beginning until it has been over for a while; if it returns sooner, it is the same
    incident.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="incidents")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, related_name="incidents")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, related_name="incidents")
    kind = models.CharField(max_length=15, choices=AlertKind)
    key = models.CharField(max_length=120, help_text="What it is about; one is open for each.")
    title = models.CharField(max_length=120, help_text="The name of the thing, such as SUN001.")
    place = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    page = models.CharField(max_length=200, help_text="Where in the portal it is put right.")
    began_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, help_text="When it was last seen to be over, while it may come back.")
    cleared_at = models.DateTimeField(null=True)
    times = models.PositiveIntegerField(default=1, help_text="How often it came back within the same incident, and 1.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "key"], condition=Q(cleared_at=None), name="incident_one_open_of_a_thing"
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None) | Q(gone_at=F("cleared_at")), name="incident_gone_first"
            ),
        ]
        indexes = [models.Index(fields=["host", "-id"], name="incident_by_host")]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_kind_display()}"


class AlertRule(models.Model):
    """The alerts that one person wants at a host, by mail or by one of the host's webhooks."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="alert_rules")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="alert_rules")
    kinds = models.JSONField(help_text="Values of AlertKind.")
    properties = models.ManyToManyField(Property, blank=True, related_name="+", help_text="None: all.")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, null=True, related_name="alert_rules")
    minutes = models.PositiveSmallIntegerField(default=10, help_text="How long an outage lasts before it counts.")
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    time_zone = models.CharField(max_length=50, help_text="IANA name; of the quiet hours and of times in mails.")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="email", endpoint=None) | Q(channel="webhook", endpoint__isnull=False),
                name="alertrule_channel_has_its_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None) | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="alertrule_quiet_hours_whole",
            ),
        ]
        indexes = [models.Index(fields=["host"], condition=Q(ended_at=None), name="alertrule_live")]

    def __str__(self) -> str:
        return f"{self.user} at {self.host}"


class AlertNotice(models.Model):
    """The beginning or end of one incident, for one rule. It is sent at `due_at`, alone or with others in one mail.

    Whether it was sent is the state of its mail, never of this row.
    """

    class Phase(models.TextChoices):
        OPENED = "opened", "Began"
        WEEK_LEFT = "week", "Ends within 7 days"
        DAY_LEFT = "day", "Ends within a day"
        CLEARED = "cleared", "Over"

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="notices")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    phase = models.CharField(max_length=8, choices=Phase)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="The end of the quiet hours, where it came in them.")
    queued_at = models.DateTimeField(null=True, help_text="When it was handed to the outbox or the webhook queue.")
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, related_name="alert_notices")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "incident", "phase"], name="alertnotice_once"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(queued_at=None), name="alertnotice_due")]

    def __str__(self) -> str:
        return f"{self.incident}, {self.phase}"


class MutedMail(models.Model):
    """A kind of mail about a host that a person does not want; without a row it is sent."""

    class Kind(models.TextChoices):
        PAYOUT_PAID = "payout_paid", "A payout was paid"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="muted_mails")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="muted_mails")
    kind = models.CharField(max_length=15, choices=Kind)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "host", "kind"], name="mutedmail_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: not to {self.user}"


class ReportSchedule(models.Model):
    """A schedule that mails a person the sessions of each week or month of a host as CSV."""

    class Cycle(models.TextChoices):
        WEEKLY = "weekly", "Every Monday, of the week before"
        MONTHLY = "monthly", "On the 1st, of the month before"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="report_schedules")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="report_schedules")
    cycle = models.CharField(max_length=8, choices=Cycle)
    time_zone = models.CharField(max_length=50, help_text="IANA name: whose days the periods have.")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "user", "cycle"], condition=Q(ended_at=None), name="reportschedule_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_cycle_display()} to {self.user}"


class ReportRun(models.Model):
    """One period of a scheduled report; its mail tells whether it was sent."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="runs")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "begins_at"], name="reportrun_once_a_period"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="reportrun_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}, from {self.begins_at:%Y-%m-%d}"
