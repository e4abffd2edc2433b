"""The guest's complaint form and the state of their complaints: parts of the receipt's page."""

from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import Complaint, Session
from billing.sessions.refunds import complaints
from billing.sessions.refunds.complaints import About, ComplaintText
from chargers.lib.form_fields import GuestForm

_LABELS: Final = {
    About.CONNECTION: _("The connection fee"),
    About.ENERGY: _("The energy"),
    About.TIME: _("The charging time"),
    About.IDLE: _("The idle fee"),
    About.PROCESSING: _("The processing fee"),
    About.ADJUSTMENT: _("The minimum or maximum"),
    About.OTHER: _("Something else"),
}


class ComplaintForm(GuestForm):
    """The line in question, what is wrong with it, and an address for the answer."""

    about = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    text = forms.CharField(
        max_length=complaints.LONGEST,
        label=_("What happened?"),
        help_text=_("In any language: the host reads your own words."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    email = forms.EmailField(
        required=False,
        max_length=254,
        label=_("E-mail"),
        help_text=_("The answer is sent there, and the host sees it. It also appears on this page."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.value, _LABELS[kind]) for kind in complaints.kinds(session)]
        self.fields["about"].choices = choices  # type: ignore[attr-defined]

    def as_complaint(self) -> ComplaintText:
        context = self.cleaned_data
        return ComplaintText(
            about=About(context["about"]),
            text=context["text"],
            email=context["email"],
            language=get_language() or "en",
        )


def context(session: Session) -> dict[str, Any]:
    """Returns the complaints for the receipt's page, with the form only if a complaint can be made."""
    at = datetime.now(tz=UTC)
    past_complaints = Complaint.objects.filter(receipt__session=session).select_related("refund").order_by("id")
    why = complaints.obstacle(session, now=at)
    return {
        "complaints": [(complaint, _LABELS[About(complaint.about)]) for complaint in past_complaints],
        "complaint_form": None if why else ComplaintForm(session=session),
    }
