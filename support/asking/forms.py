"""The request form: the topic's missing details, the person's own words, and the address for replies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargers.lib.form_fields import GuestForm
from support.tickets import attachments
from support.tickets.attachments import AttachmentError, File
from support.topics import details
from support.topics.details import FIELDS, Detail, DetailError
from support.topics.topic import Requirement

LONGEST: Final = 4000
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """A detail in the form; `photo` is set where a picture may replace it."""

    field: forms.BoundField
    photo: forms.BoundField | None
    is_optional: bool
    """The field may stay empty."""
    is_needed: bool
    """Whether this field, or another one of the same requirement, must be filled in."""


class DetailsForm(GuestForm):
    """Fields for the missing details, each checked as `details.read` does."""

    def __init__(self, *args: Any, missing: Sequence[Requirement], takes_photos: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missing = missing
        self.message_if_missing = _("Please fill this in: we need it to look into it.")
        """The error message for a missing detail."""
        for requirement in missing:
            for detail in requirement.any_of:
                self.fields[detail.value] = _field(detail)
                if takes_photos and FIELDS[detail].may_be_photo:
                    self.fields[f"photo_{detail.value}"] = forms.FileField(required=False, label=_("Photo of it"))

    def rows(self) -> list[Row]:
        """Returns the fields in the topic's order, each with whether it is optional."""
        return [
            Row(
                self[detail.value],
                self[f"photo_{detail.value}"] if f"photo_{detail.value}" in self.fields else None,
                requirement.may_be_left_out or len(requirement.any_of) > 1,
                not requirement.may_be_left_out,
            )
            for requirement in self.missing
            for detail in requirement.any_of
        ]

    def needed(self) -> list[Row]:
        return [row for row in self.rows() if row.is_needed]

    def welcome(self) -> list[Row]:
        """Returns the optional fields."""
        return [row for row in self.rows() if not row.is_needed]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        self.files_read: list[File] = []
        answers: dict[Detail, str] = {}
        for name, upload in self.files.items():
            if name in self.fields and isinstance(upload, UploadedFile):
                self._store_file(name, upload, answers)
        for requirement in self.missing:
            for detail in requirement.any_of:
                self._read(detail, values, answers)
            self._require(requirement, answers)
        values["given"] = answers
        return values

    def _store_file(self, name: str, upload: "UploadedFile[bytes]", answers: dict[Detail, str]) -> None:
        """Stores a checked file; a photo replaces the detail that it shows."""
        try:
            file = attachments.check(upload.name or "", attachments.read(upload.chunks()))
        except AttachmentError as exc:
            self.add_error(name, _(str(exc)))
            return
        self.files_read.append(file)
        code = name.removeprefix("photo_")
        if code in {*Detail}:
            answers[Detail(code)] = file.name

    def _read(self, detail: Detail, values: Mapping[str, Any], answers: dict[Detail, str]) -> None:
        entry = values.get(detail.value)
        if not isinstance(entry, str) or not entry.strip():
            return
        try:
            answers[detail] = details.read(detail, entry)
        except DetailError as exc:
            self.add_error(detail.value, _(str(exc)))

    def _require(self, requirement: Requirement, answers: Mapping[Detail, str]) -> None:
        if (
            requirement.may_be_left_out
            or set(requirement.any_of) & set(answers)
            or self._is_implied(requirement, answers)
        ):
            return
        if not any(detail.value in self.errors for detail in requirement.any_of):
            self.add_error(requirement.any_of[0].value, self.message_if_missing)

    def _is_implied(self, requirement: Requirement, answers: Mapping[Detail, str]) -> bool:
        """Whether a named station or payout already implies the property."""
        subject_ids = (self.data.get(detail.value, "").strip() for detail in (Detail.CHARGER_ID, Detail.PAYOUT_ID))
        return requirement.any_of == (Detail.PROPERTY,) and any(subject_ids)


class HelpForm(DetailsForm):
    """Opens a request."""

    text = forms.CharField(
        max_length=LONGEST,
        label=gettext_lazy("What happened?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write in a sentence what happened.")},
    )

    def __init__(self, *args: Any, asks_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_address and Detail.ACCOUNT_EMAIL.value not in self.fields:
            self.fields["email"] = forms.EmailField(
                required=False,
                max_length=254,
                label=_("E-mail"),
                widget=forms.EmailInput(attrs={"autocomplete": "email"}),
            )

    def address(self) -> str:
        """Returns the address for replies; empty if none was given."""
        entered_address = str(
            self.cleaned_data.get("email") or self.cleaned_data["given"].get(Detail.ACCOUNT_EMAIL, "")
        )
        return entered_address.lower() if _ADDRESS.fullmatch(entered_address) else ""


class AnswerForm(DetailsForm):
    """A reply to an existing request: text, a file, or missing details."""

    text = forms.CharField(
        max_length=LONGEST, required=False, label=gettext_lazy("Your answer"), widget=forms.Textarea(attrs={"rows": 4})
    )
    file = forms.FileField(required=False, label=gettext_lazy("Attach a file"))

    def _require(self, requirement: Requirement, answers: Mapping[Detail, str]) -> None:
        """Requires nothing, because details may be given one at a time."""

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors and not (values.get("text") or self.files_read or values["given"]):
            self.add_error("text", _("Write something, or attach a file."))
        return values


def _field(detail: Detail) -> forms.Field:
    """Builds the field. It is never required in HTML, because the form's own messages tell what is missing."""
    spec = FIELDS[detail]
    common: dict[str, Any] = {"required": False, "label": _(spec.label), "help_text": _(spec.hint) if spec.hint else ""}
    match spec.kind:
        case "file":
            return forms.FileField(**common)
        case "choice":
            choices = [(value, _(label)) for value, label in spec.choices]
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        case "moment":
            return forms.CharField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), **common)
        case "email":
            return forms.CharField(widget=forms.EmailInput(), max_length=254, **common)
        case "amount" | "last4":
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), max_length=30, **common)
        case "text":
            return forms.CharField(max_length=300, **common)
