"""The form of a tool: the reason comes last and is always required."""

from typing import Any

import pytest
from django import forms

from support.desk.admin.tools.tool import ToolForm
from support.models import Ticket
from support.tools.case import TicketContext
from tests.kit.drivers import NOW

CASE: Any = TicketContext(Ticket(), by=None, now=NOW)  # type: ignore[arg-type]


class Restart(ToolForm):
    kind = forms.ChoiceField()

    def prepare(self, case: TicketContext) -> None:
        self.choose("kind", [("soft", "Softly"), ("hard", "Hard")])


class Chosen(ToolForm):
    kind = forms.ChoiceField(initial="hard")

    def prepare(self, case: TicketContext) -> None:
        self.choose("kind", [("soft", "Softly"), ("hard", "Hard")])


class Nothing(ToolForm):
    kind = forms.ChoiceField()

    def prepare(self, case: TicketContext) -> None:
        self.choose("kind", [])


def test_the_reason_comes_after_what_the_tool_asks_for():
    assert list(Restart(case=CASE).fields) == ["kind", "reason"]


@pytest.mark.parametrize(("form", "initial"), [(Restart, "soft"), (Chosen, "hard"), (Nothing, None)])
def test_the_first_choice_is_selected_unless_another_is(form: type[ToolForm], initial: str | None):
    assert form(case=CASE).fields["kind"].initial == initial


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_done(reason: str):
    form = Restart({"kind": "soft", "reason": reason}, case=CASE)

    assert form.errors == {"reason": ["Say why: without a reason nothing is done."]}


def test_a_reason_is_stored_as_the_database_takes_it():
    form = Restart({"kind": "soft", "reason": " Kim is stuck. "}, case=CASE)

    assert form.is_valid()
    assert form.cleaned_data["reason"] == "Kim is stuck."
