"""Users: who logs in, what they may do at which host, and API keys for programs."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey

from chargers.models import Charger, Host, Property
from chargers.models.free_text import FreeText


class UserManager(BaseUserManager["User"]):
    """Creates and finds users by e-mail address."""

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
    """A person with a log-in: a member of a host's team, a support agent or a driver."""

    class AgentLevel(models.TextChoices):
        FIRST = "first", "First line"
        SECOND = "second", "Second line"

    email = models.EmailField(unique=True, help_text="Stored in lower case.")
    name = FreeText(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_agent = models.BooleanField(default=False, help_text="A support agent: sees all hosts and the admin.")
    agent_level = models.CharField(
        max_length=10,
        choices=AgentLevel,
        default=AgentLevel.SECOND,
        db_default=AgentLevel.SECOND,
        help_text="Support agents only. The first line refunds up to a limit and cannot manage secrets or roles.",
    )
    sees_portal = models.BooleanField(
        default=True, db_default=True, help_text="False for drivers, who have an account but no access to the portal."
    )
    email_confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the link mailed to this address was opened. Imports may also set it."
    )
    email_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the address last changed. For a week after that it cannot confirm bank accounts or payouts.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Whether the user may enter the admin (Django's name for it)."""
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
    role_since = models.DateTimeField(
        default=timezone.now, db_default=Now(), help_text="When the member was given this role."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "host"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} at {self.host}"


class AccessGrant(models.Model):
    """Temporary access for somebody outside the host's team to a property or charger."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_grants")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="access_grants")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=10, choices=Membership.Role)
    reason = FreeText(max_length=255)
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
    """A one-time link to join a host, which also sets a password if the account has none.

    With a role it creates a membership when it is used. Without one it only creates an account, for somebody who
    already has an access grant.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(help_text="Stored in lower case.")
    role = models.CharField(
        max_length=10, choices=Membership.Role, blank=True, help_text="Empty if access comes from an access grant."
    )
    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the link.")
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


class EnrolmentLink(models.Model):
    """A one-time link for a support agent to set up two-factor authentication; a password alone is not enough."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrolment_links")
    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the link.")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="enrolmentlink_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.user} until {self.expires_at:%Y-%m-%d %H:%M}"


def _every_scope() -> list[str]:
    return [*ApiKey.Scope.values]


class ApiKey(AbstractAPIKey):
    """A REST API key. It belongs to one host, or to the support agents (then without a host).

    It may do what its scopes allow, and never more than its creator may at the time of the request
    (`people.access.rights_of`).
    """

    class Scope(models.TextChoices):
        READ = "read", "Read"
        OPERATE = "operate", "Operate"
        MONEY = "money", "Money"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="api_keys")
    is_agent = models.BooleanField(default=False)
    made_by = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="api_keys",
        help_text="Whom it acts for; it can do no more than they can. Empty if it was made on the command line.",
    )
    scopes: ClassVar = ArrayField(models.CharField(max_length=10, choices=Scope), default=_every_scope)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.CheckConstraint(
                condition=Q(host__isnull=False, is_agent=False) | Q(host=None, is_agent=True),
                name="apikey_of_a_host_or_of_agents",
            )
        ]


class ApiRequest(models.Model):
    """A request with an Idempotency-Key, and its response."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="requests")
    name = models.CharField(max_length=255, help_text="The value of the Idempotency-Key header.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the method, URL and body of the request.")
    status = models.PositiveSmallIntegerField(null=True, help_text="None: not answered yet.")
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "name"], name="apirequest_once_a_key")]

    def __str__(self) -> str:
        return self.name
