"""Support: helping people with all of it."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.overview import causes  # noqa: PLC0415
        from billing.search import finding  # noqa: PLC0415
        from support.admin_site import second_factor  # noqa: F401, PLC0415 - hears of enrolments
        from support.incidents import attention  # noqa: PLC0415
        from support.queues import portal_search  # noqa: PLC0415

        finding.register(portal_search.by_label)
        causes.register(attention.of)
