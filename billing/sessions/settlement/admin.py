"""Admin pages for sessions, prices and money; amounts have the currency's own decimals."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator

from authorization.models import DataGrant
from billing.formatting import contacts
from billing.formatting.money import money
from billing.models import (
    Hold,
    ProcessorEvent,
    Rate,
    RateAssignment,
    RateVersion,
    Rating,
    Receipt,
    ReceiptSeries,
    Session,
)
from billing.sessions.holds import hold_limit
from chargers.admin import link_to_decision
from support.admin_site import money_keys as keys
from support.admin_site.base import Inline, ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents


class VersionsOfRate(Inline):
    model = RateVersion
    fields = ("number", "created_at")


class AssignmentsOfRate(Inline):
    model = RateAssignment
    fields = ("property", "charger", "audience")


class RatingsOfSession(Inline):
    model = Rating
    fields = ("kind", "total", "energy_wh", "engine_version", "created_at")

    @admin.display(description="Total")
    def total(self, rating: Rating) -> str:
        return money(rating.total_minor, rating.currency)


class HoldsOfSession(Inline):
    model = Hold
    fields = ("state", "amount", "captured", "last4", "processor", "processor_ref", "created_at")

    @admin.display(description="Amount")
    def amount(self, hold: Hold) -> str:
        return money(hold.amount_minor, hold.currency)

    @admin.display(description="Captured")
    def captured(self, hold: Hold) -> str:
        return money(hold.captured_minor, hold.currency)


class ReceiptsOfSession(Inline):
    model = Receipt
    fields = ("label", "kind", "issued_at")


@admin.register(Session, site=agents)
class SessionAdmin(ReadOnlyAdmin):
    """One session with its money: what was held, what it cost line by line, and what was charged."""

    keys = keys.SESSION
    explained_columns = ("explained", "decision")
    hidden = frozenset({"secret", "decision_id"})
    sensitive = {"guest_email": DataGrant.Scope.SESSIONS}
    list_display = ("opened_at", "charger", "property", "audience", "state", "guest_email", "id_token")
    list_filter = ("state", "audience")
    inlines = (HoldsOfSession, RatingsOfSession, ReceiptsOfSession)
    paginator = InfinitePaginator

    def title(self, row: Session) -> str:
        guest = contacts.mask_address(row.guest_email)
        return f"{row.charger}, {row.opened_at:%Y-%m-%d %H:%M}, {row.get_state_display()} {guest}".strip()

    @admin.display(description="What it costs")
    def explained(self, session: Session) -> SafeString:
        context = {
            "session": session,
            "rating": session.ratings.order_by("-id").first(),
            "holds": session.holds.order_by("-id"),
            "receipts": session.receipts.order_by("id"),
            "limit": hold_limit.reason(session, session.holds.order_by("created_at")),
        }
        return render_to_string("support/session.html", context)

    @admin.display(description="Decision")
    def decision(self, session: Session) -> str | SafeString:
        return link_to_decision(session.decision_id)


@admin.register(Rating, site=agents)
class RatingAdmin(ReadOnlyAdmin):
    keys = Keys(related=(keys.of_session("session"),), uuid=("session_id",))
    list_display = ("created_at", "session", "kind", "total", "energy_wh", "engine_version")
    list_filter = ("kind",)
    list_select_related = ("session__charger",)
    is_in_find = False

    @admin.display(description="Total")
    def total(self, rating: Rating) -> str:
        return money(rating.total_minor, rating.currency)


@admin.register(Receipt, site=agents)
class ReceiptAdmin(ReadOnlyAdmin):
    keys = Keys(receipt="", related=(keys.of_session("session"),), uuid=("session_id",))
    list_display = ("label", "host", "kind", "session", "issued_at")
    list_filter = ("kind",)
    list_select_related = ("host", "session__charger")

    def title(self, row: Receipt) -> str:
        return f"{row.label} of {row.host}"


@admin.register(Hold, site=agents)
class HoldAdmin(ReadOnlyAdmin):
    keys = Keys(whole=("last4", "processor_ref"), uuid=("id", "session_id"), related=(keys.of_session("session"),))
    explained_columns = ("amount", "captured")
    hidden = frozenset({"amount_minor", "captured_minor", "next_action_url"})
    list_display = ("created_at", "amount", "captured", "last4", "state", "processor", "session")
    list_filter = ("state", "processor")
    list_select_related = ("session__charger",)

    def title(self, row: Hold) -> str:
        amount = money(row.amount_minor, row.currency)
        return f"{amount} on card …{row.last4}, {row.get_state_display()}, {row.created_at:%Y-%m-%d %H:%M}"

    @admin.display(description="Amount")
    def amount(self, hold: Hold) -> str:
        return money(hold.amount_minor, hold.currency)

    @admin.display(description="Captured")
    def captured(self, hold: Hold) -> str:
        return money(hold.captured_minor, hold.currency)


@admin.register(ProcessorEvent, site=agents)
class ProcessorEventAdmin(ReadOnlyAdmin):
    keys = Keys(whole=("event_id", "processor_ref"))
    list_display = ("received_at", "processor", "kind", "processor_ref", "handled_at", "tries", "failure")
    list_filter = ("processor", "kind")


@admin.register(Rate, site=agents)
class RateAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "slug", "host__name"))
    list_display = ("name", "host", "currency")
    inlines = (VersionsOfRate, AssignmentsOfRate)


@admin.register(RateVersion, site=agents)
class RateVersionAdmin(ReadOnlyAdmin):
    keys = Keys(part=("rate__name",))
    list_display = ("rate", "number", "created_at")
    is_in_find = False


@admin.register(RateAssignment, site=agents)
class RateAssignmentAdmin(ReadOnlyAdmin):
    keys = Keys(part=("rate__name", "property__name"), charger="charger")
    list_display = ("rate", "property", "charger", "audience")
    is_in_find = False


@admin.register(ReceiptSeries, site=agents)
class ReceiptSeriesAdmin(ReadOnlyAdmin):
    keys = Keys(part=("host__name",))
    list_display = ("host", "series", "last_number")
    is_in_find = False
