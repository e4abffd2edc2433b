"""Payouts: agreements with hosts, their bank accounts, each payment to them, and its parts."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from billing.engine.values import money
from billing.models.books import Posting
from chargers.models import Host, Property
from chargers.models.free_text import FreeText


class PayoutAgreement(models.Model):
    """The terms of a host: its fees for the platform and its payouts, as one version. The newest that has begun is in
    force.

    Amounts are minor units of `currency`. With a property it applies only to what that property earns.
    """

    class Processing(models.TextChoices):
        INCLUDED = "included", "Included in the platform fee"
        ACTUAL = "actual", "As the card processor charges it"
        AGREED = "agreed", "At an agreed price"

    class Cycle(models.TextChoices):
        WEEKLY = "weekly", "Every week, Monday to Sunday"
        MONTHLY = "monthly", "Every calendar month"
        MANUAL = "manual", "When somebody asks for it"

    class Remitter(models.TextChoices):
        PLATFORM = "platform", "The platform remits the tax"
        HOST = "host", "The host remits the tax"

    class Way(models.TextChoices):
        PROCESSOR = "processor", "Through the card processor"
        BANK_FILE = "bank_file", "By a file for the platform's bank"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        AGREED = "agreed", "Agreed"
        REPLACED = "replaced", "Replaced by another of the same beginning"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="payout_agreements")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, related_name="payout_agreements")
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    platform_fee_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    processing = models.CharField(max_length=10, choices=Processing, default=Processing.ACTUAL)
    processing_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    processing_fixed_minor = models.BigIntegerField(default=0, help_text="Of each payment.")
    subscription_minor = models.BigIntegerField(default=0, help_text="For each calendar month.")
    cycle = models.CharField(max_length=10, choices=Cycle, default=Cycle.MONTHLY)
    delay_days = models.PositiveSmallIntegerField(default=2, help_text="From the end of the period to the payout.")
    threshold_minor = models.BigIntegerField(default=0, help_text="What is less is carried to the next payout.")
    reserve_minor = models.BigIntegerField(default=0, help_text="Always kept back.")
    tax_remitter = models.CharField(max_length=10, choices=Remitter, default=Remitter.PLATFORM)
    way = models.CharField(max_length=10, choices=Way, default=Way.PROCESSOR)
    two_people_above_minor = models.BigIntegerField(null=True, help_text="Null: one person is enough for any amount.")
    self_billing = models.BooleanField(default=False, help_text="The platform issues the host's invoice to itself.")
    state = models.CharField(
        max_length=8, choices=State, default=State.AGREED, db_default=State.AGREED,
        help_text="Only what is agreed is ever in force.",
    )  # fmt: skip
    made_by = models.CharField(max_length=150)
    made_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    second_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    second_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "property", "currency", "number"], name="payoutagreement_number", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["host", "property", "currency"], condition=Q(state="waiting"), nulls_distinct=False,
                name="payoutagreement_one_waits",
            ),
            models.UniqueConstraint(
                fields=["host", "property", "currency", "valid_from"], condition=Q(state="agreed"),
                nulls_distinct=False, name="payoutagreement_one_beginning",
            ),
            models.CheckConstraint(condition=~Q(second_by=F("made_by")), name="payoutagreement_second_person"),
            models.CheckConstraint(condition=~Q(second_person=F("made_person")), name="payoutagreement_two_accounts"),
            models.CheckConstraint(
                condition=Q(
                    platform_fee_pct__gte=0, platform_fee_pct__lte=100, processing_pct__gte=0, processing_pct__lte=100,
                    processing_fixed_minor__gte=0, subscription_minor__gte=0, threshold_minor__gte=0,
                    reserve_minor__gte=0, delay_days__lte=60,
                ),
                name="payoutagreement_amounts",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["host", "currency", "-valid_from"], name="payoutagreement_in_force")]

    def __str__(self) -> str:
        return f"Agreement {self.number} with {self.property or self.host} ({self.currency})"


class BankAccount(models.Model):
    """A bank account of a host. The number is encrypted; only its end is shown.

    A new one is confirmed by a second person and waits before it is used; then it replaces the previous one.
    """

    class Scheme(models.TextChoices):
        IBAN = "iban", "IBAN"
        US = "us", "Routing and account number"

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "Waits for a second person"
        CONFIRMED = "confirmed", "Confirmed"
        ERRORED = "errored", "Refused by the bank"
        REPLACED = "replaced", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="bank_accounts")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, related_name="bank_accounts")
    currency = models.CharField(max_length=3)
    scheme = models.CharField(max_length=5, choices=Scheme)
    holder = FreeText(max_length=140)
    number_encrypted = models.TextField()
    routing = models.CharField(max_length=11, blank=True, help_text="BIC, or the US routing number.")
    last4 = models.CharField(max_length=4)
    fingerprint = models.CharField(max_length=64, help_text="Keyed hash of the number, to find it by.")
    state = models.CharField(max_length=12, choices=State, default=State.UNCONFIRMED)
    failure = models.CharField(max_length=40, blank=True, help_text="The bank's or processor's code.")
    processor_ref = models.CharField(max_length=255, blank=True)
    entered_by = models.CharField(max_length=150)
    entered_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    usable_from = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "property", "currency"], condition=Q(state="unconfirmed"), nulls_distinct=False,
                name="bankaccount_one_unconfirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "errored"])
                | Q(confirmed_at__isnull=False, usable_from__isnull=False) & ~Q(confirmed_by=F("entered_by")),
                name="bankaccount_confirmed_by_a_second_person",
            ),
            models.CheckConstraint(condition=~Q(confirmed_person=F("entered_person")), name="bankaccount_two_accounts"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["host", "currency", "-id"], name="bankaccount_by_host")]

    def __str__(self) -> str:
        kind = "IBAN" if self.scheme == self.Scheme.IBAN else "bank account"
        return f"{kind} ending {self.last4}"


class ProcessorAccount(models.Model):
    """A host's account at a card processor, which pays out to the host's bank. The processor verifies the owner."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="processor_accounts")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, related_name="processor_accounts")
    processor = models.CharField(max_length=20)
    ref = models.CharField(max_length=255, blank=True, help_text="Empty until the processor has answered.")
    is_enabled = models.BooleanField(default=False, help_text="The processor pays out from it.")
    missing = models.JSONField(default=list, help_text="What the processor still wants to know of the host, as codes.")
    disabled_reason = models.CharField(max_length=60, blank=True)
    seen_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "property", "processor"], name="processoraccount_one", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["processor", "ref"], condition=~Q(ref=""), name="processoraccount_ref_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.ref or f"{self.processor} account of {self.host}"


class _Numbered:
    """A separate class, because `property` names a field in the model."""

    number: int
    ends_at: datetime

    @property
    def label(self) -> str:
        """Returns the number as people read and type it: P-000012."""
        return f"P-{self.number:06d}"

    @property
    def last_moment(self) -> datetime:
        """Returns the last moment of its period."""
        return self.ends_at - timedelta(microseconds=1)


class Payout(_Numbered, models.Model):
    """A payment to a host (or for one of its properties) for one period in one currency, or why there is none.

    `moved_minor` is what was allocated, `opening_minor` what earlier payouts carried over; together they are what is
    paid (`amount_minor`) and what is carried over again (`carried_minor`).
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSING = "closing", "Closing"
        CALCULATED = "calculated", "Waits for approval"
        HELD = "held", "Held for review"
        APPROVED = "approved", "Approved"
        SUBMITTED = "submitted", "Being sent"
        IN_TRANSIT = "in_transit", "On its way to the bank"
        PAID = "paid", "Paid"
        RECONCILED = "reconciled", "Found on the bank statement"
        CARRIED = "carried", "Carried to the next payout"
        FAILED = "failed", "Failed"
        RETURNED = "returned", "Returned by the bank"
        REISSUED = "reissued", "Paid again by a later payout"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `created_at`.")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="payouts")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, related_name="payouts")
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField(help_text="Counts the host's payouts.")
    agreement = models.ForeignKey(PayoutAgreement, on_delete=models.PROTECT, related_name="payouts")
    begins_at = models.DateTimeField(help_text="The first moment of its period.")
    ends_at = models.DateTimeField(help_text="The first moment after it.")
    time_zone = models.CharField(max_length=64, help_text="In which the period is meant.")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    opening_minor = models.BigIntegerField(default=0)
    moved_minor = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    carried_minor = models.BigIntegerField(default=0)
    bridge = models.JSONField(default=list, help_text="Rows from the dashboard's figure to the amount.")
    printed = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="The company and the payee as its papers name them, as they were when it was closed.",
    )
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="payouts")
    way = models.CharField(max_length=10, choices=PayoutAgreement.Way)
    expected_on = models.DateField(null=True)
    reissues = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reissue",
        help_text="The failed payout it pays again.",
    )
    hold_reason = FreeText(max_length=400, blank=True, help_text="Why a person held it.")
    approved_by = models.CharField(max_length=150, blank=True)
    approved_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    second_by = models.CharField(max_length=150, blank=True)
    second_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    generation = models.PositiveIntegerField(default=1, help_text="Counts what was asked of the processor or the bank.")
    transfer_ref = models.CharField(max_length=255, blank=True)
    processor_ref = models.CharField(max_length=255, blank=True)
    transferred_minor = models.BigIntegerField(default=0, help_text="What lies in the host's processor account for it.")
    trace = models.CharField(max_length=140, blank=True, help_text="What the host's bank finds it by.")
    failure = models.CharField(max_length=40, blank=True, help_text="The processor's or bank's code.")
    waits_for = models.CharField(max_length=400, blank=True, help_text="Why it was not sent yet, in one sentence.")
    processor_says = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="In its own words; for agents only."
    )
    counts_from = models.DateTimeField(null=True, help_text="When the oldest of what it consists of was posted.")
    calculated_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "number"], name="payout_number"),
            models.CheckConstraint(condition=~Q(second_person=F("approved_person")), name="payout_two_accounts"),
            models.UniqueConstraint(
                fields=["host", "property", "currency", "ends_at"], condition=Q(reissues=None),
                name="payout_one_a_period", nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="payout_period"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payout_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "closing"])
                | Q(opening_minor=F("amount_minor") + F("carried_minor") - F("moved_minor")),
                name="payout_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "in_transit", "paid", "reconciled"])
                | Q(amount_minor__gt=0, bank_account__isnull=False),
                name="payout_goes_to_a_bank",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["host", "-ends_at"], name="payout_by_host"),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["closing", "calculated", "held", "approved", "submitted", "in_transit"]),
                name="payout_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Payout {self.label} of {money.text(self.amount_minor, currency=self.currency)}"


class PayoutAllocation(models.Model):
    """A posting of the books that is part of a payout. The database allows each posting in one payout at most."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="allocations")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="allocation")
    kind = models.CharField(max_length=20, help_text="The row of the bridge that it is in.")
    amount_minor = models.BigIntegerField(help_text="For the host if positive.")

    class Meta:
        indexes = [models.Index(fields=["payout", "kind"], name="payoutallocation_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} of {self.payout_id}"


class PayoutCarry(models.Model):
    """What one payout leaves for the next, and why. Used once."""

    class Kind(models.TextChoices):
        THRESHOLD = "threshold", "Less than the smallest payout"
        NEGATIVE = "negative", "The host owes it"
        NO_ACCOUNT = "no_account", "No bank account"
        COOLING_OFF = "cooling_off", "The bank account is new"
        ERRORED = "errored", "The bank account was refused"
        REVIEW = "review", "Held for review"
        RESERVE = "reserve", "Reserve"
        FAILED = "failed", "It failed"

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="carries")
    kind = models.CharField(max_length=12, choices=Kind)
    amount_minor = models.BigIntegerField()
    taken_by = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, related_name="openings")

    class Meta:
        verbose_name_plural = "payout carries"
        constraints = [
            models.UniqueConstraint(fields=["payout", "kind"], name="payoutcarry_one_a_kind"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="payoutcarry_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} of {self.payout_id}"
