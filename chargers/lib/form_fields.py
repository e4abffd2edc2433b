"""Fields of forms that several apps have."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError


class MomentFormField(forms.DateTimeField):
    """A day and a time of the active zone; with an offset in it, that one's. In UTC.

    PostgreSQL takes no offset of 16 hours or more, and what lies before the year 1 cannot be read back.
    """

    def to_python(self, value: object) -> datetime | None:
        moment = super().to_python(value)  # type: ignore[arg-type]
        try:
            return moment.astimezone(UTC) if moment is not None else None
        except OverflowError as exc:
            raise ValidationError("Choose a year between 1 and 9999.", code="invalid") from exc
