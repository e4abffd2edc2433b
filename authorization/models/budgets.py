"""Budgets: what cards may use in a calendar month, in kWh or money."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from authorization.models.tokens import Token, TokenGroup
from chargers.models import Host


class Budget(models.Model):
    """What a card may use in a calendar month; or what the cards of a local group may, each or all together.

    A card's own budget replaces those of its groups.
    """

    class Scope(models.TextChoices):
        CARD = "card", "Each card"
        GROUP = "group", "All cards together"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="budgets")
    token = models.OneToOneField(Token, on_delete=models.CASCADE, null=True, related_name="budget")
    group = models.ForeignKey(TokenGroup, on_delete=models.CASCADE, null=True, related_name="budgets")
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.CARD)
    limit_wh = models.PositiveBigIntegerField(null=True, help_text="Null: it limits money.")
    limit_minor = models.PositiveBigIntegerField(null=True, help_text="Minor units, with tax; null: it limits energy.")
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217 code; empty for energy.")
    stops_sessions = models.BooleanField(
        default=False, help_text="Whether a running session is stopped once it is used up."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token__isnull=False, group=None, scope="card") | Q(token=None, group__isnull=False),
                name="budget_of_a_card_or_of_a_group",
            ),
            models.CheckConstraint(
                condition=(
                    Q(limit_wh__gt=0, limit_minor=None, currency="")
                    | Q(limit_wh=None, limit_minor__gt=0) & ~Q(currency="")
                ),
                name="budget_in_energy_or_money",
            ),
            models.UniqueConstraint(fields=["group", "scope"], name="budget_once_in_a_scope"),
        ]

    def __str__(self) -> str:
        return f"Budget of {self.token or self.group}"

    @property
    def limit_kwh(self) -> Decimal:
        return Decimal(self.limit_wh or 0) / 1000

    @property
    def limit(self) -> int:
        """Returns the limit in Wh, or in minor units of the currency."""
        return self.limit_wh or self.limit_minor or 0
