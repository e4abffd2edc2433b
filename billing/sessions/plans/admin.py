"""Read-only admin pages for plans and subscriptions: changes must be posted to the books."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.formatting.money import kwh, money
from billing.models import (
    Invoice,
    PeriodRefund,
    Plan,
    PlanChange,
    PlanVersion,
    Subscription,
    SubscriptionPeriod,
)
from support.admin_site import money_keys as keys
from support.admin_site.base import Inline, ReadOnlyAdmin
from support.admin_site.search import Keys, RelatedSearch
from support.admin_site.site import agents

_BY_INVOICE = RelatedSearch(column="pk", model=Invoice, value="period", keys=Keys(receipt=""))
_SUBSCRIPTION = Keys(uuid=("id",), part=("plan__name",), related=(keys.of_driver("driver"),))
_PERIOD = Keys(
    uuid=("id", "subscription_id"),
    whole=("last4", "processor_ref"),
    related=(_BY_INVOICE, keys.of_driver("subscription__driver")),
)


class VersionsOfPlan(Inline):
    model = PlanVersion
    fields = ("number", "fee", "included_wh", "discount_pct", "created_at")

    @admin.display(description="Fee a month")
    def fee(self, version: PlanVersion) -> str:
        return money(version.fee_minor, version.currency)


class PeriodsOfSubscription(Inline):
    model = SubscriptionPeriod
    fields = ("number", "begins_at", "ends_at", "total", "state", "last4", "failure")

    @admin.display(description="Total")
    def total(self, period: SubscriptionPeriod) -> str:
        return money(period.total_minor, period.currency)


class ChangesOfSubscription(Inline):
    model = PlanChange
    fk_name = "subscription"
    fields = ("agreed_at", "version", "state", "failure")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanChange]:
        return super().get_queryset(request).select_related("version__plan")


class InvoicesOfPeriod(Inline):
    model = Invoice
    fields = ("label", "kind", "issued_at")


class RefundsOfPeriod(Inline):
    model = PeriodRefund
    fk_name = "period"
    fields = ("number", "amount_minor", "state", "failure", "planned_at", "sent_at", "finished_at")
    show_change_link = False


@admin.register(Plan, site=agents)
class PlanAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "slug", "host__name"))
    list_display = ("name", "host", "created_at", "retired_at")
    inlines = (VersionsOfPlan,)


@admin.register(PlanVersion, site=agents)
class PlanVersionAdmin(ReadOnlyAdmin):
    keys = Keys(part=("plan__name",))
    explained_columns = ("fee",)
    list_display = ("plan", "number", "fee", "included_wh", "discount_pct", "created_at")
    is_in_find = False

    @admin.display(description="Fee a month")
    def fee(self, version: PlanVersion) -> str:
        return money(version.fee_minor, version.currency)


@admin.register(Subscription, site=agents)
class SubscriptionAdmin(ReadOnlyAdmin):
    keys = _SUBSCRIPTION
    list_display = ("plan", "driver", "host", "state", "created_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("plan", "driver__user", "host")
    inlines = (PeriodsOfSubscription, ChangesOfSubscription)

    def title(self, row: Subscription) -> str:
        return f"{row.plan} of {row.driver}, {row.get_state_display().lower()}"


@admin.register(SubscriptionPeriod, site=agents)
class SubscriptionPeriodAdmin(ReadOnlyAdmin):
    keys = _PERIOD
    explained_columns = ("total", "given_back")
    hidden = frozenset({"next_action_url"})
    list_display = ("begins_at", "subscription", "total", "state", "last4", "failure")
    list_filter = ("state",)
    list_select_related = ("subscription__plan", "subscription__driver__user")
    inlines = (InvoicesOfPeriod, RefundsOfPeriod)

    def title(self, row: SubscriptionPeriod) -> str:
        return (
            f"{self.total(row)} for {row.begins_at:%Y-%m-%d} of {row.subscription}, {row.get_state_display().lower()}"
        )

    @admin.display(description="Total")
    def total(self, period: SubscriptionPeriod) -> str:
        return money(period.total_minor, period.currency)

    @admin.display(description="Credited")
    def given_back(self, period: SubscriptionPeriod) -> str:
        return money(period.refunded_minor, period.currency)


@admin.register(PlanChange, site=agents)
class PlanChangeAdmin(ReadOnlyAdmin):
    """A change within a period, with all inputs of its price."""

    keys = Keys(uuid=("id",), whole=("last4", "processor_ref"), related=(keys.of_driver("subscription__driver"),))
    explained_columns = ("paid", "back", "energy")
    hidden = frozenset({"next_action_url"})
    list_display = ("agreed_at", "subscription", "paid", "back", "state", "failure")
    list_filter = ("state",)
    list_select_related = ("subscription__plan", "subscription__driver__user", "period__version__plan", "version__plan")

    @admin.display(description="Paid now")
    def paid(self, change: PlanChange) -> str:
        return money(change.due_minor, change.currency)

    @admin.display(description="Back to the card")
    def back(self, change: PlanChange) -> str:
        return money(change.back_minor, change.currency)

    @admin.display(description="Included energy")
    def energy(self, change: PlanChange) -> str:
        return f"{kwh(change.own_wh)} kWh of the new plan, {kwh(change.carried_wh)} kWh came along"


@admin.register(Invoice, site=agents)
class InvoiceAdmin(ReadOnlyAdmin):
    keys = Keys(receipt="", related=(keys.of_driver("period__subscription__driver"),))
    explained_columns = ("total",)
    list_display = ("label", "host", "kind", "total", "issued_at")
    list_filter = ("kind",)
    list_select_related = ("host",)

    def title(self, row: Invoice) -> str:
        return f"{row.get_kind_display()} {row.label} of {row.host}, {self.total(row)}"

    @admin.display(description="Total")
    def total(self, invoice: Invoice) -> str:
        return money(invoice.document.get("total"), invoice.document.get("currency", ""))
