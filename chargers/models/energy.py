"""What a charger reports about charging, from start to stop."""

from datetime import datetime

from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Upper

from chargers.models import number_ranges
from chargers.models.hardware import Charger
from chargers.models.number_ranges import NumberRangesField
from chargers.models.sentences import InEnglish, SentencesField
from chargers.sentences import catalogue


class Transaction(models.Model):
    """A transaction from start to stop as reported by the charger. Always recorded, even if it was refused.

    `id` is the transaction id that a 1.6 charger gets from us (32-bit, > 0); `transaction_id` is the id on the wire in
    every version. A report without a matching start is stored as a row whose `case` describes the anomaly.
    """

    class Case(models.TextChoices):
        NONE = "", "Nothing odd"
        STOP_WITHOUT_START = "stop_without_start", "A stop arrived whose start we never saw"
        NEVER_STOPPED = "never_stopped", "The charger fell silent and never reported a stop"
        IMPLAUSIBLE_ENERGY = "implausible_energy", "The energy cannot be true"

    class StatusAnswer(models.TextChoices):
        """The station's statement about the transaction (OCPP 2.0.1 E14)."""

        NONE = "", "Not asked, or no answer"
        GOES_ON = "goes_on", "It goes on"
        LEFT = "left", "Messages of it wait to be sent"
        EMPTY = "empty", "No message of it is left"

    id = models.AutoField(primary_key=True)
    charger = models.ForeignKey(Charger, on_delete=models.PROTECT, related_name="transactions")
    transaction_id = models.CharField(max_length=255, help_text="As on the wire.")
    reuse = models.PositiveIntegerField(default=0, help_text="How often the charger had used this id before (2.x).")
    start_key = models.CharField(max_length=64, null=True, help_text="Natural key of a 1.6 start; a repeat finds it.")  # noqa: DJ001
    ocpp_version = models.CharField(max_length=10)
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)

    id_token = models.CharField(max_length=255, blank=True)
    id_token_type = models.CharField(max_length=40, blank=True)
    decision_id = models.UUIDField(null=True, blank=True)
    authorization_status = models.CharField(max_length=20, blank=True, help_text="What the charger was answered.")
    remote_start_id = models.BigIntegerField(null=True, blank=True)
    upstream = models.CharField(max_length=100, blank=True, help_text="The back office that led; empty: us.")

    started_at = models.DateTimeField()
    stated_start = models.CharField(max_length=64, blank=True)
    start_received_at = models.DateTimeField()
    meter_start_wh = models.BigIntegerField(null=True)
    offline = models.BooleanField(default=False, help_text="Reported later than it happened.")

    stopped_at = models.DateTimeField(null=True, blank=True)
    stated_stop = models.CharField(max_length=64, blank=True)
    early_stop_at = models.DateTimeField(
        null=True, blank=True, help_text="When it stopped as the charger says, where that is before its start."
    )
    stop_received_at = models.DateTimeField(null=True, blank=True)
    meter_stop_wh = models.BigIntegerField(null=True, blank=True)
    stop_reason = models.CharField(max_length=50, blank=True)
    stop_id_token = models.CharField(max_length=255, blank=True)
    guessed_stop_id = models.CharField(
        max_length=255,
        default="",
        db_default="",
        blank=True,
        help_text="The id, not ours, of a stop that was matched by card and outlet; ours replaces it.",
    )

    charging_state = models.CharField(max_length=30, blank=True)
    last_seq_no = models.BigIntegerField(null=True, blank=True)
    seq_nos = NumberRangesField(
        default="{}", db_default="{}", editable=False, help_text="The sequence numbers that came (2.x)."
    )
    is_incomplete = models.BooleanField(
        default=False, db_default=False, help_text="Between the numbers that came some are missing."
    )
    status_asked_at = models.DateTimeField(null=True, blank=True, help_text="When the station was asked about it.")
    status_answered_at = models.DateTimeField(null=True, blank=True)
    status_answer = models.CharField(
        max_length=10, choices=StatusAnswer, default=StatusAnswer.NONE, db_default="", blank=True
    )
    register_wh = models.BigIntegerField(null=True, blank=True, help_text="Newest energy register.")
    register_at = models.DateTimeField(null=True, blank=True)
    power_w = models.IntegerField(null=True, blank=True)
    soc_pct = models.SmallIntegerField(null=True, blank=True)
    case = models.CharField(max_length=30, choices=Case, default=Case.NONE, blank=True)
    case_sentences = SentencesField(help_text="Why it needs a look.")
    case_detail = InEnglish("case_sentences", catalogue.english, max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "transaction_id", "reuse"], name="transaction_id_unique_in_charger"
            ),
            models.UniqueConstraint(fields=["charger", "start_key"], name="transaction_start_key_unique_in_charger"),
            models.CheckConstraint(condition=~Q(transaction_id=""), name="transaction_id_not_empty"),
        ]
        indexes = [
            models.Index(fields=["charger", "-started_at"], name="transaction_by_charger"),
            models.Index(fields=["charger"], condition=Q(stopped_at=None), name="transaction_open"),
            models.Index(fields=["charger"], condition=Q(is_incomplete=True), name="transaction_incomplete"),
            # What was open at a past time, by charger and by card, for decisions about late starts.
            models.Index(fields=["charger", "stopped_at"], name="transaction_by_stop"),
            models.Index(fields=["decision_id"], name="transaction_by_decision"),
            # Unauthorized energy, rare and queried every few minutes.
            models.Index(
                fields=["start_received_at"],
                condition=Q(stopped_at__isnull=False) & ~Q(authorization_status="Accepted"),
                name="transaction_not_let_in",
            ),
            models.Index(
                Upper(Func("id_token", Value(" :.-"), Value(""), function="translate")),
                "stopped_at",
                name="transaction_by_token",
            ),
        ]

    def __str__(self) -> str:
        return f"Transaction {self.transaction_id} at {self.charger}"

    @property
    def energy_wh(self) -> int | None:
        """Returns the register at the end (or now) less the register at the start, in Wh; None if either is unknown."""
        end = self.meter_stop_wh if self.meter_stop_wh is not None else self.register_wh
        return None if end is None or self.meter_start_wh is None else end - self.meter_start_wh

    @property
    def came_to_nothing(self) -> bool:
        """Whether the start was refused and, as far as known, no energy flowed."""
        return self.authorization_status not in {"", "Accepted"} and not self.energy_wh

    @property
    def reported_stop_at(self) -> datetime | None:
        """Returns the time of the stop as the charger reported it, even if that contradicts the start."""
        return self.early_stop_at or self.stopped_at

    @property
    def missing_spans(self) -> list[tuple[int, int]]:
        """Returns the missing sequence numbers between received ones, as pairs of the first and the last (2.x)."""
        return number_ranges.find_gaps(self.seq_nos) if self.is_incomplete else []

    @property
    def missing_count(self) -> int:
        """Returns the number of messages known to be missing."""
        return sum(last - first + 1 for first, last in self.missing_spans)

    @property
    def missing_seq_nos(self) -> str:
        """Returns the missing numbers in readable form: "1–2, 4"."""
        return ", ".join(f"{first}–{last}" if last > first else f"{first}" for first, last in self.missing_spans)


class MeterValue(models.Model):
    """An OCPP MeterValue: all values that a charger sampled at one time. Partitioned by `id` (time).

    The id is `ids.derived(at=stated time, key=natural key)`: a repeated sample has the same id and counts once (`ON
    CONFLICT DO NOTHING`). Relations have no database constraint, because every frame may write to this table.
    """

    id = models.UUIDField(primary_key=True)
    charger = models.ForeignKey(
        Charger, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="meter_values"
    )
    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="meter_values",
    )
    evse_number = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(help_text="The stated time if plausible, else the time of receipt.")
    stated_at = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    register_wh = models.BigIntegerField(null=True)
    power_w = models.BigIntegerField(null=True)
    soc_pct = models.SmallIntegerField(null=True)
    context = models.CharField(max_length=40, blank=True)
    samples = models.JSONField(help_text="Every sampled value as it came.")

    class Meta:
        indexes = [
            models.Index(fields=["transaction", "at"], name="metervalue_by_transaction"),
            models.Index(fields=["charger", "at"], name="metervalue_by_charger"),
        ]

    def __str__(self) -> str:
        return f"{self.register_wh} Wh at {self.at:%Y-%m-%d %H:%M:%S}"
