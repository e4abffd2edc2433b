"""Form fields shared by several apps."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError


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
