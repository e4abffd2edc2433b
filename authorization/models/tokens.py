"""Tokens: cards, apps and cars, their groups, and uploaded lists of cards."""

from django.db import models
from django.db.models import Q

from authorization.models.providers import MobilityProvider
from chargers.models import Charger, Host, Property, Transaction, Unit
from chargers.models.free_text import FreeText


class TokenGroup(models.Model):
    """Tokens that open the same chargers: the properties, units and chargers linked to the group.

    Not the OCPP parent ("may stop each other's sessions"), unless `is_parent` is set.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="token_groups")
    slug = models.SlugField()
    name = FreeText(max_length=100)
    enabled = models.BooleanField(default=True, help_text="Disabling closes every door of the group at once.")
    is_parent = models.BooleanField(default=False, help_text="Its tokens may stop each other's sessions.")
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)
    schedule = models.JSONField(
        default=list,
        blank=True,
        help_text='In the property\'s time zone: [{"days": ["MON"], "from": "08:00", "to": "18:00"}]; empty: always.',
    )
    properties = models.ManyToManyField(Property, blank=True, related_name="token_groups")
    units = models.ManyToManyField(Unit, blank=True, related_name="token_groups")
    chargers = models.ManyToManyField(Charger, blank=True, related_name="token_groups")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "slug"], name="tokengroup_slug_unique_in_host")]

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """What we know about an id token: a host's own charging card, or a mobility provider's."""

    class Whitelist(models.TextChoices):
        ALWAYS = "ALWAYS", "Always: accepted without asking"
        ALLOWED = "ALLOWED", "Allowed: asked, accepted if nobody answers"
        ALLOWED_OFFLINE = "ALLOWED_OFFLINE", "Allowed offline: asked, accepted if nobody answers"
        NEVER = "NEVER", "Never: only if the provider says yes"

    uid = models.CharField(max_length=36, help_text="As it was entered or sent by its provider.")
    canonical_uid = models.CharField(max_length=36, db_index=True, help_text="One spelling for all notations.")
    visual_number = models.CharField(max_length=64, blank=True, help_text="The number printed on the card.")
    contract_id = models.CharField(
        max_length=36,
        blank=True,
        default="",
        db_default="",
        help_text="Of a provider's card: what its driver is billed by.",
    )
    type = models.CharField(
        max_length=20, default="RFID", help_text="OCPI TokenType: RFID, APP_USER, AD_HOC_USER, OTHER."
    )
    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    groups = models.ManyToManyField(TokenGroup, blank=True, related_name="tokens")
    parent = models.CharField(max_length=36, blank=True, help_text="OCPP parentIdTag / groupIdToken.")
    valid = models.BooleanField(default=True)
    blocked = models.BooleanField(default=False)
    blocked_reason = FreeText(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    whitelist = models.CharField(max_length=15, choices=Whitelist, default=Whitelist.NEVER)
    for_reimbursement = models.BooleanField(default=False)
    may_charge_concurrently = models.BooleanField(default=False)
    owner = FreeText(max_length=200, blank=True, help_text="Whose card it is, as the host knows them.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(host__isnull=False, msp=None) | Q(host=None, msp__isnull=False),
                name="token_of_a_host_or_of_a_provider",
            ),
            models.UniqueConstraint(fields=["host", "canonical_uid"], name="token_uid_unique_in_host"),
            models.UniqueConstraint(fields=["msp", "canonical_uid"], name="token_uid_unique_in_msp"),
        ]

    def __str__(self) -> str:
        return self.visual_number or self.uid


class TokenImport(models.Model):
    """An uploaded file of cards that waits to be applied; deleted once it is, or after an hour.

    A long one is applied by a worker: it is due after `asked_at`, and after `done_at` it holds the outcome.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="token_imports")
    name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The text in UTF-8, compressed; empty once it is applied.")
    rows = models.PositiveIntegerField(default=0, db_default=0, help_text="Without the names of the columns.")
    by = models.CharField(max_length=150, help_text="Who uploaded it.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True, help_text="When a worker was asked to apply it.")
    asked_by = models.ForeignKey("User", on_delete=models.SET_NULL, null=True, related_name="+")
    asked_by_key = models.ForeignKey("ApiKey", on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True, help_text="Rows by what became of them; null where nothing was written.")

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False, done_at=None), name="tokenimport_due")
        ]

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """A car that presented its own id at a host's charger (`VID:` and its MAC), and whether that may start a session.

    Refused and remembered first; paired with a start there within a minute; suspended until the driver agrees. Neither
    a charger's fixed id ("plug & charge" in some menus) nor an ISO 15118 contract.
    """

    class State(models.TextChoices):
        SEEN = "seen", "Seen, belongs to nobody yet"
        SUSPENDED = "suspended", "Suspended"
        ENABLED = "enabled", "Enabled"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="vehicles")
    uid = models.CharField(max_length=36, help_text="As it named itself last.")
    canonical_uid = models.CharField(max_length=36)
    name = FreeText(max_length=100, blank=True, help_text="What the host calls it.")
    state = models.CharField(max_length=10, choices=State, default=State.SEEN)
    token = models.ForeignKey(
        Token, on_delete=models.SET_NULL, null=True, blank=True, related_name="vehicles", help_text="Who pays."
    )
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it last named itself and was refused.")
    seen_by = models.ForeignKey(Charger, on_delete=models.SET_NULL, null=True, related_name="+")
    seen_evse_number = models.PositiveIntegerField(null=True, help_text="Null: the charger did not say where.")
    paired_at = models.DateTimeField(null=True, blank=True)
    paired_by = models.ForeignKey(Transaction, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_by = models.CharField(max_length=150, blank=True, help_text="Who said so.")
    consent_words = FreeText(max_length=500, blank=True, help_text="What was agreed to, word for word.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "canonical_uid"], name="vehicle_unique_in_host"),
            models.CheckConstraint(
                condition=~Q(state="enabled") | Q(consent_at__isnull=False), name="vehicle_enabled_by_consent"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.uid
