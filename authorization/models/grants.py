"""What lets a token in besides groups: access rules, access requests, stays, and reimbursement contracts."""

from typing import Final

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Upper

from authorization.models.pms import PmsConnection
from authorization.models.tokens import Token
from chargers.models import Charger, Host, Property, Unit
from chargers.models.free_text import FreeText

SPELLED_CODE: Final = Upper(
    Replace(Replace(F("reference"), Value("-"), Value("")), Value(" "), Value("")),
)
"""A reservation code as guests type it, ignoring case, hyphens and spaces. Indexed."""


class AccessRule(models.Model):
    """A direct grant: this token may charge at this charger, unit or property."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="access_rules")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="access_rules")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="access_rules")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, blank=True, related_name="access_rules")
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(property__isnull=False, unit=None, charger=None)
                    | Q(property=None, unit__isnull=False, charger=None)
                    | Q(property=None, unit=None, charger__isnull=False)
                ),
                name="accessrule_opens_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.token} at {self.charger or self.unit or self.property}"


class AccessRequest(models.Model):
    """A request for access by a driver at a private charger. Whoever has `secret` can read the answer."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        GRANTED = "granted", "Let in"
        DECLINED = "declined", "Declined"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="access_requests")
    secret = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the link of whoever asked.")
    name = FreeText(max_length=100)
    email = models.EmailField(blank=True)
    uid = models.CharField(max_length=36, blank=True, help_text="Of their own card, if they have one.")
    message = FreeText(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = FreeText(max_length=255, blank=True, help_text="What the host says to them.")
    answered_at = models.DateTimeField(null=True, blank=True)
    rule = models.OneToOneField(AccessRule, on_delete=models.SET_NULL, null=True, blank=True, related_name="request")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | Q(answered_at__isnull=False), name="accessrequest_answered_has_time"
            )
        ]
        indexes = [models.Index(fields=["charger"], condition=Q(state="open"), name="accessrequest_open")]

    def __str__(self) -> str:
        return f"{self.name} at {self.charger}"


class Stay(models.Model):
    """A guest's reservation of a unit: its token may charge there between arrival and departure.

    One from a property management system is updated from there: moved, cancelled, reinstated.
    """

    class ChannelState(models.TextChoices):
        NO_SHOW = "no_show", "No-show"

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="stays")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="stays")
    token = models.ForeignKey(Token, on_delete=models.CASCADE, null=True, blank=True, related_name="stays")
    guest_name = FreeText(max_length=200, blank=True)
    guest_email = models.EmailField(blank=True)
    reference = models.CharField(max_length=100, blank=True)
    arrives_at = models.DateTimeField()
    departs_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    access_from = models.DateTimeField(null=True, blank=True, help_text="Null: from the arrival on.")
    access_to = models.DateTimeField(null=True, blank=True, help_text="Null: until the departure.")
    connection = models.ForeignKey(
        PmsConnection, on_delete=models.SET_NULL, null=True, blank=True, related_name="stays"
    )
    external_key = models.CharField(
        max_length=200, blank=True, db_default="", help_text="The booking's key at the system."
    )
    channel_state = models.CharField(max_length=10, choices=ChannelState, blank=True, db_default="")
    phone_hash = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Keyed hash of the phone's last four digits."
    )
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="By the system; what is older is ignored."
    )
    missing_since = models.DateTimeField(null=True, blank=True, help_text="First reading without it.")
    link_key = models.CharField(
        max_length=43, null=True, blank=True, unique=True, help_text="Unguessable; in the link that its guest gets."
    )

    class Meta:
        indexes = [
            models.Index(SPELLED_CODE, condition=~Q(reference=""), name="stay_by_code"),
            models.Index(fields=["property", "arrives_at"], name="stay_by_arrival"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(departs_at__gt=F("arrives_at")), name="stay_departs_after_arrival"),
            models.CheckConstraint(
                condition=Q(connection=None) | ~Q(external_key=""), name="stay_of_a_system_has_its_key"
            ),
            models.UniqueConstraint(
                fields=["connection", "external_key"],
                condition=Q(connection__isnull=False),
                name="stay_once_of_a_system",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guest_name or self.reference} at {self.unit or self.property}"


class StayKey(models.Model):
    """A phone that opens the chargers of a stay, because its guest proved the booking there.

    Only a hash of the key is stored.
    """

    class Proof(models.TextChoices):
        CODE = "code", "Reservation code"
        DIGITS = "digits", "Last four digits and day of arrival"
        LINK = "link", "Link of the message"

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="keys")
    secret_hash = models.CharField(max_length=64, unique=True)
    proof = models.CharField(max_length=10, choices=Proof)
    is_remembered = models.BooleanField(
        default=False, help_text="Its guest agreed that later stays in the same name know this phone."
    )
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When its guest or the host took it away.")

    class Meta:
        indexes = [models.Index(fields=["stay"], condition=Q(ended_at=None), name="staykey_in_force")]

    def __str__(self) -> str:
        return f"Key of {self.stay_id}, given {self.given_at:%Y-%m-%d %H:%M}"


class ReimbursementContract(models.Model):
    """An employer's agreement to pay for charging at home: one card, at the chargers linked to it.

    The amounts are in `rates`: a price per kWh from a day, and a cap per calendar month. The employer may also pay the
    host a monthly fee.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="reimbursement_contracts")
    token = models.ForeignKey(Token, on_delete=models.RESTRICT, related_name="reimbursement_contracts")
    name = FreeText(max_length=100, help_text="Whose charging it is, such as Kim, at home.")
    employer = FreeText(max_length=200, help_text="Who pays.")
    employer_contact = FreeText(max_length=200, blank=True, help_text="Whom to ask there.")
    currency = models.CharField(max_length=3, help_text="ISO 4217 code, such as EUR.")
    monthly_cap_minor = models.BigIntegerField(null=True, blank=True, help_text="Minor units; null: without a cap.")
    service_fee_minor = models.BigIntegerField(
        default=0, help_text="What the employer pays the host for each month with a session, before tax. Minor units."
    )
    service_tax_pct = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text="Value added tax on the service fee, in percent."
    )
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)
    chargers = models.ManyToManyField(Charger, blank=True, related_name="reimbursement_contracts")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_to__gt=F("active_from")), name="reimbursement_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(monthly_cap_minor=None) | Q(monthly_cap_minor__gt=0), name="reimbursement_cap_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(service_fee_minor__gte=0, service_tax_pct__gte=0, service_tax_pct__lte=100),
                name="reimbursement_fee_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, paid by {self.employer}"


class ReimbursementRate(models.Model):
    """A contract's price per kWh from a day until the next rate begins."""

    contract = models.ForeignKey(ReimbursementContract, on_delete=models.CASCADE, related_name="rates")
    from_date = models.DateField(help_text="By the calendar of the charger's property.")
    per_kwh = models.DecimalField(max_digits=9, decimal_places=5, help_text="In major units, such as 0.31.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "from_date"], name="reimbursementrate_one_a_day"),
            models.CheckConstraint(condition=Q(per_kwh__gte=0), name="reimbursementrate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.per_kwh} from {self.from_date}"
