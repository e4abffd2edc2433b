"""Charging sessions as sales, and the ratings of the price engine."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Upper

from authorization.models import Stay, Token
from billing.engine.plausibility import Implausible
from billing.models.prices import RateAssignment, RateVersion
from billing.sentences import catalogue
from chargers.models import Charger, Host, Property, Transaction
from chargers.models.free_text import FreeText
from chargers.models.sentences import InEnglish, SentencesField

_BEGAN = Coalesce("started_at", "opened_at")


class Session(models.Model):
    """A charging session as a sale: it may begin before its transaction and end after it.

    Several guests may want an outlet; it goes to the guest whose money is held first (`outlet_taken_at`). `id` is
    public; `secret` opens the session to each holder of the link. The state changes by conditional update only.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the plug"
        CHARGING = "charging", "Charging"
        STOPPED = "stopped", "Finishing (provisional price)"
        SETTLED = "settled", "Settled"
        HELD = "held", "Held for review"
        FAILED = "failed", "Nothing to pay"

    LIVE: ClassVar = (State.WAITING, State.CHARGING, State.STOPPED)
    """States that continue by themselves until the session is settled, held for review, or has failed."""
    UNFINISHED: ClassVar = (*LIVE, State.HELD)

    class BilledTo(models.TextChoices):
        HOST = "host", "The host, who settles it with the guest"
        FOLIO = "folio", "The bill of the stay"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `opened_at`.")
    secret = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the guest's and receipt's links.")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="sessions")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="sessions")
    charger = models.ForeignKey(Charger, on_delete=models.PROTECT, related_name="sessions")
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, null=True, related_name="session")
    audience = models.CharField(max_length=15, choices=RateAssignment.Audience)
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="sessions")
    id_token = models.CharField(max_length=36, blank=True, help_text="What the charger presents for this session.")
    decision_id = models.UUIDField(null=True)
    rate_version = models.ForeignKey(RateVersion, on_delete=models.PROTECT, null=True, related_name="sessions")
    rate_sentences = SentencesField(help_text="Why this rate, or why none.")
    rate_reason = InEnglish("rate_sentences", catalogue.english, max_length=500)
    upstream = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="The back office that bills it; empty: us."
    )
    state = models.CharField(max_length=10, choices=State)
    state_sentences = SentencesField(is_typed=True, help_text="Why nothing is to pay, or it is held.")
    state_reason = InEnglish("state_sentences", catalogue.english, max_length=500)
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    unplugged_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="While it waits: when it is given up.")
    outlet_taken_at = models.DateTimeField(null=True, help_text="When the guest's money was held, and so the outlet.")
    order_key = models.UUIDField(
        null=True, unique=True, help_text="Of the form that was sent: sent again, it leads to the same session."
    )
    billed_until = models.DateTimeField(null=True, help_text="Nothing after it is billed, although charging went on.")
    late_stop_at = models.DateTimeField(null=True, help_text="When a stop came after the session had been closed.")
    driver = models.ForeignKey(
        "billing.Driver", on_delete=models.SET_NULL, null=True, related_name="sessions", help_text="Who has an account."
    )
    benefits = models.JSONField(null=True, help_text="What the driver's plan brings, frozen when the session began.")
    stay = models.ForeignKey(
        Stay, on_delete=models.SET_NULL, null=True, related_name="sessions", help_text="Whose guest's phone started it."
    )
    billed_to = models.CharField(
        max_length=10, choices=BilledTo, blank=True, default="", db_default="", help_text="Empty: a card, as usual."
    )
    guest_email = models.EmailField(blank=True, help_text="Where its documents go; hosts see it masked.")
    guest_language = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="In which the guest left the address."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "evse_number"],
                condition=Q(state="waiting", outlet_taken_at__isnull=False),
                name="session_one_paid_guest_at_an_outlet",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "failed"]) | Q(started_at__isnull=False),
                name="session_started_unless_waiting_or_failed",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False), name="session_settled_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["decision_id"], name="session_by_decision"),
            models.Index(fields=["host", "-id"], name="session_by_host"),
            models.Index("host", _BEGAN.desc(), F("id").desc(), name="session_by_start_at_host"),
            models.Index(_BEGAN.desc(), F("id").desc(), name="session_by_start"),
            models.Index(fields=["charger", "-id"], name="session_by_charger"),
            models.Index(fields=["host", "id"], condition=Q(state="held"), name="session_held"),
            models.Index(fields=["settled_at", "host"], condition=Q(state="settled"), name="session_by_settlement"),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["waiting", "charging", "stopped"]),
                name="session_unfinished",
            ),
            models.Index(fields=["driver", "-id"], condition=Q(driver__isnull=False), name="session_by_driver"),
            models.Index(
                KeyTextTransform("period", "benefits"), condition=Q(benefits__isnull=False), name="session_by_period"
            ),
            models.Index(fields=["late_stop_at"], condition=Q(late_stop_at__isnull=False), name="session_stopped_late"),
            models.Index(fields=["guest_email"], condition=~Q(guest_email=""), name="session_by_guest"),
            models.Index(Upper("guest_email"), name="session_by_guest_in_any_case"),
        ]

    def __str__(self) -> str:
        return f"Session {self.id} at {self.charger}"


class Override(models.Model):
    """A session that support started: who pays for it, and the limits at which it is stopped."""

    class Payer(models.TextChoices):
        GUEST = "guest", "The guest’s own hold"
        HOST = "host", "The host"
        PLATFORM = "platform", "The platform, as goodwill"

    class Limit(models.TextChoices):
        NONE = "", "None reached"
        ENERGY = "energy", "The energy"
        TIME = "time", "The time"
        MONEY = "money", "What one person may give away"

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="override")
    payer = models.CharField(max_length=10, choices=Payer)
    most_wh = models.PositiveIntegerField()
    most_s = models.PositiveIntegerField(help_text="Seconds from the start.")
    most_minor = models.BigIntegerField(null=True, help_text="The platform pays no more; null: no such limit.")
    starts_before = models.DateTimeField(help_text="What has not begun by then does not begin.")
    ordered_by = models.CharField(max_length=150)
    reason = FreeText(max_length=300)
    ticket = models.CharField(max_length=20, blank=True, help_text="The ticket's number.")
    ordered_at = models.DateTimeField()
    limit = models.CharField(max_length=10, choices=Limit, blank=True, default=Limit.NONE)
    limit_at = models.DateTimeField(null=True, help_text="When a limit was reached and the stop ordered.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(most_wh__gt=0, most_s__gt=0), name="override_has_limits"),
            models.CheckConstraint(
                condition=Q(limit="", limit_at=None) | ~Q(limit="") & Q(limit_at__isnull=False),
                name="override_limit_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Override of {self.session_id}"


class ChargingStateReport(models.Model):
    """A change of a 2.x transaction's chargingState: in 1.6 the connector's status reports the same."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="charging_state_reports")
    state = models.CharField(max_length=30, help_text="OCPP 2.x ChargingStateEnumType.")
    at = models.DateTimeField(help_text="The stated time if plausible, else the time of receipt.")
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["transaction", "at"], name="chargingstate_by_transaction")]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%Y-%m-%d %H:%M:%S}"


class IdleNotice(models.Model):
    """A notice on the session's own page that charging had ended, and from when staying costs a fee."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="idle_notices")
    since = models.DateTimeField(help_text="When charging ended; it may go on and end again.")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "since"], name="idlenotice_once_an_end")]

    def __str__(self) -> str:
        return f"{self.session_id} idle since {self.since:%Y-%m-%d %H:%M:%S}"


class Rating(models.Model):
    """One immutable run of the price engine over a session, with all its inputs and results.

    Only its kind may change, once: a final price is replaced when a person bills what a late stop added.
    """

    class Kind(models.TextChoices):
        RUNNING = "running", "Running cost"
        PROVISIONAL = "provisional", "Provisional"
        FINAL = "final", "Final"
        REPLACED = "replaced", "Replaced"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="ratings")
    kind = models.CharField(max_length=12, choices=Kind)
    engine_version = models.CharField(max_length=20)
    inputs = models.JSONField(help_text="What `price_session` reads: the rate and the events.")
    report = models.JSONField(help_text="What `price_session` prints: lines, taxes, notes, inputs used.")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    energy_wh = models.BigIntegerField()
    held = models.JSONField(default=list, blank=True, help_text="Evidence that the readings cannot be true.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(kind="final"), name="rating_one_final"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")), name="rating_total_is_net_and_tax"
            ),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="rating_total_not_negative"),
        ]
        indexes = [models.Index(fields=["session", "-id"], name="rating_by_session")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} rating of {self.session_id}"

    @property
    def doubts(self) -> list[dict[str, Any]]:
        """The entries of `held`, each fact once: what the charger's transaction states about the energy needs no second
        sentence of the engine.
        """
        is_stated = any(entry.get("code") == Transaction.Case.IMPLAUSIBLE_ENERGY for entry in self.held)
        return [entry for entry in self.held if not (is_stated and entry.get("code") == Implausible.IMPOSSIBLE_ENERGY)]


class LateStop(models.Model):
    """A stop that arrived after its session was closed without one, and the session's price with it.

    A lower price is refunded; a higher one is billed only if a person approves it; after 30 days it is only shown.
    """

    class Outcome(models.TextChoices):
        SAME = "same", "The price stays"
        REFUNDED = "refunded", "The difference goes back"
        REFUND_WAITS = "refund_waits", "A refund waits for a second person"
        REFUND_DECLINED = "declined", "A second person declined the refund"
        NOT_BILLED = "not_billed", "More was charged than billed: not billed"
        BILLED = "billed", "More was charged than billed: the difference was billed"
        LEFT = "left", "More was charged than billed: left as it was"
        TOO_LATE = "too_late", "It came too late to change anything"
        DOUBTFUL = "doubtful", "Its readings cannot be true"

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="late_stop")
    outcome = models.CharField(max_length=12, choices=Outcome)
    currency = models.CharField(max_length=3)
    billed_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField(help_text="With the stop that came late.")
    energy_wh = models.BigIntegerField()
    sentences = SentencesField(help_text="What the late stop changes.")
    sentence = InEnglish("sentences", catalogue.english, max_length=500)
    inputs = models.JSONField()
    report = models.JSONField()
    created_at = models.DateTimeField()
    answered_by = models.CharField(
        max_length=150, blank=True, default="", db_default="", help_text="Who billed the difference, or left it."
    )
    answered_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="When the saved card was asked for the difference, if one is.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome__in=["billed", "left"]) | Q(answered_at__isnull=False),
                name="latestop_answer_has_time",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(outcome="billed", asked_at=None), name="latestop_to_be_charged")
        ]

    def __str__(self) -> str:
        return f"Late stop of {self.session_id}"
