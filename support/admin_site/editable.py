"""Models that agents write themselves: added, changed and deleted here, each time with an audit entry."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline

from authorization import audit
from authorization.models import User
from support.admin_site import second_factor
from support.admin_site.base import ReadOnlyAdmin


class Writes(ReadOnlyAdmin):
    """A model that agents write. `content` is a row's content for the audit entry, with its related rows."""

    verb: ClassVar[str] = ""

    def subject(self, row: Any) -> audit.Subject:
        raise NotImplementedError

    def content(self, row: Any) -> dict[str, Any]:
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [(None, {"fields": [name.removesuffix("_readable") for name in self.columns() if name != "id"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return []

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        form.before = self.content(self.model._default_manager.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Writes the audit entry once the related rows are stored too, in the page's own transaction."""
        super().save_related(request, form, formsets, change)
        change_verb = "changed" if change else "added"
        self._write(
            request, form.instance, f"{self.verb}.{change_verb}", before=form.before, after=self.content(form.instance)
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._write(request, obj, f"{self.verb}.deleted", before=self.content(obj), after=None)
        super().delete_model(request, obj)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Does nothing, because the audit entry records it."""

    def _write(self, request: HttpRequest, row: Model, verb: str, *, before: Any, after: Any) -> None:
        assert isinstance(request.user, User)
        audit.write(verb, self.subject(row), user=request.user, now=datetime.now(tz=UTC), before=before, after=after)


class InlineRows(TabularInline):  # type: ignore[misc]
    """Rows that are edited together with their parent."""

    extra = 1
    hide_title = True
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return second_factor.get_standing(request) is second_factor.Standing.ADMITTED

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request)
