"""The admin's menu by subject, daily work first; everything else is under "Records"."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

SUBJECTS: Final[Mapping[str, Sequence[str]]] = {
    "Tickets": ("support.ticket", "support.macro", "support.article", "support.commonfault", "support.inboundmail"),
    "Hosts and chargers": (
        "chargers.host", "chargers.property", "chargers.charger", "chargers.licence", "chargers.transaction",
        "chargers.command", "chargers.failedhandshake", "chargers.upstream",
    ),
    "Cards and access": (
        "authorization.token", "authorization.tokengroup", "authorization.decision", "authorization.stay",
        "authorization.reimbursementcontract", "authorization.vehicle", "authorization.mobilityprovider",
        "billing.joincode", "billing.join",
    ),
    "Sessions and money": (
        "billing.session", "billing.receipt", "billing.hold", "billing.refund", "billing.dispute",
        "billing.receivable", "billing.payout", "billing.rate", "billing.plan", "billing.holdpolicy",
    ),
    "Drivers": (
        "billing.driver", "billing.paymentcard", "billing.subscription", "billing.invoice", "billing.outgoingmail",
    ),
    "People": (
        "authorization.user", "authorization.membership", "authorization.accessgrant", "authorization.invitation",
        "authorization.companylogin", "authorization.apikey", "authorization.auditentry",
    ),
    "Catalogues": (
        "chargers.chargermodel", "chargers.settingtemplate", "chargers.backoffice", "chargers.recoveryrecord",
    ),
}  # fmt: skip
RECORDS: Final = "Records"
_ICONS: Final = {
    "Tickets": "support_agent",
    "Hosts and chargers": "ev_station",
    "Cards and access": "badge",
    "Sessions and money": "receipt_long",
    "Drivers": "directions_car",
    "People": "group",
    "Catalogues": "library_books",
}


def group_by_subject(apps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups Django's list of applications by subject; technical details come last."""
    models = {f"{app['app_label']}.{model['object_name'].lower()}": model for app in apps for model in app["models"]}
    groups = [
        {"name": name, "app_label": name, "models": [models.pop(label) for label in labels if label in models]}
        for name, labels in SUBJECTS.items()
    ]
    remaining_models = sorted(models.values(), key=lambda model: str(model["name"]))
    return [*groups, {"name": RECORDS, "app_label": RECORDS, "models": remaining_models, "is_rest": True}]


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    """Returns the theme's sidebar: the first of each subject; the others are on the first page."""
    return [
        {
            "title": name,
            "separator": True,
            "collapsible": name != "Tickets",
            "items": [
                {"title": _title(label), "link": _list(label), "icon": _ICONS[name] if index == 0 else ""}
                for index, label in enumerate(labels)
            ],
        }
        for name, labels in SUBJECTS.items()
    ]


def _list(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def _title(label: str) -> str:
    from django.apps import apps  # noqa: PLC0415 - asked when a page is made, not when the settings are read

    return str(apps.get_model(label)._meta.verbose_name_plural).capitalize()
