"""Roaming by OCPI: connections to partners, what is shared with them, their commands, and the exchange journal."""

from django.db import models
from django.db.models import F, Q

from authorization.models import MobilityProvider, Token
from billing.models.sessions import Session
from chargers.models import Charger, Command, Host


class RoamingConnection(models.Model):
    """One OCPI connection: a platform that we call and that calls us, with one or several of our hosts as CPO roles.

    `version` is the agreed one; `endpoints` and `roles` are the partner's, from its last handshake.
    """

    class TokenForm(models.TextChoices):
        BY_VERSION = "", "As the version says"
        BASE64 = "base64", "Base64 (2.2 and later)"
        PLAIN = "plain", "Plain (2.1.1)"

    msp = models.OneToOneField(MobilityProvider, on_delete=models.PROTECT, related_name="connection")
    is_hub = models.BooleanField(default=False, help_text="It forwards to others: each answers for itself.")
    hosts = models.ManyToManyField(
        Host, blank=True, related_name="roaming_connections", help_text="Our CPO roles; none: every host that has one."
    )
    version = models.CharField(max_length=10, blank=True)
    endpoints = models.JSONField(default=list, blank=True)
    roles = models.JSONField(default=list, blank=True)
    outbound_token_encrypted = models.TextField(blank=True, help_text="What we show it.")
    previous_token_encrypted = models.TextField(
        blank=True, help_text="What we showed it before its rotation, until it took the new one."
    )
    token_form = models.CharField(max_length=10, choices=TokenForm, default=TokenForm.BY_VERSION, blank=True)
    negates_all = models.BooleanField(
        default=False, help_text="It wants every amount of a credit CDR negative, not only the total."
    )
    wants_end_date_time = models.BooleanField(
        default=False, help_text="2.1.1: its CDRs have end_date_time beside stop_date_time; noticed by its refusal."
    )
    registered_at = models.DateTimeField(null=True, blank=True)
    unregistered_at = models.DateTimeField(null=True, blank=True)
    cdrs_from = models.DateTimeField(
        null=True, blank=True, help_text="When it registered first: sessions that end after it owe the partner a CDR."
    )
    last_in_at = models.DateTimeField(null=True, blank=True)
    last_out_at = models.DateTimeField(null=True, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True, help_text="Since when it does not take what we push.")
    next_push_at = models.DateTimeField(null=True, blank=True, help_text="While it is silent: when it is tried again.")
    failures = models.PositiveIntegerField(default=0, help_text="Pushes that failed since it last took one.")

    def __str__(self) -> str:
        return str(self.msp)

    @property
    def is_registered(self) -> bool:
        return self.registered_at is not None


class PartnerCredential(models.Model):
    """A token that a partner may use with us. Encrypted, since GET credentials returns it; found by its keyed hash.

    Two of a connection may be valid at once: the answer of a rotation may be lost, so the older expires when the newer
    is first used (OCPI issue 568).
    """

    class Kind(models.TextChoices):
        REGISTRATION = "registration", "Token A: only to register"
        CREDENTIALS = "credentials", "Credentials token"

    connection = models.ForeignKey(RoamingConnection, on_delete=models.CASCADE, related_name="credentials")
    kind = models.CharField(max_length=12, choices=Kind)
    token_hash = models.CharField(max_length=64, unique=True)
    token_encrypted = models.TextField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.connection}"


class RoamingExchange(models.Model):
    """The exchange journal: one request with its answer, in or out. Tokens are masked. `id` is a UUIDv7."""

    class Direction(models.TextChoices):
        IN = "in", "From the partner"
        OUT = "out", "To the partner"

    id = models.UUIDField(primary_key=True)
    connection = models.ForeignKey(
        RoamingConnection,
        on_delete=models.CASCADE,
        null=True,
        related_name="exchanges",
        help_text="Null: no token fits.",
    )
    direction = models.CharField(max_length=3, choices=Direction)
    module = models.CharField(max_length=40, blank=True)
    method = models.CharField(max_length=10)
    url = models.TextField()
    request_id = models.CharField(max_length=100, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)
    version = models.CharField(max_length=10, blank=True, db_default="", help_text="Of OCPI; empty: none is known.")
    headers = models.JSONField(default=dict, help_text="Of the request.")
    answer_headers = models.JSONField(
        null=True, help_text="Null: no answer; or written before they were stored apart from the request's."
    )
    request = models.TextField(blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, help_text="Null: no answer.")
    ocpi_status = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True)
    failure = models.CharField(max_length=500, blank=True, help_text="Goes on after the partner's name.")
    took_ms = models.PositiveIntegerField(default=0)
    repeats = models.UUIDField(null=True, help_text="The exchange that a person sent again.")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["connection", "-id"], name="roamingexchange_by_partner"),
            models.Index(fields=["request_id"], name="roamingexchange_by_request"),
            models.Index(fields=["correlation_id"], name="roamingexchange_by_correlation"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class RoamingChange(models.Model):
    """A note that a row behind a shared object was written; a worker makes the object again.

    Only ever inserted, by triggers, so that no charger's message waits for a lock on it.
    """

    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class RoamingObject(models.Model):
    """An object that we own and share, in the form of OCPI 2.2.1, from which other versions are made.

    `id` ascends by creation, so that pages never shift; `last_updated` rises only when the body differs.
    """

    class Kind(models.TextChoices):
        LOCATION = "location", "Location"
        TARIFF = "tariff", "Tariff"
        SESSION = "session", "Session"
        CDR = "cdr", "CDR"

    kind = models.CharField(max_length=10, choices=Kind)
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="roaming_objects")
    key = models.CharField(max_length=39, help_text="Its OCPI id.")
    source = models.CharField(max_length=40, help_text="The key of the row that it is made of.")
    msp = models.ForeignKey(
        MobilityProvider, on_delete=models.CASCADE, null=True, related_name="+", help_text="Only for it; null: for all."
    )
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="roaming_objects")
    body = models.JSONField()
    created_at = models.DateTimeField()
    last_updated = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Since when it is not shared any more.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "host", "key"], name="roamingobject_key_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=["location", "tariff", "session", "cdr"]), name="roamingobject_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "source"], name="roamingobject_by_source"),
            models.Index(fields=["kind", "last_updated"], name="roamingobject_by_update"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class RoamingShare(models.Model):
    """What one partner holds of one object, with a dirty mark if that is not the current state.

    It is a mark, not a message: the object is pushed as it is at that moment.
    """

    connection = models.ForeignKey(RoamingConnection, on_delete=models.CASCADE, related_name="shares")
    object = models.ForeignKey(RoamingObject, on_delete=models.CASCADE, related_name="shares")
    held = models.JSONField(null=True, help_text="What it took last, as it was sent; null: it may hold nothing.")
    dirty_at = models.DateTimeField(null=True, help_text="Since when it differs; null: it holds what we have.")
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True, help_text="Why it was not taken; after the partner's name.")
    sent_at = models.DateTimeField(null=True)
    stored_url = models.TextField(blank=True, help_text="Of a CDR: where the partner stored it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "object"], name="roamingshare_unique"),
            models.CheckConstraint(
                condition=Q(dirty_at=None) | Q(next_try_at__isnull=False), name="roamingshare_dirty_has_its_turn"
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "next_try_at"], condition=Q(dirty_at__isnull=False), name="roamingshare_dirty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.object} for {self.connection}"


class PartnerCommand(models.Model):
    """A partner's command: the request, our CALL to the charger, and the result that the partner is owed."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for the charger"
        DONE = "done", "The result waits to be sent"
        SENT = "sent", "The partner has the result"
        GIVEN_UP = "given_up", "The partner does not take the result"

    id = models.UUIDField(primary_key=True)
    connection = models.ForeignKey(RoamingConnection, on_delete=models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=30)
    version = models.CharField(max_length=10)
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="+")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="+")
    request = models.JSONField(default=dict)
    response_url = models.TextField()
    command = models.ForeignKey(Command, on_delete=models.SET_NULL, null=True, related_name="+")
    reservation_id = models.CharField(max_length=36, blank=True, help_text="The partner's id of the reservation.")
    reservation_number = models.PositiveIntegerField(null=True, help_text="Ours, on the wire to the charger.")
    correlation_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    result = models.CharField(max_length=25, blank=True, help_text="OCPI 2.2.1 13.4.1 CommandResultType.")
    message = models.CharField(max_length=500, blank=True)
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    deadline = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(deadline__gt=F("created_at")), name="partnercommand_ends"),
            models.UniqueConstraint(
                fields=["connection", "reservation_id"],
                condition=Q(kind="RESERVE_NOW") & ~Q(reservation_id="") & Q(state="pending"),
                name="partnercommand_reservation_once",
            ),
        ]
        indexes = [
            models.Index(fields=["deadline"], condition=Q(state__in=["pending", "done"]), name="partnercommand_open"),
            models.Index(fields=["connection", "reservation_id"], name="partnercommand_reservation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.charger} by {self.connection}"


class RoamingToken(models.Model):
    """A provider's Token object as received: our answer to the provider's requests, and the contract that CDRs name."""

    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="roaming")
    body = models.JSONField()
    last_updated = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.token)
