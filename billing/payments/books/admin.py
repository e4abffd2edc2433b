"""Admin pages for debts, disputes, refunds, payouts and hold policies; only the last can be changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from authorization import audit
from billing.formatting import pasted_values
from billing.formatting.money import money
from billing.models import Dispute, HoldPolicy, Payout, Receivable, Refund, RefundPart, Session
from support.admin_site import money_keys as keys
from support.admin_site.base import Acts, Inline, ReadOnlyAdmin
from support.admin_site.search import Keys, RelatedSearch
from support.admin_site.site import agents

_BY_HOLD = keys.of_session("hold__session")
_BY_RECEIPT = RelatedSearch(column="receipt__session", model=Session, value="pk", keys=keys.SESSION)


@admin.register(Receivable, site=agents)
class ReceivableAdmin(ReadOnlyAdmin):
    """An amount that no card covered."""

    keys = Keys(uuid=("session_id",), related=(keys.of_session("session"), keys.of_driver("session__driver")))
    explained_columns = ("amount",)
    list_display = ("created_at", "amount", "host", "state", "reason", "session")
    list_filter = ("state",)
    list_select_related = ("host", "session__charger")

    def title(self, row: Receivable) -> str:
        return f"{self.amount(row)} owed for {row.session}, {row.get_state_display().lower()}"

    @admin.display(description="Amount")
    def amount(self, row: Receivable) -> str:
        return money(row.amount_minor, row.currency)


@admin.register(Dispute, site=agents)
class DisputeAdmin(ReadOnlyAdmin):
    """A payment that its cardholder disputes; it is answered on the portal's page of cases."""

    keys = Keys(whole=("processor_ref", "hold__last4"), related=(_BY_HOLD, keys.of_driver("hold__session__driver")))
    explained_columns = ("amount",)
    list_display = ("opened_at", "amount", "host", "state", "reason", "respond_before")
    list_filter = ("state",)
    list_select_related = ("host", "hold__session__charger")

    def title(self, row: Dispute) -> str:
        return f"{self.amount(row)} of the card …{row.hold.last4}, {row.get_state_display()}"

    @admin.display(description="Amount")
    def amount(self, row: Dispute) -> str:
        return money(row.amount_minor, row.currency)


class PartsOfRefund(Inline):
    """The parts of a refund, each with its own state."""

    model = RefundPart
    fields = ("hold", "receivable", "amount", "state", "failure", "note", "finished_at")

    @admin.display(description="Amount")
    def amount(self, row: RefundPart) -> str:
        return money(row.amount_minor, row.refund.currency)


@admin.register(Refund, site=agents)
class RefundAdmin(ReadOnlyAdmin):
    keys = Keys(uuid=("id",), related=(_BY_RECEIPT, keys.of_driver("receipt__session__driver")))
    explained_columns = ("amount", "of_which_tax")
    hidden = frozenset({"total_minor", "net_minor", "tax_minor", "currency"})
    list_display = ("created_at", "amount", "receipt", "state", "reason", "asked_by", "failure")
    list_filter = ("state",)
    list_select_related = ("receipt",)
    inlines = (PartsOfRefund,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).prefetch_related("parts")

    def title(self, row: Refund) -> str:
        return f"{self.amount(row)} for receipt {row.receipt}, {row.get_state_display().lower()}"

    @admin.display(description="Amount")
    def amount(self, row: Refund) -> str:
        return money(row.total_minor, row.currency)

    @admin.display(description="Of which tax")
    def of_which_tax(self, row: Refund) -> str:
        return money(row.tax_minor, row.currency)


@admin.register(HoldPolicy, site=agents)
class HoldPolicyAdmin(Acts):
    """How much is held before charging. A change applies to the next guest and not to existing holds."""

    keys = Keys(part=("host__name", "property__name"))
    changeable = ("energy_kwh", "least_minor", "most_minor", "at_limit")
    verb = "property.holds_set"
    list_display = ("host", "property", "energy_kwh", "least_minor", "most_minor", "at_limit")
    list_filter = ("at_limit",)

    def subject(self, row: HoldPolicy) -> audit.Subject:
        if row.property is None:
            return audit.Subject("host", row.host.slug, row.host.name, row.host)
        return audit.Subject("property", row.property.slug, row.property.name, row.host)


@admin.register(Payout, site=agents)
class PayoutAdmin(ReadOnlyAdmin):
    """A payout to a host. Its account is shown in the portal, masked."""

    keys = Keys(uuid=("id",), part=("host__name",), whole=("host__slug",))
    explained_columns = ("amount",)
    hidden = frozenset({"bank_account"})
    list_display = ("label", "host", "amount", "state", "expected_on")
    list_filter = ("state",)
    list_select_related = ("host",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also finds payouts by their number, such as P-000012, which each host counts separately."""
        matches, is_doubled = super().get_search_results(request, queryset, search_term)
        number = pasted_values.read(search_term).payout_number
        return (matches | queryset.filter(Q(number=number)) if number else matches), is_doubled

    def title(self, row: Payout) -> str:
        return f"{row.label} to {row.host}, {self.amount(row)}, {row.get_state_display().lower()}"

    @admin.display(description="Amount")
    def amount(self, row: Payout) -> str:
        return money(row.amount_minor, row.currency)
