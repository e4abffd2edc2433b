"""Admin pages for drivers, their cards, and the reasons for their charges."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from authorization.models import DataGrant
from billing.formatting import contacts
from billing.models import Driver, DriverToken, OutgoingMail, PaymentCard, Subscription
from billing.sessions.plans import driver_money
from support.admin_site import money_keys as keys
from support.admin_site.base import Inline, ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents


class CardsOfDriver(Inline):
    model = PaymentCard
    fields = ("brand", "last4", "exp_month", "exp_year", "state", "is_default", "failure")


class TokensOfDriver(Inline):
    model = DriverToken
    fields = ("token", "proof", "claimed_at")


class SubscriptionsOfDriver(Inline):
    model = Subscription
    fields = ("plan", "host", "state", "created_at", "ended_at", "end_reason")


class MailsOfDriver(Inline):
    model = OutgoingMail
    fields = ("asked_at", "subject", "outcome", "trouble")


@admin.register(Driver, site=agents)
class DriverAdmin(ReadOnlyAdmin):
    """A driver; why money was charged comes first."""

    keys = keys.DRIVER
    explained_columns = ("why",)
    list_display = ("name", "address", "language", "created_at", "deleted_at")
    list_select_related = ("user",)
    inlines = (CardsOfDriver, SubscriptionsOfDriver, TokensOfDriver, MailsOfDriver)

    def title(self, row: Driver) -> str:
        return " ".join(filter(None, [row.name, self.address(row)])) or str(row)

    @admin.display(description="E-mail")
    def address(self, driver: Driver) -> str:
        return driver.user.email if driver.user else "deleted account"

    @admin.display(description="Why was I charged?")
    def why(self, driver: Driver) -> SafeString:
        """Lists everything that took money, gave it back, or failed to, newest first."""
        entries = [
            (entry, reverse(f"admin:billing_{entry.about._meta.model_name}_change", args=[entry.key]))
            for entry in driver_money.entries(driver)
        ]
        return render_to_string("support/driver.html", {"driver": driver, "entries": entries})


@admin.register(PaymentCard, site=agents)
class PaymentCardAdmin(ReadOnlyAdmin):
    """A card stored at a processor; only its last four digits are known here."""

    keys = Keys(whole=("last4",), uuid=("id",), related=(keys.of_driver("driver"),))
    hidden = frozenset({"ref", "customer_ref", "next_action_url"})
    list_display = ("driver", "brand", "last4", "state", "is_default", "created_at")
    list_filter = ("state",)
    list_select_related = ("driver__user",)

    def title(self, row: PaymentCard) -> str:
        return f"{row} of {row.driver}, {row.get_state_display().lower()}"


@admin.register(DriverToken, site=agents)
class DriverTokenAdmin(ReadOnlyAdmin):
    keys = Keys(uid=("token__canonical_uid",), related=(keys.of_driver("driver"),))
    list_display = ("token", "driver", "proof", "claimed_at")
    list_filter = ("proof",)
    list_select_related = ("driver__user", "token")
    is_in_find = False


@admin.register(OutgoingMail, site=agents)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """A mail: its subject, and whether the mail server accepted it."""

    keys = Keys(whole=("address",), part=("subject",), related=(keys.of_driver("driver"), keys.of_session("session")))
    hidden = frozenset({"page"})
    sensitive = {"address": DataGrant.Scope.SESSIONS}
    host_path = "session.host_id|receipt.host_id"
    list_display = ("asked_at", "about", "address", "outcome", "attempts", "failure")
    list_filter = ("state",)
    list_select_related = ("receipt", "driver__user")

    def title(self, row: OutgoingMail) -> str:
        return f"{self.about(row)} to {contacts.mask_address(row.address)}, {row.outcome.lower()}"

    @admin.display(description="About")
    def about(self, mail: OutgoingMail) -> str:
        return str(mail.receipt or mail.subject)
