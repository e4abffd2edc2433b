"""Codes that a host posts for residents or staff, and the people who joined by them."""

from django.db import models
from django.db.models import F, Q

from authorization.models import ApiKey, Membership, Token, TokenGroup, User
from chargers.models import Host, Property
from chargers.models.free_text import FreeText


class JoinCode(models.Model):
    """A code that anyone may read: on a notice in the lobby, in a letter, as a QR code.

    Without a role its charging cards go into `groups`. With a role it only requests an invitation to the portal, which
    a person of the host answers.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="join_codes")
    code = models.CharField(max_length=12, unique=True, help_text="Without its dash.")
    name = FreeText(max_length=100, help_text="Where it is posted, or for whom.")
    role = models.CharField(
        max_length=10, choices=Membership.Role, blank=True, help_text="Of the portal; empty: residents who charge."
    )
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, related_name="join_codes")
    groups = models.ManyToManyField(TokenGroup, blank=True, related_name="join_codes")
    needs_approval = models.BooleanField(default=True)
    most = models.PositiveIntegerField(null=True, help_text="How many may join; null: any number.")
    ends_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role="") | Q(needs_approval=True), name="joincode_role_is_approved"),
            models.CheckConstraint(condition=~Q(role="owner"), name="joincode_makes_no_owner"),
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("made_at")), name="joincode_ends_later"),
            models.CheckConstraint(condition=Q(most=None) | Q(most__gt=0), name="joincode_for_somebody"),
        ]
        indexes = [models.Index(fields=["host", "-id"], name="joincode_by_host")]

    def __str__(self) -> str:
        return self.name

    def formatted(self) -> str:
        """Returns the code as printed: in groups of four."""
        return "-".join(self.code[at : at + 4] for at in range(0, len(self.code), 4))


class Join(models.Model):
    """A person who used a code: they wait for the host, have joined, or were declined or removed."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for your answer"
        JOINED = "joined", "Joined"
        DECLINED = "declined", "Declined"
        REMOVED = "removed", "Taken out"

    code = models.ForeignKey(JoinCode, on_delete=models.CASCADE, related_name="joins")
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="joins", help_text="Null: deleted, or only an address."
    )
    name = FreeText(max_length=100, blank=True)
    email = models.EmailField(blank=True, help_text="In lower case; of residents it is confirmed.")
    note = FreeText(max_length=200, blank=True, help_text="Such as the apartment.")
    uid = models.CharField(max_length=36, blank=True, help_text="Canonical; empty: they start on their phone.")
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="joins")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_by_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    answer = FreeText(max_length=255, blank=True, help_text="What the host says to them.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "email", "uid"],
                condition=Q(state__in=("open", "joined")) & ~Q(email=""),
                name="join_once",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(answered_at__isnull=False), name="join_answered_has_time"
            ),
        ]
        indexes = [models.Index(fields=["code"], condition=Q(state="open"), name="join_open")]

    def __str__(self) -> str:
        return self.name or self.email or "deleted"
