"""Admin pages for people, cards and decisions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from authorization import audit
from authorization.decide import reasons
from authorization.models import (
    AccessGrant,
    AccessRule,
    ApiKey,
    CompanyLogin,
    DataGrant,
    Decision,
    Invitation,
    IssuerQuestion,
    Membership,
    MobilityProvider,
    ProviderBlock,
    ReimbursementContract,
    ReimbursementRate,
    Stay,
    Token,
    TokenGroup,
    TokenImport,
    User,
    Vehicle,
)
from authorization.people import access
from support.admin_site.base import Acts, Inline, ReadOnlyAdmin, ReasonedForm
from support.admin_site.search import Keys, RelatedSearch
from support.admin_site.site import agents

_BY_TOKEN = RelatedSearch(column="token", model=Token, value="pk", keys=Keys(uid=("canonical_uid",)))


class MembershipsOfUser(Inline):
    model = Membership
    fields = ("host", "role")


class RulesOfToken(Inline):
    model = AccessRule
    fields = ("property", "unit", "charger", "active_from", "active_to")
    show_change_link = False


class DecisionsAboutToken(Inline):
    model = Decision
    fields = ("at", "charger", "kind", "verdict", "reason", "uid")


@admin.register(User, site=agents)
class UserAdmin(Acts):
    """Users. An agent of the second line sets the level of other agents, with a reason."""

    keys = Keys(part=("email", "name"))
    changeable = ("agent_level",)
    verb = "user.level_changed"
    hidden = frozenset({"password", "groups", "user_permissions", "is_superuser"})
    list_display = ("email", "name", "is_agent", "agent_level", "is_active", "last_login")
    list_filter = ("is_agent", "agent_level", "is_active")
    inlines = (MembershipsOfUser,)

    def subject(self, row: User) -> audit.Subject:
        return audit.Subject("user", row.pk, row.email)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not super().has_change_permission(request, obj) or not isinstance(request.user, User):
            return False
        is_others = isinstance(obj, User) and obj.is_agent and obj.pk != request.user.pk
        return is_others and not access.is_first_line(request.user)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": ["in_portal", *self.columns()]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        if self.has_change_permission(request, obj):
            return super().get_readonly_fields(request, obj)
        return ["in_portal", *self.columns()]


@admin.register(Membership, site=agents)
class MembershipAdmin(ReadOnlyAdmin):
    keys = Keys(part=("user__email", "host__name"))
    list_display = ("user", "host", "role")
    list_filter = ("role",)
    is_in_find = False


@admin.register(AccessGrant, site=agents)
class AccessGrantAdmin(ReadOnlyAdmin):
    keys = Keys(part=("user__email", "host__name"), charger="charger")
    list_display = ("user", "host", "property", "charger", "role", "ends_at")


@admin.register(Invitation, site=agents)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations by host; the link's secret is stored only as a hash."""

    keys = Keys(part=("email", "host__name"))
    hidden = frozenset({"secret_hash"})
    list_display = ("email", "host", "role", "invited_by", "expires_at", "used_at", "withdrawn_at")


@admin.register(CompanyLogin, site=agents)
class CompanyLoginAdmin(ReadOnlyAdmin):
    """Hosts' own identity providers; the domain is confirmed on the portal's page."""

    keys = Keys(part=("name", "host__name", "issuer"), whole=("domain", "key"))
    hidden = frozenset({"secret_encrypted"})
    list_display = ("host", "name", "domain", "domain_confirmed_at", "newcomer_role", "is_enabled")


@admin.register(ApiKey, site=agents)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys, shown by their prefix; the key itself is stored only as a hash."""

    keys = Keys(part=("name",), whole=("prefix", "host__slug"))
    hidden = frozenset({"hashed_key", "id"})
    list_display = ("name", "prefix", "host", "is_agent", "made_by", "scopes", "revoked", "expiry_date", "created")
    ordering = ("-created",)


class QuestionsToProvider(Inline):
    model = IssuerQuestion
    fields = ("asked_at", "charger", "uid", "state", "word", "message", "took_ms", "is_probe")


class ProviderForm(ReasonedForm):
    """What an agent may change of a provider, including the token that we send it."""

    authorize_url = forms.URLField(
        label="Tokens endpoint",
        required=False,
        assume_scheme="https",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="It is asked at this address with /{uid}/authorize; empty: it cannot be asked.",
    )
    authorize_token = forms.CharField(
        label="Credentials token",
        required=False,
        max_length=1000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="The token that it gave us for our calls; empty: as it is. Nobody can read it here.",
    )


@admin.register(MobilityProvider, site=agents)
class MobilityProviderAdmin(Acts):
    form = ProviderForm
    keys = Keys(part=("name",), whole=("party_id",))
    changeable = ("blocked", "blocked_reason", "live_enabled", "authorize_url", "authorize_timeout_s")
    sealed = {"authorize_token": "authorize_token_encrypted"}
    verb = "provider.changed"
    hidden = frozenset({"token_a_encrypted", "authorize_token_encrypted"})
    list_display = ("name", "country_code", "party_id", "blocked", "live_enabled", "breaker_opened_at")
    list_filter = ("blocked",)
    inlines = (QuestionsToProvider,)

    def subject(self, row: MobilityProvider) -> audit.Subject:
        return audit.Subject("provider", row.key, row.name)


@admin.register(IssuerQuestion, site=agents)
class IssuerQuestionAdmin(ReadOnlyAdmin):
    keys = Keys(uid=("canonical_uid",), charger="charger", whole=("reference",))
    list_display = ("asked_at", "msp", "charger", "uid", "state", "word", "message", "took_ms")
    list_filter = ("state", "is_probe")
    paginator = InfinitePaginator


@admin.register(Vehicle, site=agents)
class VehicleAdmin(ReadOnlyAdmin):
    keys = Keys(uid=("canonical_uid",), part=("name",))
    list_display = ("uid", "host", "state", "token", "seen_by", "consent_at", "consent_by")
    list_filter = ("state",)


@admin.register(TokenImport, site=agents)
class TokenImportAdmin(ReadOnlyAdmin):
    """Uploaded files that wait to be applied, without their content."""

    keys = Keys(part=("name", "host__name", "by"))
    hidden = frozenset({"content"})
    list_display = ("name", "host", "by", "created_at", "expires_at")


@admin.register(ProviderBlock, site=agents)
class ProviderBlockAdmin(ReadOnlyAdmin):
    """Providers that a host blocked for its own chargers; the block for all hosts is set on the provider."""

    keys = Keys(part=("msp__name", "host__name"))
    list_display = ("msp", "host", "since", "reason")


@admin.register(TokenGroup, site=agents)
class TokenGroupAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "slug", "host__name"))
    list_display = ("name", "host", "enabled", "is_parent")
    list_filter = ("enabled",)


@admin.register(Token, site=agents)
class TokenAdmin(Acts):
    keys = Keys(part=("visual_number", "owner"), uid=("canonical_uid",))
    changeable = ("valid", "blocked", "blocked_reason")
    verb = "token.changed"
    list_display = ("uid", "visual_number", "host", "msp", "owner", "valid", "blocked")
    list_filter = ("valid", "blocked", "type")
    inlines = (DecisionsAboutToken, RulesOfToken)

    def subject(self, row: Token) -> audit.Subject:
        return audit.Subject("token", row.pk, row.uid, row.host)

    def title(self, row: Token) -> str:
        return f"{row.uid} {row.visual_number}, {row.host or row.msp}"


class RatesOfContract(Inline):
    model = ReimbursementRate
    fields = ("from_date", "per_kwh")
    show_change_link = False


@admin.register(ReimbursementContract, site=agents)
class ReimbursementContractAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "employer", "host__name"), related=(_BY_TOKEN,))
    list_display = ("name", "employer", "token", "host", "active_from", "active_to")
    inlines = (RatesOfContract,)


@admin.register(Stay, site=agents)
class StayAdmin(ReadOnlyAdmin):
    keys = Keys(whole=("reference", "guest_email"), related=(_BY_TOKEN,))
    sensitive = {"guest_name": DataGrant.Scope.STAYS, "guest_email": DataGrant.Scope.STAYS}
    host_path = "property.host_id"
    list_display = ("arrives_at", "departs_at", "guest_name", "guest_email", "property", "unit", "cancelled_at")

    def title(self, row: Stay) -> str:
        return f"Stay at {row.property}, {row.arrives_at:%Y-%m-%d} to {row.departs_at:%Y-%m-%d}"


@admin.register(Decision, site=agents)
class DecisionAdmin(ReadOnlyAdmin):
    """Decisions with the trace as text, the reason with the agent's next steps, and all links."""

    keys = Keys(uuid=("id",), uid=("canonical_uid",), presented=("uid",), charger="charger", whole=("reason",))
    explained_columns = ("explained",)
    hidden = frozenset({"trace"})
    list_display = ("at", "uid", "charger", "kind", "verdict", "reason", "granted_by")
    list_filter = ("verdict", "kind")
    paginator = InfinitePaginator

    def title(self, row: Decision) -> str:
        entry = reasons.CATALOGUE.get(row.reason)
        return f"{row.uid} at {row.charger}, {row.at:%Y-%m-%d %H:%M}: {entry.title if entry else row.verdict}"

    @admin.display(description="Why")
    def explained(self, decision: Decision) -> SafeString:
        context = {
            "decision": decision,
            "charger": decision.charger,
            "reason": reasons.CATALOGUE.get(decision.reason),
        }
        return render_to_string("support/decision.html", context)
