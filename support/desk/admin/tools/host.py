"""The tool for requesting access to personal data from the ticket's host."""

from datetime import timedelta
from typing import Final

from django import forms

from authorization.models import DataGrant
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import host_previews as previews
from support.tools.acts import host as acts
from support.tools.case import TicketContext

GROUP: Final = "Host"
_HOURS: Final = [("4", "4 hours"), ("24", "a day"), ("72", "3 days"), ("168", "a week")]


class SeeForm(ToolForm):
    """The kind of data, and for how long."""

    scope = forms.ChoiceField(label="What you need to see", choices=DataGrant.Scope.choices)
    hours = forms.TypedChoiceField(label="For", coerce=int, choices=_HOURS)


def _ask(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.ask_to_see(
        previews.host_of(case),
        DataGrant.Scope(values["scope"]),
        reason=values["reason"],
        ticket=case.ticket.label,
        until=doing.now + timedelta(hours=values["hours"]),
        by=doing.by,
        now=doing.now,
    )


TOOLS: Final = (
    Tool(
        key="ask-to-see",
        label="Ask to see guests’ data",
        group=GROUP,
        says="Addresses and names of a host’s guests are masked. Its owner lets you see them for a while.",
        form=SeeForm,
        obstacle=previews.no_host,
        preview=lambda case, values: previews.ask_to_see(
            case, scope=DataGrant.Scope(values["scope"]), until=case.now + timedelta(hours=values["hours"])
        ),
        act=_ask,
    ),
)
