"""The parts of a tool: a form, a preview and an act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms

from authorization.models import User
from support.tools.case import Preview, TicketContext

Values = Mapping[str, Any]


class ToolForm(forms.Form):
    """A tool's form. The reason comes last, and is always required."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="It is kept with your name and the ticket’s number.",
        error_messages={"required": "Say why: without a reason nothing is done."},
    )

    def __init__(self, *args: Any, case: TicketContext, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["reason"] = self.fields.pop("reason")
        self.prepare(case)

    def prepare(self, case: TicketContext) -> None:
        """Fills choices and initial values from the facts."""

    def clean_reason(self) -> str:
        return str(self.cleaned_data["reason"]).replace("\x00", "").strip()

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Sets a field's choices; the first is selected unless the field has an initial value."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        if self.fields[name].initial is None and choices:
            self.fields[name].initial = choices[0][0]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts, when, and the id of the form that was confirmed."""

    by: User
    now: datetime
    once: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool. `obstacle` returns why it cannot be used on this ticket; empty if it can.

    `preview` and `act` raise NotPossibleError; `act` also raises the errors of what it calls.
    """

    key: str
    label: str
    group: str
    says: str
    form: type[ToolForm]
    obstacle: Callable[[TicketContext], str]
    preview: Callable[[TicketContext, Values], Preview]
    act: Callable[[TicketContext, Values, Doing], str]
