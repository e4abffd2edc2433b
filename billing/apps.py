"""Billing: prices, payments, payouts."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from authorization.decide import budgets  # noqa: PLC0415
        from billing.sessions.budgets import use  # noqa: PLC0415 - after the models

        budgets.register(use)
