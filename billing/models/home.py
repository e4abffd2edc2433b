"""Employees' home charging: what an employer owes for a month, and each employee's part."""

from django.db import models
from django.db.models import F, Q

from authorization.models import ReimbursementContract
from billing.models.sessions import Session
from chargers.models import Host
from chargers.models.free_text import FreeText


class HomeInvoice(models.Model):
    """What an employer owes a host's employees for one month. A late session is on a further invoice."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="home_invoices")
    employer = FreeText(max_length=200)
    employer_contact = FreeText(max_length=200, blank=True)
    month = models.DateField(help_text="Its first day, by the calendar of each charger's property.")
    series = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(help_text="What employees get, the service fee and its tax.")
    service_fee_minor = models.BigIntegerField(default=0, help_text="Before tax.")
    service_tax_minor = models.BigIntegerField(default=0)
    energy_wh = models.BigIntegerField()
    printed = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="The company as its papers name it, as it was when it was issued.",
    )
    issued_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, help_text="When the employer's money came.")
    paid_reference = models.CharField(max_length=140, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "series", "number"], name="homeinvoice_number_unique"),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="homeinvoice_not_negative"),
            models.CheckConstraint(
                condition=Q(service_fee_minor__gte=0, service_tax_minor__gte=0)
                & Q(total_minor__gte=F("service_fee_minor") + F("service_tax_minor")),
                name="homeinvoice_fee_is_part_of_it",
            ),
        ]
        indexes = [models.Index(fields=["host", "-month"], name="homeinvoice_by_month")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Returns the number as printed: H2026-000001."""
        return f"{self.series}-{self.number:06d}"

    @property
    def paid_back_minor(self) -> int:
        """Returns the employees' part of it."""
        return self.total_minor - self.service_fee_minor - self.service_tax_minor


class HomePayout(models.Model):
    """One employee's part of an invoice, which is paid to them."""

    invoice = models.ForeignKey(HomeInvoice, on_delete=models.PROTECT, related_name="payouts")
    contract = models.ForeignKey(ReimbursementContract, on_delete=models.PROTECT, related_name="payouts")
    amount_minor = models.BigIntegerField()
    over_cap_minor = models.BigIntegerField(default=0, help_text="What was charged beyond the month's cap.")
    service_fee_minor = models.BigIntegerField(default=0, help_text="What the employer pays the host for it.")
    service_tax_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    energy_wh = models.BigIntegerField()
    paid_at = models.DateTimeField(null=True)
    paid_reference = models.CharField(max_length=140, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "contract"], name="homepayout_one_a_contract"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0, over_cap_minor__gte=0), name="homepayout_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.contract.name}, {self.invoice}"

    @property
    def reference(self) -> str:
        """Returns the reference of a payment to the employee, by which its bank line is found: H2026-000001-7."""
        return f"{self.invoice.label}-{self.pk}"


class HomeCharge(models.Model):
    """A session on a payout: its price by the contract, and what the month's cap left of it."""

    payout = models.ForeignKey(HomePayout, on_delete=models.PROTECT, related_name="charges")
    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="home_charge")
    price_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0, paid_minor__lte=F("price_minor")),
                name="homecharge_pays_at_most_its_price",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.paid_minor}"

    @property
    def energy_wh(self) -> int:
        """Returns the billed energy: prefetch `session__ratings`."""
        return next(rating.energy_wh for rating in self.session.ratings.all() if rating.kind == rating.Kind.FINAL)
