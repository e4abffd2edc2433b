"""The tool that sends a guest's message before arrival again."""

from typing import Final

from django import forms
from django.conf import settings

from billing.sessions.arrivals import messages
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import arrival_previews as previews
from support.tools.acts import arrivals as acts
from support.tools.arrival_previews import Resend
from support.tools.case import NotPossibleError, TicketContext

GROUP: Final = "Access"


class ResendForm(ToolForm):
    """The guest, and the language."""

    stay = forms.ChoiceField(label="Booking")
    language = forms.ChoiceField(label="Language", choices=[])

    def prepare(self, case: TicketContext) -> None:
        self.choose("stay", [(str(stay.pk), previews.describe_stay(case, stay)) for stay in previews.choices(case)])
        self.choose("language", [(code, str(name)) for code, name in settings.LANGUAGES])
        self.fields["language"].initial = messages.language_of(case.host) if case.host else "en"


def _parse_resend(case: TicketContext, values: Values) -> Resend:
    """Reads the form. Raises NotPossibleError if the stay is over or gone meanwhile."""
    stay = previews.of_case(case).filter(pk=int(values["stay"])).first()
    if stay is None:
        raise NotPossibleError("This booking is cancelled or over: its guest is not written to.")
    return Resend(stay, str(values["language"]))


def _resend(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.resend(_parse_resend(case, values), by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="arrival-message",
        label="Send the message before arrival again",
        group=GROUP,
        says="Writes to the guest of a booking once more how to charge, with the link that opens the charger.",
        form=ResendForm,
        obstacle=previews.obstacle,
        preview=lambda case, values: previews.resend(case, _parse_resend(case, values)),
        act=_resend,
    ),
)
