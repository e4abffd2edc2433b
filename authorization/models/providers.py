"""Mobility providers: partners whose drivers charge here, hosts' blocks, and how providers are asked about cards."""

from django.db import models

from chargers.models import Host
from chargers.models.free_text import FreeText


class MobilityProvider(models.Model):
    """The roaming partner that issued a foreign token (OCPI eMSP)."""

    country_code = models.CharField(max_length=2)
    party_id = models.CharField(max_length=3)
    name = models.CharField(max_length=200)
    blocked = models.BooleanField(default=False, help_text="By support, for all hosts.")
    blocked_reason = FreeText(max_length=255, blank=True)
    versions_url = models.URLField(blank=True)
    token_a_encrypted = models.TextField(blank=True)

    # Whether and where it is asked while the driver waits (OCPI 2.2.1 12.2.2).
    live_enabled = models.BooleanField(
        "live validation", default=True, help_text="Ask it about cards that it wants to be asked about."
    )
    authorize_url = models.URLField(
        blank=True, help_text="Its tokens endpoint; empty: it cannot be asked. /{uid}/authorize is added to it."
    )
    authorize_token_encrypted = models.TextField(blank=True)
    authorize_token_plain = models.BooleanField(
        "plain token",
        default=False,
        db_default=False,
        help_text="It takes our token as it is (OCPI 2.1.1), not in base64.",
    )
    authorize_timeout_s = models.PositiveSmallIntegerField(
        "timeout in seconds", null=True, blank=True, help_text="How long a driver waits for it; empty: as everywhere."
    )
    breaker_opened_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is not asked because it does not answer; null: it is asked."
    )
    breaker_probe_at = models.DateTimeField(null=True, blank=True, help_text="When it is tried again.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country_code", "party_id"], name="mobilityprovider_unique")]

    def __str__(self) -> str:
        return f"{self.name} ({self.country_code}-{self.party_id})"

    @property
    def key(self) -> str:
        """The provider's key as used in files and commands, such as NL-EMS."""
        return f"{self.country_code}-{self.party_id}"


class ProviderBlock(models.Model):
    """A host's block of a mobility provider's cards; other hosts are not affected."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="provider_blocks")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, related_name="host_blocks")
    reason = FreeText(max_length=255)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "msp"], name="providerblock_unique")]

    def __str__(self) -> str:
        return f"{self.msp} at {self.host}"


class ProviderSync(models.Model):
    """The last requested sync of a provider's cards, and its outcome."""

    msp = models.OneToOneField(MobilityProvider, on_delete=models.CASCADE, related_name="sync")
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    complete_until = models.DateTimeField(null=True, help_text="Every change up to then has been fetched.")
    received = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0, help_text="Entries that are no card.")
    wrong_one = models.CharField(max_length=300, blank=True, help_text="What was wrong with the first of them.")
    failure = models.CharField(max_length=300, blank=True, help_text="One sentence: why it broke off.")

    def __str__(self) -> str:
        return f"{self.msp}, {self.asked_at:%Y-%m-%d %H:%M}"
