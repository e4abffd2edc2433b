"""The fields of a budget in the REST API, which cards, groups and budgets themselves show."""

from typing import ClassVar

from rest_framework import serializers

from authorization.models import Budget


class BudgetSerializer(serializers.ModelSerializer[Budget]):
    """What a budget allows in a calendar month: energy, or money with tax."""

    class Meta:
        model = Budget
        fields: ClassVar = ["scope", "limit_wh", "limit_minor", "currency", "stops_sessions"]
        read_only_fields = fields
