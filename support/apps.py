"""Support: helping people with all of it."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from support.admin_site import second_factor  # noqa: F401, PLC0415 - hears of enrolments
