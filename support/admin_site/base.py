"""Base classes of the agents' admin: read-only rows, and acts that write an audit entry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, JSONField, Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget

from authorization import audit
from authorization.models import DataGrant, User
from chargers.lib import secrets
from chargers.models.sentences import InEnglish, SentencesField
from support.admin_site import json_rendering, masking, portal_links, search, second_factor
from support.admin_site.search import Keys

_SECRET_ENDINGS: Final = ("secret", "password", "_hash", "hashed_key", "_encrypted")


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """A model that agents can read but not change here. Every agent sees it, without a separate permission.

    `explained_columns`: methods whose texts come first on a row's page. `hidden`: columns that no page shows (secrets,
    and columns that `explained_columns` present as text).
    """

    keys: ClassVar[Keys] = Keys()
    explained_columns: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[frozenset[str]] = frozenset()
    sensitive: ClassVar[Mapping[str, DataGrant.Scope]] = {}
    """Columns with personal data of a host's guests: masked, unless the host has granted this agent their scope."""
    host_path: ClassVar[str] = "host_id"
    """The path from a row with such columns to its host's key; several, separated by "|", are tried in turn."""
    is_in_find: ClassVar[bool] = True
    list_per_page = 50
    show_full_result_count = False
    ordering: tuple[str, ...] = ("-pk",)
    actions = None
    compressed_fields = True
    list_filter_sheet = False

    def is_label(self, term: str) -> bool:
        """Whether the search term has the form of these rows' labels, and of no other model's."""
        return False

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        """Gives each JSON column a method that shows it as text."""
        super().__init__(model, admin_site)
        for column in model._meta.concrete_fields:
            if isinstance(column, JSONField) and not isinstance(column, SentencesField):
                setattr(self, f"{column.name}_readable", _make_readable_column(column))
            if column.name in self.sensitive:
                setattr(self, f"{column.name}_masked", masking.column(column))

    @admin.display(description="Portal")
    def in_portal(self, row: Model) -> SafeString:
        if row.pk is None or not (page := portal_links.url_of(row)):
            return format_html('<span class="quiet">{}</span>', "No page of its own")
        return format_html('<a href="{}" class="text-link">Open in portal</a>', page)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Forbids filters by columns that no page shows:

        `?secret__startswith=` would reveal a secret letter by letter.
        """
        if _reaches_hidden(self.admin_site, self.model, lookup):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def title(self, row: Any) -> str:
        """Returns the row's name in search results."""
        return str(row)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return second_factor.get_standing(request) is second_factor.Standing.ADMITTED

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.keys.columns()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Searches for the whole text as one key, because UIDs may be written with spaces.

        The conditions never duplicate rows.
        """
        if not search_term.strip():
            return queryset, False
        return queryset.filter(search.condition(self.keys, search_term)), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Returns the columns, masked except in rows of hosts that have granted access."""
        names = super().get_list_display(request)
        return [
            masking.make_list_column(self, request, self.model._meta.get_field(name))
            if name in self.sensitive
            else name
            for name in names
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Records for the host what the list shows under a grant, and tells the agent."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if self.sensitive and "cl" in context:
            columns = [name for name in self.list_display if name in self.sensitive]
            for grant in masking.note_list(self, request, context["cl"].result_list, columns=columns):
                messages.warning(request, masking.banner(grant))
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Records for the host what is opened under a grant, and tells the agent."""
        if self.sensitive and (row := self.get_object(request, unquote(object_id))) is not None:
            masked_row = masking.NamedRow(row, self.title(row))
            extra_context = {"subtitle": str(masked_row), "original": masked_row, **(extra_context or {})}
            for grant in masking.grants(self, request, row):
                masking.note(grant, row)
                messages.warning(request, masking.banner(grant))
        return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [(None, {"fields": ["in_portal", *self.explained_columns, *self.seen_columns(request, obj)]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["in_portal", *self.explained_columns, *self.seen_columns(request, obj)]

    def seen_columns(self, request: HttpRequest, obj: Model | None) -> list[str]:
        """Returns the columns of a row's page, with personal data masked unless access is granted."""
        if not self.sensitive:
            return self.columns()
        visible_columns = masking.visible(self, request, obj) if obj is not None else frozenset()
        return [
            f"{column}_masked" if column in self.sensitive and column not in visible_columns else column
            for column in self.columns()
        ]

    def columns(self) -> list[str]:
        meta = self.model._meta
        own = [column for column in meta.concrete_fields if column.name not in self.hidden]
        return [
            *(_resolve_display_column(self.model, column) for column in own),
            *(m.name for m in meta.many_to_many if m.name not in self.hidden),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Loads related rows, so that a list can show them without a query for each row."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        related = [name for name in self.list_display if isinstance(name, str) and _is_relation(self.model, name)]
        related += masking.relations(self, request) if self.sensitive else []
        return queryset.select_related(*related) if related and not self.list_select_related else queryset

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirects to the audit entries, because acts are not recorded in Django's own history table."""
        address = reverse("admin:authorization_auditentry_changelist", current_app=self.admin_site.name)
        return HttpResponseRedirect(f"{address}?{urlencode({'q': self.subject_id(object_id)})}")

    def subject_id(self, object_id: str) -> str:
        return object_id

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None


class MassFacts(ReadOnlyAdmin):
    """A table that grows with every message: never counted, shown newest first."""

    paginator = InfinitePaginator
    is_in_find = False


class ReasonedForm(forms.ModelForm):  # type: ignore[type-arg]
    """Requires a reason for each change."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Why you change this; it is kept with your name.",
        error_messages={"required": "Say why: without a reason nothing is changed."},
    )

    def clean(self) -> dict[str, Any]:
        form_values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not [name for name in self.changed_data if name != "reason"]:
            raise forms.ValidationError("Nothing was changed: the values are as they were.")
        return form_values


class Acts(ReadOnlyAdmin):
    """Rows of which an agent may change `changeable`, with a reason; each change is an audit entry."""

    form = ReasonedForm
    changeable: ClassVar[tuple[str, ...]] = ()
    sealed: ClassVar[Mapping[str, str]] = {}
    """Secrets that agents enter and nobody can read: the form's field, and the column that stores it encrypted."""
    verb: ClassVar[str] = ""

    def subject(self, row: Any) -> audit.Subject:
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        facts = self.get_readonly_fields(request, obj)
        return [
            ("Change", {"fields": [*self.changeable, *self.sealed, "reason"]}),
            ("What is known", {"fields": facts}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        facts = [name for name in self.columns() if name not in self.changeable]
        return ["in_portal", *self.explained_columns, *facts]

    def get_inline_instances(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Shows related rows read-only, so that a change does not depend on rows added meanwhile."""
        return [] if request.method == "POST" else super().get_inline_instances(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: ReasonedForm, change: bool) -> None:
        """Stores what was changed and who did it, in the admin's own transaction for the page."""
        names = [name for name in form.changed_data if name in self.changeable]
        entered = [name for name in form.changed_data if name in self.sealed]
        before = self.model._default_manager.select_for_update().get(pk=obj.pk)
        stamps = [column.name for column in obj._meta.concrete_fields if getattr(column, "auto_now", False)]
        for name in entered:
            setattr(obj, self.sealed[name], secrets.encrypt(form.cleaned_data[name]))
        obj.save(update_fields=[*names, *(self.sealed[name] for name in entered), *stamps])
        assert isinstance(request.user, User)
        audit.write(
            self.verb,
            self.subject(obj),
            user=request.user,
            now=datetime.now(tz=UTC),
            before={name: _convert_date_to_text(getattr(before, name)) for name in names}
            | {name: "set" if getattr(before, self.sealed[name]) else "" for name in entered},
            after={name: _convert_date_to_text(getattr(obj, name)) for name in names}
            | dict.fromkeys(entered, "entered anew"),
            reason=form.cleaned_data["reason"],
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Does nothing, because related rows cannot be changed here."""

    def subject_id(self, object_id: str) -> str:
        try:
            row = self.model._default_manager.filter(pk=unquote(object_id)).first()
        except (ValueError, ValidationError, OverflowError):
            row = None
        return str(self.subject(row).id) if row else object_id


class Inline(TabularInline):  # type: ignore[misc]
    """Related rows of another row, ten a page."""

    per_page = 10
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True
    ordering: tuple[str, ...] = ("-pk",)
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return second_factor.get_standing(request) is second_factor.Standing.ADMITTED

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        own = list(self.fields or ())
        return [*own, "page"] if self.show_change_link and self.has_registered_model else own

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.get_fields(request, obj)

    @admin.display(description="Page")
    def page(self, row: Model) -> SafeString:
        """Links to the row's page, because the theme shows its own link only on hover."""
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        return format_html('<a href="{}" class="text-link">Open</a>', reverse(name, args=[row.pk]))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        related = [name for name in self.fields or () if _is_relation(self.model, name)]
        return queryset.select_related(*related) if related else queryset


def _reaches_hidden(site: admin.AdminSite, model: type[Model], lookup: str) -> bool:
    """Whether the lookup reaches a hidden column.

    Follows it from model to model; in a model without a page, columns named like a secret count as hidden.
    """
    current_model: Any = model
    for part in lookup.split(LOOKUP_SEP):
        names = {field.name: field for field in current_model._meta.get_fields()}
        names |= {field.attname: field for field in current_model._meta.concrete_fields}
        field = names.get("id" if part == "pk" and "id" in names else part)
        if field is None:
            return False
        page = site._registry.get(current_model)
        hidden = page.hidden if isinstance(page, ReadOnlyAdmin) else frozenset()
        if field.name in hidden or field.name.endswith(_SECRET_ENDINGS):
            return True
        if not field.is_relation:
            return False
        current_model = field.related_model
    return False


def _resolve_display_column(model: type[Model], column: "Field[Any, Any]") -> str:
    """Returns the column, or the one that shows its sentences in English or its JSON as text."""
    if not isinstance(column, SentencesField):
        return f"{column.name}_readable" if isinstance(column, JSONField) else column.name
    names = (
        name
        for name, english in vars(model).items()
        if isinstance(english, InEnglish) and english.column == column.name
    )
    return next(names, column.name)


def _make_readable_column(column: "Field[Any, Any]") -> Any:
    name = column.name

    @admin.display(description=str(column.verbose_name).capitalize())
    def method(row: Any) -> SafeString:
        return json_rendering.render(getattr(row, name))

    return method


def _is_relation(model: type[Model], name: str) -> bool:
    columns: dict[str, Field[Any, Any]] = {column.name: column for column in model._meta.concrete_fields}
    return isinstance(columns.get(name), ForeignKey)


def _convert_date_to_text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
