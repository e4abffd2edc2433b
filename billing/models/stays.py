"""What guests of bookings get at a property, and how they pay for charging."""

from django.db import models
from django.db.models import Q

from authorization.models import PmsConnection, Stay
from billing.models.sessions import Session
from chargers.models import Host, Property
from chargers.models.free_text import FreeText


class StayTerms(models.Model):
    """The host's terms for guests of bookings at a property; without them they pay by card, and nothing is included."""

    class Payment(models.TextChoices):
        CARD = "card", "By card, before charging begins"
        HOST = "host", "To you: no card is asked for here"
        FOLIO = "folio", "With the bill of their stay"

    class Per(models.TextChoices):
        STAY = "stay", "stay"
        DAY = "day", "day"

    class Lines(models.TextChoices):
        SESSION = "session", "One for each session, at once"
        DAY = "day", "One for each day, in the evening"
        STAY = "stay", "One for the stay, before check-out"

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="stay_terms")
    payment = models.CharField(max_length=10, choices=Payment, default=Payment.CARD)
    included_wh = models.PositiveIntegerField(default=0, help_text="Energy that comes with a booking. 0: none.")
    included_per = models.CharField(max_length=4, choices=Per, default=Per.STAY)
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0, help_text="Off the energy's price.")
    folio_lines = models.CharField(
        max_length=10, choices=Lines, default=Lines.SESSION, db_default="session", help_text="On the bill of a stay."
    )

    class Meta:
        verbose_name_plural = "stay terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_pct__gte=0, discount_pct__lte=100), name="stayterms_discount_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return f"Guests of bookings at {self.property}"


class ArrivalPolicy(models.Model):
    """Whether a host's guests get a message before they arrive, how long before, and in which language."""

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="arrival_policy")
    is_enabled = models.BooleanField(default=False)
    hours_before = models.PositiveSmallIntegerField(default=48, help_text="Before check-in; later bookings at once.")
    language = models.CharField(max_length=2, default="en")

    class Meta:
        verbose_name_plural = "arrival policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_before__gte=1, hours_before__lte=720), name="arrivalpolicy_within_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"Messages of {self.host}"


class ArrivalText(models.Model):
    """A host's own text of the message in one language; without it the usual one is sent."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="arrival_texts")
    language = models.CharField(max_length=2)
    subject = FreeText(max_length=150)
    text = FreeText(max_length=3000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "language"], name="arrivaltext_one_a_language")]

    def __str__(self) -> str:
        return f"{self.language} of {self.host}"


class StayMessage(models.Model):
    """One message to the guest of a stay: stored first, then sent by one worker; its row is the stay's history."""

    class Channel(models.TextChoices):
        SYSTEM = "system", "By the property system"
        EMAIL = "email", "By e-mail"
        COPY = "copy", "To copy"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        TO_COPY = "to_copy", "For the host to copy"
        UNKNOWN = "unknown", "Perhaps sent"
        FAILED = "failed", "Not sent"
        WITHDRAWN = "withdrawn", "Withdrawn: the booking was cancelled"

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="messages")
    key = models.CharField(max_length=60, unique=True, help_text="The same reason writes one message only.")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=2)
    subject = FreeText(max_length=200)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State)
    asked_by = models.CharField(max_length=150, blank=True, help_text="Empty: sent by itself.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="While a worker sends it.")
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="staymessage_sent_has_time"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="staymessage_due")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.stay}"


class FolioCharge(models.Model):
    """A line on the bill of a stay: what one session cost, or the total of several, each of which has its own row.

    The row, with its key, is stored before the call. A session that is part of a total is never posted by itself.
    """

    class State(models.TextChoices):
        COLLECTED = "collected", "Waits for the total"
        BUNDLED = "bundled", "Part of a total"
        LEFT_OUT = "left_out", "Left out of the total"
        WAITING = "waiting", "Waits to be posted"
        CHARGED = "charged", "On the bill"
        UNKNOWN = "unknown", "Being looked up: its answer got lost"
        REFUSED = "refused", "Refused by the property system"
        UNDOING = "undoing", "Being taken back"
        UNDONE = "undone", "Taken back"

    session = models.OneToOneField(
        Session,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="folio_charge",
        help_text="Null: a total.",
    )
    total = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    collected_for = models.CharField(
        max_length=10, blank=True, db_default="", help_text="The day of its total on the property's clock; or stay."
    )
    stay = models.ForeignKey(Stay, on_delete=models.SET_NULL, null=True, related_name="folio_charges")
    connection = models.ForeignKey(PmsConnection, on_delete=models.SET_NULL, null=True, related_name="folio_charges")
    booking_key = models.CharField(max_length=200, help_text="The booking's key at the system, as it was at the start.")
    key = models.CharField(max_length=40, unique=True, help_text="Ours; in the line itself, by which it is found.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    text = FreeText(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    external_ref = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    charged_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="foliocharge_is_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=["charged", "undoing", "undone"]) | ~Q(external_ref=""),
                name="foliocharge_has_reference",
            ),
            models.CheckConstraint(
                condition=Q(state="bundled", total__isnull=False) | (~Q(state="bundled") & Q(total=None)),
                name="foliocharge_bundled_has_total",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False) | ~Q(state__in=["collected", "bundled", "left_out"]),
                name="foliocharge_total_is_no_part",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["waiting", "unknown", "undoing"]), name="foliocharge_due"
            ),
            models.Index(fields=["due_at"], condition=Q(state="collected"), name="foliocharge_collected"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.get_state_display()}"

    @property
    def posted(self) -> "FolioCharge":
        """Returns the line on the bill: the total that it is part of, or itself."""
        return self.total or self
