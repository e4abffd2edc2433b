"""Drivers with an account: their links, payment cards and charging cards."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from authorization.models import Token, User
from billing.sentences import catalogue
from chargers.models.free_text import FreeText
from chargers.models.sentences import InEnglish, SentencesField


class Driver(models.Model):
    """A person who charges and has an account. `id` identifies them at a card processor.

    When the account is deleted the row stays, without user, name and address, because sessions and books refer to it.
    """

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `created_at`.")
    user = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, related_name="driver", help_text="Null: the account was deleted."
    )
    name = FreeText(max_length=100, blank=True)
    language = models.CharField(max_length=2, default="en", help_text="Of their mails.")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deletion_asked_at = models.DateTimeField(
        null=True, help_text="Since then it is deleted as soon as nothing is open."
    )
    deletion_due_at = models.DateTimeField(null=True, help_text="By then it is deleted, or they hear what hinders it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deletion_asked_at=None, deletion_due_at=None)
                | Q(deletion_asked_at__isnull=False, deletion_due_at__isnull=False, deleted_at=None),
                name="driver_deletion_has_both_times",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(user=None, name=""), name="driver_deleted_has_no_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name or (self.user.email if self.user else f"a deleted account ({self.id})")


class DriverLink(models.Model):
    """A link for one use that opens or creates the account of an address; it is sent only to that address."""

    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what stands in the link.")
    email = models.EmailField(help_text="Stored in lower case.")
    session = models.ForeignKey(
        "billing.Session", on_delete=models.SET_NULL, null=True, related_name="+", help_text="The receipt to keep."
    )
    driver = models.ForeignKey(
        Driver, on_delete=models.CASCADE, null=True, related_name="+", help_text="Who changes to this address."
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="driverlink_by_end")]

    def __str__(self) -> str:
        return f"Link of {self.email}"


class PaymentCard(models.Model):
    """A driver's card, stored at the processor. We store its reference and appearance, never its number."""

    class State(models.TextChoices):
        SAVING = "saving", "Being saved"
        READY = "ready", "Ready"
        DECLINED = "declined", "Declined"
        REMOVED = "removed", "Removed"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; in the idempotency keys.")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="payment_cards")
    processor = models.CharField(max_length=20)
    ref = models.CharField(max_length=255, blank=True)
    customer_ref = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.SAVING)
    brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    is_default = models.BooleanField(default=False, help_text="Which one pays where nothing else was chosen.")
    failure_sentences = SentencesField(help_text="Why it was refused.")
    failure = InEnglish("failure_sentences", catalogue.english, max_length=255)
    next_action_url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["driver"], condition=Q(is_default=True), name="paymentcard_one_default"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(state="ready"), name="paymentcard_default_is_ready"
            ),
        ]
        indexes = [models.Index(fields=["driver", "id"], name="paymentcard_by_driver")]

    def __str__(self) -> str:
        if not self.brand:
            return _("Card ending %(last4)s") % {"last4": self.last4 or "????"}
        return _("%(brand)s ending %(last4)s") % {"brand": self.brand.capitalize(), "last4": self.last4 or "????"}


class DriverToken(models.Model):
    """A host's charging card whose driver has proven that it is theirs."""

    class Proof(models.TextChoices):
        ADDRESS = "address", "The host knows the card by this e-mail address"
        CODE = "code", "A code that came with the card"
        JOINED = "joined", "They joined by a code of the host"

    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="tokens")
    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="driver_token")
    proof = models.CharField(max_length=10, choices=Proof)
    claimed_at = models.DateTimeField()
    pays_with = models.ForeignKey(
        PaymentCard,
        on_delete=models.PROTECT,
        null=True,
        related_name="charging_cards",
        help_text="What each session with it is taken from when it is over; null: settled with the host otherwise.",
    )
    agreed_at = models.DateTimeField(null=True, help_text="Since when: no session that began before is taken.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pays_with=None, agreed_at=None) | Q(pays_with__isnull=False, agreed_at__isnull=False),
                name="drivertoken_pays_since",
            )
        ]

    def __str__(self) -> str:
        return f"{self.token} of {self.driver}"


class ClaimCode(models.Model):
    """A code that a host hands over with a card: the driver who types it in gets the card. For one use."""

    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="claim_code")
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"Code of {self.token}"
