"""The other back offices to which a charger is connected through us."""

from django.db import models
from django.db.models import Q

from chargers.models.hardware import Charger
from chargers.models.hosts import Host, Property


class BackOffice(models.Model):
    """A known back office, with the facts that users need to connect it."""

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField(max_length=500, help_text="Begins with ws:// or wss://; the charger's id is put behind it.")
    subprotocol = models.CharField(max_length=20, blank=True, help_text="Such as ocpp1.6; empty: as the charger.")
    hint = models.CharField(max_length=500, blank=True, help_text="Where its users find id and password.")
    shown = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Upstream(models.Model):
    """Another back office of a charger, as Leader or Follower.

    One of a property or a host applies to each charger without its own.
    """

    class Role(models.TextChoices):
        LEADER = "leader", "Leader (billing)"
        FOLLOWER = "follower", "Follower (data & control)"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, blank=True, related_name="upstreams")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="upstreams")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="upstreams")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    role = models.CharField(max_length=10, choices=Role, default=Role.FOLLOWER)
    identity = models.CharField(
        max_length=48, blank=True, default="", db_default="", help_text="The charger's id there; empty: as here."
    )
    username = models.CharField(max_length=200, blank=True)
    password_encrypted = models.TextField(blank=True)
    client_certificate = models.TextField(
        blank=True, default="", db_default="", help_text="PEM: what we show there, with its chain."
    )
    client_key_encrypted = models.TextField(blank=True, default="", db_default="")
    authority = models.TextField(
        blank=True, default="", db_default="", help_text="PEM: who signed its certificate; empty: a public authority."
    )
    subprotocol = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Such as ocpp1.6; empty: as the charger."
    )
    allowed = models.JSONField(
        null=True, blank=True, help_text="Names of the commands that it may give; null: what its role usually may."
    )
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charger", "name"], name="upstream_name_unique_in_charger"),
            models.UniqueConstraint(fields=["property", "name"], name="upstream_name_unique_in_property"),
            models.UniqueConstraint(fields=["host", "name"], name="upstream_name_unique_in_host"),
            models.UniqueConstraint(fields=["charger"], condition=Q(role="leader"), name="upstream_one_leader"),
            models.UniqueConstraint(
                fields=["property"], condition=Q(role="leader"), name="upstream_one_leader_of_property"
            ),
            models.UniqueConstraint(fields=["host"], condition=Q(role="leader"), name="upstream_one_leader_of_host"),
            models.CheckConstraint(
                condition=Q(charger__isnull=False, property=None, host=None)
                | Q(charger=None, property__isnull=False, host=None)
                | Q(charger=None, property=None, host__isnull=False),
                name="upstream_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display()})"

    def shown_url(self) -> str:
        """Returns the address without its query, where some back offices need a key."""
        path, mark, _ = self.url.partition("?")
        return f"{path}{mark}{'…' if mark else ''}"


class UpstreamLink(models.Model):
    """The current connection of a charger to one of its back offices."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="upstream_links")
    upstream = models.ForeignKey(Upstream, on_delete=models.CASCADE, related_name="links")
    connected_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, help_text="Why it is not connected, or was not last time.")
    next_try_at = models.DateTimeField(null=True)
    dropped = models.PositiveIntegerField(default=0, help_text="Messages that were too old or too many to be kept.")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["charger", "upstream"], name="upstreamlink_once")]

    def __str__(self) -> str:
        return f"{self.charger} to {self.upstream}"


class UpstreamChange(models.Model):
    """A change of a charger's back offices, found by its gateway if the hint was lost. Stored for a day.

    A separate row, because locking many chargers' rows would use a different order than the gateways and could
    deadlock.
    """

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="upstream_changes")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.charger} at {self.at:%Y-%m-%d %H:%M:%S}"


class Forward(models.Model):
    """A transaction's message for a back office: stored with the fact, delivered once and in order of `id`.

    `key` is derived from the message's content, so that repeats of the charger are delivered once; delivered rows are
    stored for some days for that. `message_id` stays the same if the message is sent again.
    """

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of the time it came; also its message id.")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="forwards")
    upstream = models.ForeignKey(Upstream, on_delete=models.CASCADE, related_name="forwards")
    key = models.CharField(max_length=64)
    action = models.CharField(max_length=60)
    version = models.CharField(max_length=10)
    payload = models.TextField(help_text="As the charger wrote it.")
    transaction_ref = models.CharField(max_length=255, blank=True, help_text="Our id of the transaction.")
    claimed_by = models.UUIDField(help_text="The connection of the charger that delivers it.")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upstream", "charger", "key"], name="forward_once")]
        indexes = [
            models.Index(fields=["upstream", "charger", "id"], condition=Q(delivered_at=None), name="forward_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.action} to {self.upstream}"


class UpstreamId(models.Model):
    """An id chosen by one side, with the other side's id. Of several with the same `theirs` the newest counts."""

    class Kind(models.TextChoices):
        TRANSACTION = "transaction", "Transaction (OCPP 1.6)"
        REMOTE_START = "remote_start", "Remote start"
        REQUEST = "request", "Request"
        RESERVATION = "reservation", "Reservation"
        PROFILE = "profile", "Charging profile"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="upstream_ids")
    upstream = models.ForeignKey(Upstream, on_delete=models.CASCADE, related_name="ids")
    kind = models.CharField(max_length=15, choices=Kind)
    ours = models.BigIntegerField(null=True, help_text="As the charger knows it; null for a moment, while it is given.")
    theirs = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upstream", "charger", "kind", "ours"], name="upstreamid_once")]
        indexes = [models.Index(fields=["upstream", "charger", "kind", "theirs", "-id"], name="upstreamid_by_theirs")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ours} is {self.theirs} at {self.upstream}"
