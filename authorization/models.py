"""Who may charge, and why; which human sees what."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from rest_framework_api_key.models import AbstractAPIKey

from chargers.models import Charger, Host, Property, Transaction, Unit


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_agent=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in: a member of hosts, or a support agent."""

    email = models.EmailField(unique=True, help_text="Stored in lower case.")
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_agent = models.BooleanField(default=False, help_text="A support agent: sees all hosts and the admin.")
    sees_portal = models.BooleanField(
        default=True, db_default=True, help_text="False: a driver, who has an account but no business in the portal."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Django's word for who may enter the admin."""
        return self.is_agent


class Membership(models.Model):
    """A user's role at a host."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        MANAGER = "manager", "Manager"
        OPERATOR = "operator", "Operator"
        FINANCE = "finance", "Finance"
        READ_ONLY = "read_only", "Read only"
        INSTALLER = "installer", "Installer"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "host"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} at {self.host}"


class AccessGrant(models.Model):
    """A right of an outsider to see or operate a host's property or charger; it ends by itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_grants")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="access_grants")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=10, choices=Membership.Role)
    reason = models.CharField(max_length=255)
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("granted_at")), name="accessgrant_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.host} until {self.ends_at:%Y-%m-%d}"


class Invitation(models.Model):
    """A link, for one use, by which somebody comes in: sets a password if they have none, and joins the host.

    With a role it makes a membership when it is taken; without one it only opens an account, for whom a grant waits.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(help_text="Stored in lower case.")
    role = models.CharField(max_length=10, choices=Membership.Role, blank=True, help_text="Empty: a grant waits.")
    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what stands in the link.")
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["host", "email"], condition=Q(used_at=None, withdrawn_at=None), name="invitation_open")
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.host}"


class ApiKey(AbstractAPIKey):
    """A key of the REST API: of one host, or of the agents (no host)."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="api_keys")
    is_agent = models.BooleanField(default=False)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.CheckConstraint(
                condition=Q(host__isnull=False, is_agent=False) | Q(host=None, is_agent=True),
                name="apikey_of_a_host_or_of_agents",
            )
        ]


class MobilityProvider(models.Model):
    """The roaming partner that issued a foreign token (OCPI eMSP)."""

    country_code = models.CharField(max_length=2)
    party_id = models.CharField(max_length=3)
    name = models.CharField(max_length=200)
    blocked = models.BooleanField(default=False, help_text="By support, for all hosts.")
    blocked_reason = models.CharField(max_length=255, blank=True)
    versions_url = models.URLField(blank=True)
    token_a_encrypted = models.TextField(blank=True)

    # Whether and where it answers while the driver waits (OCPI 2.2.1 12.2.2).
    live_enabled = models.BooleanField(
        "live validation", default=True, help_text="Ask it about cards that it wants to be asked about."
    )
    authorize_url = models.URLField(
        blank=True, help_text="Its tokens endpoint; empty: it cannot be asked. /{uid}/authorize is added to it."
    )
    authorize_token_encrypted = models.TextField(blank=True)
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
        """As in files and commands: NL-EMS."""
        return f"{self.country_code}-{self.party_id}"


class ProviderBlock(models.Model):
    """A host takes no cards of a mobility provider; the other hosts go on as they like."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="provider_blocks")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, related_name="host_blocks")
    reason = models.CharField(max_length=255)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "msp"], name="providerblock_unique")]

    def __str__(self) -> str:
        return f"{self.msp} at {self.host}"


class ProviderSync(models.Model):
    """The last time that somebody asked for a provider's cards again, and what came of it."""

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


class TokenGroup(models.Model):
    """Tokens that open the same doors: the properties, units and chargers it is linked to.

    Not the OCPP parent ("may stop each other's sessions"), unless `is_parent` says so.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="token_groups")
    slug = models.SlugField()
    name = models.CharField(max_length=100)
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
    type = models.CharField(
        max_length=20, default="RFID", help_text="OCPI TokenType: RFID, APP_USER, AD_HOC_USER, OTHER."
    )
    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    groups = models.ManyToManyField(TokenGroup, blank=True, related_name="tokens")
    parent = models.CharField(max_length=36, blank=True, help_text="OCPP parentIdTag / groupIdToken.")
    valid = models.BooleanField(default=True)
    blocked = models.BooleanField(default=False)
    blocked_reason = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    whitelist = models.CharField(max_length=15, choices=Whitelist, default=Whitelist.NEVER)
    for_reimbursement = models.BooleanField(default=False)
    may_charge_concurrently = models.BooleanField(default=False)
    owner = models.CharField(max_length=200, blank=True, help_text="Whose card it is, as the host knows them.")
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
    """An uploaded file of cards that waits to be applied; it is gone once it is, or after its hour.

    A long one is applied by a worker: from `asked_at` on it is due, from `done_at` on it says what came of it.
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
    """Somebody at a private charger who asks to be let in; `secret` opens the answer to whoever asked."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        GRANTED = "granted", "Let in"
        DECLINED = "declined", "Declined"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="access_requests")
    secret = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the link of whoever asked.")
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    uid = models.CharField(max_length=36, blank=True, help_text="Of their own card, if they have one.")
    message = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.CharField(max_length=255, blank=True, help_text="What the host says to them.")
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
    """A guest's reservation of a unit: its token may charge there between arrival and departure."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="stays")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="stays")
    token = models.ForeignKey(Token, on_delete=models.CASCADE, null=True, blank=True, related_name="stays")
    guest_name = models.CharField(max_length=200, blank=True)
    guest_email = models.EmailField(blank=True)
    reference = models.CharField(max_length=100, blank=True)
    arrives_at = models.DateTimeField()
    departs_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(departs_at__gt=F("arrives_at")), name="stay_departs_after_arrival")
        ]

    def __str__(self) -> str:
        return f"{self.guest_name or self.reference} at {self.unit or self.property}"


class ReimbursementContract(models.Model):
    """Somebody's employer pays them back for charging at home: one card, at the chargers that are linked to it.

    Who pays what is `rates`, a price for each kWh from a day on, and a cap for each calendar month.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="reimbursement_contracts")
    token = models.ForeignKey(Token, on_delete=models.RESTRICT, related_name="reimbursement_contracts")
    name = models.CharField(max_length=100, help_text="Whose charging it is, such as Kim, at home.")
    employer = models.CharField(max_length=200, help_text="Who pays.")
    employer_contact = models.CharField(max_length=200, blank=True, help_text="Whom to ask there.")
    currency = models.CharField(max_length=3, help_text="ISO 4217 code, such as EUR.")
    monthly_cap_minor = models.BigIntegerField(null=True, blank=True, help_text="Minor units; null: without a cap.")
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
        ]

    def __str__(self) -> str:
        return f"{self.name}, paid by {self.employer}"


class ReimbursementRate(models.Model):
    """What a contract pays for each kWh from a day on, until the next one begins."""

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


class Vehicle(models.Model):
    """A car that named itself at a host's charger (`VID:` and its MAC), and whether it may start a session by that.

    Refused and remembered first; paired with whoever started there within a minute; suspended until the driver
    agrees. Neither a charger's fixed id ("plug & charge" in some menus) nor a contract of ISO 15118.
    """

    class State(models.TextChoices):
        SEEN = "seen", "Seen, belongs to nobody yet"
        SUSPENDED = "suspended", "Suspended"
        ENABLED = "enabled", "Enabled"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="vehicles")
    uid = models.CharField(max_length=36, help_text="As it named itself last.")
    canonical_uid = models.CharField(max_length=36)
    name = models.CharField(max_length=100, blank=True, help_text="What the host calls it.")
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
    consent_words = models.CharField(max_length=500, blank=True, help_text="What was agreed to, word for word.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "canonical_uid"], name="vehicle_unique_in_host"),
            models.CheckConstraint(
                condition=~Q(state="enabled") | Q(consent_at__isnull=False), name="vehicle_enabled_by_consent"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.uid


class IssuerQuestion(models.Model):
    """One question to a mobility provider about a card at a charger, and what came of it.

    The gateway writes it and withholds its answer to the charger; a worker asks; whoever waits reads it here.
    A second tap while it is open waits for the same answer.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Answered"
        TIMED_OUT = "timed_out", "No answer in time"
        NO_ANSWER = "no_answer", "No usable answer"
        NOT_ASKED = "not_asked", "Not asked"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `asked_at`.")
    msp = models.ForeignKey(MobilityProvider, on_delete=models.CASCADE, related_name="questions")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="+")
    uid = models.CharField(max_length=36, help_text="As its provider writes it.")
    canonical_uid = models.CharField(max_length=36)
    evse_number = models.PositiveIntegerField(null=True)
    message_id = models.CharField(max_length=255, blank=True, help_text="Of the charger's message that asked first.")
    is_probe = models.BooleanField(default=False, help_text="Nobody waits: does the provider answer again?")
    asked_at = models.DateTimeField()
    deadline = models.DateTimeField(help_text="Until when the provider may answer.")
    begun_at = models.DateTimeField(null=True, help_text="When a worker began to ask.")
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    word = models.CharField(max_length=15, blank=True, help_text="OCPI AllowedType.")
    message = models.CharField(max_length=500, blank=True, help_text="Its text for the driver; or why there is none.")
    reference = models.CharField(max_length=36, blank=True, help_text="OCPI authorization_reference.")
    took_ms = models.PositiveIntegerField(null=True, help_text="From the first byte out to the last byte in.")
    used_at = models.DateTimeField(null=True, help_text="When the first decision was made with it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "canonical_uid"],
                condition=Q(state="open", is_probe=False),
                name="issuerquestion_one_open",
            ),
            models.CheckConstraint(condition=Q(state="open") | Q(ended_at__isnull=False), name="issuerquestion_ended"),
        ]
        indexes = [
            models.Index(fields=["msp", "-id"], name="issuerquestion_by_msp"),
            models.Index(fields=["deadline"], condition=Q(state="open"), name="issuerquestion_open"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} at {self.charger}: {self.get_state_display().lower()} {self.word}".strip()


class Decision(models.Model):
    """The stored answer to "may this token charge here, now?" with its trace. Written once, never changed."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `at`.")
    at = models.DateTimeField(help_text="When it was decided.")
    event_at = models.DateTimeField(help_text="The moment it is about, corrected for the charger's clock.")
    late = models.BooleanField(default=False, help_text="A replay: judged as of event_at.")
    kind = models.CharField(max_length=15, help_text="authorize, start, remote_start or guest.")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="decisions")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="decisions")
    evse_number = models.PositiveIntegerField(null=True)
    uid = models.CharField(max_length=255, blank=True, help_text="As it was presented.")
    canonical_uid = models.CharField(max_length=255, blank=True)
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=40, blank=True, help_text="Code of the catalogue; empty when accepted.")
    granted_by = models.CharField(max_length=40, blank=True, help_text="The step that let it in; empty when refused.")
    status_16 = models.CharField(max_length=20)
    status_2x = models.CharField(max_length=30)
    decided_by = models.CharField(max_length=100, default="us", help_text='"us", or the back office that leads.')
    trace = models.JSONField(help_text="Every step: step, outcome, sentence, link, ms, values.")
    duration_us = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["charger", "-id"], name="decision_by_charger"),
            models.Index(fields=["host", "-id"], name="decision_by_host"),
            models.Index(fields=["canonical_uid", "-id"], name="decision_by_uid"),
        ]

    def __str__(self) -> str:
        return f"{self.uid}: {self.verdict} {self.reason}".strip()


class Opinion(models.Model):
    """What another voice said, or would have said, of a tap that the charger was answered by one: see `decision`.

    Written when it is known, which for a slow back office may be before the decision itself is.
    """

    class Voice(models.TextChoices):
        US = "us", "Us"
        LEADER = "leader", "Leader"
        FOLLOWER = "follower", "Follower"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `at`.")
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, db_constraint=False, related_name="opinions")
    voice = models.CharField(max_length=10, choices=Voice)
    name = models.CharField(max_length=100, help_text='The back office; "us" for our own rules.')
    accepted = models.BooleanField()
    status = models.CharField(max_length=60, help_text="The word itself, as OCPP has it.")
    reason = models.CharField(max_length=40, blank=True, help_text="Ours: code of the catalogue.")
    late = models.BooleanField(default=False, help_text="It came when the charger had been answered already.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"
