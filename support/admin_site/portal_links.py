"""Links from a row of the admin to its page in the portal, and back."""

from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.http import HttpRequest
from django.urls import ResolverMatch, reverse

_PAGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "chargers.charger": ("chargers:overview", ("charger_id",)),
    "chargers.property": ("chargers:property", ("slug",)),
    "chargers.message": ("chargers:log-entry", ("charger.charger_id", "pk")),
    "chargers.command": ("chargers:command", ("charger.charger_id", "pk")),
    "chargers.host": ("people:people", ("slug",)),
    "billing.session": ("billing:session", ("pk",)),
    "billing.rate": ("billing:rate", ("pk",)),
    "billing.plan": ("billing:plan", ("pk",)),
    "billing.payout": ("billing:payout", ("pk",)),
    "billing.joincode": ("settings-join-code", ("pk",)),
    "billing.dispute": ("billing:dispute", ("pk",)),
    "authorization.token": ("authorization:token", ("pk",)),
    "authorization.decision": ("authorization:decision", ("pk",)),
    "authorization.stay": ("authorization:stay", ("pk",)),
    "authorization.vehicle": ("authorization:vehicle", ("pk",)),
    "authorization.mobilityprovider": ("authorization:provider", ("key",)),
    "authorization.reimbursementcontract": ("authorization:reimbursement-edit", ("pk",)),
    "authorization.companylogin": ("settings-sign-in", ("host.slug",)),
    "authorization.apikey": ("settings-api-keys", ("host.slug",)),
    "authorization.tokengroup": ("authorization:group", ("slug",)),
}
"""By model: the page in the portal, and the row's attributes for its address."""
_THROUGH: Final = (
    "session", "receipt.session", "transaction.session", "code", "rate", "plan", "token", "msp", "charger",
    "transaction.charger", "evse.charger", "property", "host",
)  # fmt: skip
"""A row without its own page is shown on the page of what it belongs to, the closest first."""
_BACK: Final[Mapping[str, tuple[str, str]]] = {
    "charger_id": ("chargers.charger", "charger_id"),
    "session_id": ("billing.session", "pk"),
    "decision_id": ("authorization.decision", "pk"),
    "message_id": ("chargers.message", "pk"),
    "command_id": ("chargers.command", "pk"),
}
"""By address parameter: the model and its column."""
_BACK_BY_PK: Final[Mapping[str, str]] = {
    "authorization:token": "authorization.token", "authorization:token-edit": "authorization.token",
    "authorization:stay": "authorization.stay", "authorization:vehicle": "authorization.vehicle",
    "authorization:group-edit": "authorization.tokengroup",
    "authorization:reimbursement-edit": "authorization.reimbursementcontract",
    "billing:rate": "billing.rate", "billing:plan": "billing.plan", "billing:dispute": "billing.dispute",
    "settings-join-code": "billing.joincode",
}  # fmt: skip


def url_of(row: Model) -> str:
    """Returns the page of the row in the portal, or of what it belongs to; empty if there is none."""
    if page := _find_own_page(row):
        return page
    for path in _THROUGH:
        related = _follow_path(row, path)
        if isinstance(related, Model) and (page := _find_own_page(related)):
            return page
    return ""


def of_page(context: Mapping[str, Any]) -> str:
    """Returns the row that a template's page is about, for an agent; empty for other users."""
    request: HttpRequest | None = context.get("request")
    if request is None or not getattr(request.user, "is_agent", False):
        return ""
    return find_admin_url(request.resolver_match)


def find_admin_url(match: ResolverMatch | None) -> str:
    """Returns the admin row that a page of the portal is about; empty if there is none. At most one query."""
    if match is None:
        return ""
    if (label := _BACK_BY_PK.get(match.view_name)) is not None:
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[match.kwargs["pk"]])
    for name in reversed(match.kwargs):
        if name not in _BACK:
            continue
        label, column = _BACK[name]
        value = match.kwargs[name]
        if column != "pk":
            value = (
                apps.get_model(label)._default_manager.filter(**{column: value}).values_list("pk", flat=True).first()
            )
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[value]) if value else ""
    if match.view_name == "chargers:property":
        return _find_admin_url_by_slug("chargers.property", match.kwargs["slug"])
    return _find_admin_url_by_slug("chargers.host", match.kwargs["host"]) if "host" in match.kwargs else ""


def _find_admin_url_by_slug(label: str, slug: str) -> str:
    pk = apps.get_model(label)._default_manager.filter(slug=slug).values_list("pk", flat=True).first()
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[pk]) if pk else ""


def _find_own_page(row: Model) -> str:
    page = _PAGES.get(row._meta.label_lower)
    if page is None:
        return ""
    values = [_follow_path(row, path) for path in page[1]]
    return reverse(page[0], args=values) if all(value not in (None, "") for value in values) else ""


def _follow_path(row: Any, path: str) -> Any:
    """Follows the path; None if a part of it is missing."""
    for name in path.split("."):
        row = getattr(row, name, None)
        if row is None:
            return None
    return row
