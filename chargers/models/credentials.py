"""Chargers' credentials besides their current password: new passwords and certificates."""

from django.db import models
from django.db.models import Q

from chargers.models.hardware import Charger
from chargers.models.sentences import InEnglish, SentencesField
from chargers.models.wire import Command
from chargers.sentences import catalogue


class PasswordChange(models.Model):
    """A new password on its way to a charger; until it is used the old one stays valid.

    The password itself is stored, encrypted, in the command that sends it, and is deleted once that is sent; handshakes
    are checked against the hash in `Charger.next_key_hash`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent to the charger"
        BY_HAND = "by_hand", "To be typed into the charger"
        ACCEPTED = "accepted", "The charger took it; waiting for it to connect with it"
        UNSURE = "unsure", "The charger did not answer; both passwords are good until it connects with the new one"
        PROVED = "proved", "The charger connected with it: the old password is gone"
        REFUSED = "refused", "The charger refused it: the old password stays"
        WITHDRAWN = "withdrawn", "Withdrawn: the old password stays"

    OPEN = (State.WAITING, State.BY_HAND, State.ACCEPTED, State.UNSURE)

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="password_changes")
    state = models.CharField(max_length=10, choices=State)
    origin = models.CharField(max_length=100, help_text="Who asked: user:<e-mail>, api:<key>, system.")
    command = models.OneToOneField(
        Command, on_delete=models.SET_NULL, null=True, blank=True, related_name="password_change"
    )
    outcome_sentences = SentencesField(help_text="The charger's reply, or why it ended.")
    outcome = InEnglish("outcome_sentences", catalogue.english, max_length=255)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger"], condition=Q(ended_at=None), name="passwordchange_one_open_in_charger"
            )
        ]

    def __str__(self) -> str:
        return f"New password of {self.charger}"


class CertificateAuthority(models.Model):
    """Our own certificate authority, which signs the client certificates of chargers (security profile 3)."""

    name = models.CharField(max_length=64)
    certificate = models.TextField(help_text="PEM.")
    key_encrypted = models.TextField(help_text="PKCS#8, encrypted with FIELD_ENCRYPTION_KEYS.")
    created_at = models.DateTimeField()
    valid_to = models.DateTimeField()

    class Meta:
        verbose_name_plural = "certificate authorities"

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """A client certificate that we signed for a charger."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="certificates")
    authority = models.ForeignKey(CertificateAuthority, on_delete=models.PROTECT, related_name="certificates")
    serial_number = models.CharField(max_length=40, unique=True, help_text="Hexadecimal.")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the DER, hexadecimal.")
    subject = models.CharField(max_length=255)
    certificate = models.TextField(help_text="PEM.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    first_used_at = models.DateTimeField(null=True, blank=True, help_text="The first connection that showed it.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.subject} ({self.serial_number[:8]})"


class CertificateRequest(models.Model):
    """A charger's request for a certificate (SignCertificate), until its reply to the signed certificate."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be signed"
        SIGNED = "signed", "Signed; to be sent when the charger is online"
        SENT = "sent", "Sent, waiting for the charger's answer"
        ACCEPTED = "accepted", "The charger installed it"
        REFUSED = "refused", "The charger refused it"
        FAILED = "failed", "The charger did not take it"
        REJECTED = "rejected", "Rejected by us"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="certificate_requests")
    csr = models.TextField()
    use = models.CharField(max_length=40, blank=True, help_text="OCPP 2.x certificateType.")
    request_id = models.BigIntegerField(null=True, blank=True, help_text="OCPP 2.1.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    certificate = models.OneToOneField(
        Certificate, on_delete=models.SET_NULL, null=True, blank=True, related_name="request"
    )
    command = models.ForeignKey(Command, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    outcome_sentences = SentencesField(help_text="The charger's reply, or why it was not signed.")
    outcome = InEnglish("outcome_sentences", catalogue.english, max_length=255)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=Q(ended_at=None), name="certificaterequest_open")]

    def __str__(self) -> str:
        return f"{self.charger}: {self.get_state_display()}"
