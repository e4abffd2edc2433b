"""Messages on the wire, commands to send, and refused connections."""

from django.db import models
from django.db.models import Q

from chargers.models.hardware import Charger
from chargers.models.sentences import InEnglish, SentencesField
from chargers.sentences import commands


class Message(models.Model):
    """An exchange on the wire: a Call with its answer, or a frame without either.

    The two texts are stored as received (NUL, which PostgreSQL cannot store, becomes U+FFFD). `id` is a UUIDv7 of the
    request's time; the table is partitioned by it. No foreign key refers to this table.
    """

    class Direction(models.TextChoices):
        IN = "in", "From the charger"
        OUT = "out", "To the charger"

    id = models.UUIDField(primary_key=True)
    charger = models.ForeignKey(
        Charger, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="messages"
    )
    direction = models.CharField(max_length=3, choices=Direction, help_text="Who sent the request.")
    upstream = models.CharField(
        max_length=100, blank=True, help_text="The other back office of this exchange; empty: us."
    )
    answered_by = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="The Leader whose answer the charger got; empty: us.",
    )
    ocpp_version = models.CharField(max_length=10)
    message_type = models.SmallIntegerField(
        null=True, help_text="OCPP-J message type of the request; null: unreadable."
    )
    message_id = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=60, blank=True)
    evse_number = models.PositiveIntegerField(null=True)
    uid = models.CharField(max_length=255, blank=True, help_text="The id token in it, as it was presented.")
    transaction_ref = models.CharField(
        max_length=255, blank=True, help_text="The transaction id in it, as on the wire."
    )
    request_at = models.DateTimeField()
    request = models.TextField()
    answer_at = models.DateTimeField(null=True)
    answer = models.TextField(null=True)  # noqa: DJ001 - null: nothing was answered (yet); "" would be an answer
    answer_type = models.SmallIntegerField(null=True)
    verdict = models.CharField(
        max_length=60, blank=True, help_text="The status in the answer, or the CALLERROR's code."
    )
    is_error = models.BooleanField(default=False, help_text="CALLERROR, unreadable or refused by a schema.")
    fault = models.TextField(blank=True, help_text="One sentence: what was wrong with the frame.")
    decision_id = models.UUIDField(null=True)
    origin = models.CharField(max_length=100, blank=True, help_text="Who asked for this command.")

    class Meta:
        indexes = [models.Index(fields=["charger", "-id"], name="message_by_charger")]

    def __str__(self) -> str:
        return f"{self.action or 'frame'} {self.message_id}"


class Command(models.Model):
    """A CALL to a charger, from the request to the effect."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENT = "sent", "Sent, waiting for the charger's answer"
        ACCEPTED = "accepted", "Accepted by the charger"
        REJECTED = "rejected", "Rejected by the charger"
        NOT_SUPPORTED = "not_supported", "The charger does not support this"
        ERROR = "error", "The charger answered with an error"
        TIMED_OUT = "timed_out", "The charger did not answer in time"
        UNKNOWN = "unknown", "The connection ended before the answer: the effect is unknown"
        OFFLINE = "offline", "The charger was offline; nothing was sent"

    id = models.UUIDField(primary_key=True)
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="commands")
    action = models.CharField(max_length=60)
    payload = models.JSONField()
    origin = models.CharField(max_length=100, help_text="Who asked: user:<e-mail>, api:<key>, guest, system.")
    evse_number = models.PositiveIntegerField(null=True, blank=True)
    id_token = models.CharField(max_length=255, blank=True, help_text="For a start: the token it was ordered for.")
    remote_start_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=15, choices=State, default=State.QUEUED)
    message_id = models.CharField(max_length=36, blank=True)
    connection_id = models.UUIDField(null=True, blank=True, help_text="The connection that it was sent on.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    effect_seen_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Of a start: since when it lets nobody charge any more."
    )
    reply = models.JSONField(null=True, blank=True, help_text="The charger's own payload; of several parts joined.")
    items_per_message = models.PositiveIntegerField(
        null=True, blank=True, help_text="It is sent in parts of so many entries; null: as a whole."
    )
    answered_items = models.PositiveIntegerField(default=0, db_default=0, help_text="Entries that were answered.")
    secret_encrypted = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="What stands hidden in the payload; put in on the wire only, and then forgotten.",
    )
    outcome_sentences = SentencesField(help_text="How it ended.")
    outcome = InEnglish("outcome_sentences", commands.english, max_length=255)

    class Meta:
        indexes = [
            models.Index(fields=["charger", "-created_at"], name="command_by_charger"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["queued", "sent"]), name="command_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.action} for {self.charger}"


class FailedHandshake(models.Model):
    """A refused connection with the reason, which installers need to see."""

    class Reason(models.TextChoices):
        UNKNOWN_CHARGER = "unknown_charger", "No charger has this id"
        WRONG_ADDRESS = "wrong_address", "The address is not the one that chargers connect to"
        RETIRED = "retired", "The charger is retired"
        REPLACED = "replaced", "The hardware with this id was replaced"
        NO_CREDENTIALS = "no_credentials", "No user name and password were sent"
        WRONG_USER = "wrong_user", "The user name is not the charger's id"
        WRONG_PASSWORD = "wrong_password", "The password is wrong"
        NO_SUBPROTOCOL = "no_subprotocol", "No OCPP version was offered"
        UNKNOWN_SUBPROTOCOL = "unknown_subprotocol", "None of the offered OCPP versions is known"
        TOO_MANY_TRIES = "too_many_tries", "Too many wrong tries from this address"
        NO_TLS = "no_tls", "The connection is not encrypted"
        BAD_TLS = "bad_tls", "The encryption could not be agreed on"
        NO_CERTIFICATE = "no_certificate", "No client certificate was shown"
        FOREIGN_CERTIFICATE = "foreign_certificate", "The client certificate is not of our authority"
        EXPIRED_CERTIFICATE = "expired_certificate", "The client certificate is not valid at this time"
        REVOKED_CERTIFICATE = "revoked_certificate", "The client certificate was revoked"
        WRONG_CERTIFICATE = "wrong_certificate", "The client certificate is of somebody else"
        TOO_LARGE = "too_large", "A message was too large"
        FLOODED = "flooded", "It sent too many messages"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, related_name="failed_handshakes")
    presented_id = models.CharField(max_length=255, blank=True, help_text="As it stood in the path; empty: not told.")
    source = models.CharField(max_length=45, help_text="The address it came from.")
    reason = models.CharField(max_length=25, choices=Reason)
    detail = models.CharField(max_length=255, blank=True)
    subprotocols = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="As offered, comma-separated."
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["presented_id", "-at"], name="failedhandshake_by_id"),
            models.Index(fields=["reason", "-at"], name="failedhandshake_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.presented_id}: {self.get_reason_display()}"


class ConnectionSwap(models.Model):
    """A connection that replaced a live one of the same charger. Many of them mean that two devices use the same id."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="connection_swaps")
    source = models.CharField(max_length=45, help_text="The address that the newer connection came from.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["charger", "-at"], name="connectionswap_by_charger")]

    def __str__(self) -> str:
        return f"{self.charger} from {self.source}"
