"""Form fields and forms shared by several apps."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_REFUSALS: Final[Mapping[type[forms.Field], Mapping[str, Any]]] = {
    forms.Field: {"required": _("Please fill this in.")},
    forms.CharField: {
        "max_length": _("Write at most %(limit_value)s characters."),
        "null_characters_not_allowed": _("This has a character that cannot be stored."),
    },
    forms.EmailField: {"invalid": _("This is no e-mail address. Write it like name@example.com.")},
    forms.ChoiceField: {"required": _("Choose one."), "invalid_choice": _("Choose one of the options shown.")},
    forms.DateField: {"invalid": _("This is no date. Write it like 2026-12-31.")},
    forms.FileField: {"required": _("Choose a file."), "empty": _("This file is empty.")},
}
"""By kind of field and code of the refusal; what a field says itself counts first."""


class GuestForm(forms.Form):
    """A form of guests and drivers: what it refuses it says in our own words, in their language."""

    def full_clean(self) -> None:
        for field in self.fields.values():
            _explain_refusals(field)
        super().full_clean()


def _explain_refusals(field: forms.Field) -> None:
    """Replaces the texts of the framework, which has others for each kind of field."""
    framework: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        framework |= getattr(kind, "default_error_messages", {})
    for kind, texts in _REFUSALS.items():
        if isinstance(field, kind):
            own = {code: text for code, text in texts.items() if field.error_messages.get(code) == framework.get(code)}
            field.error_messages |= own
            framework |= own


class MomentFormField(forms.DateTimeField):
    """A date and time in the active zone, or with an explicit offset; converted to UTC.

    PostgreSQL accepts no offset of 16 hours or more, and times before the year 1 cannot be read back.
    """

    def to_python(self, value: object) -> datetime | None:
        moment = super().to_python(value)  # type: ignore[arg-type]
        try:
            return moment.astimezone(UTC) if moment is not None else None
        except OverflowError as exc:
            raise ValidationError("Choose a year between 1 and 9999.", code="invalid") from exc
