"""A ticket that an agent opens for a person on the telephone or in front of them."""

from typing import Any, Final

from django import forms
from django.conf import settings

from chargers.models import Charger
from support.asking.forms import LONGEST
from support.lookup import prefill
from support.lookup.prefill import Prefill
from support.models import Ticket
from support.tickets.lifecycle import NewTicket
from support.topics import catalogue
from support.topics.topic import Asker

_ASKERS: Final = [(Asker.GUEST.value, "A guest or driver"), (Asker.HOST.value, "A host")]


def _topics() -> list[tuple[str, str]]:
    return [("", "Choose…"), *((str(topic.number), topic.title) for topic in catalogue.TOPICS.values())]


class NewTicketForm(forms.Form):
    """What the person told the agent. `clean_station` returns the charger of a station id."""

    asker = forms.ChoiceField(choices=_ASKERS, label="Who asks")
    topic = forms.TypedChoiceField(choices=_topics, coerce=int, label="Topic")
    text = forms.CharField(max_length=LONGEST, label="What they say", widget=forms.Textarea(attrs={"rows": 5}))
    email = forms.EmailField(
        required=False,
        max_length=254,
        label="E-mail",
        help_text="Answers go there, with a link to the request. Without it nobody but agents sees the answer.",
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label="Their language", initial="en")
    station = forms.CharField(required=False, max_length=40, label="Station ID")

    def clean_station(self) -> Charger | None:
        entered_station = self.cleaned_data["station"].strip()
        if not entered_station:
            return None
        charger = Charger.objects.select_related("property__host").filter(station_id=entered_station).first()
        if charger is None:
            raise forms.ValidationError(
                f"No charger has the Station ID “{entered_station}”: capital and small letters count."
            )
        return charger

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        topic = catalogue.TOPICS.get(values.get("topic") or 0)
        if topic is not None and "asker" in values and Asker(values["asker"]) not in topic.askers:
            whom = "hosts" if values["asker"] == Asker.GUEST else "guests and drivers"
            self.add_error("topic", f"This topic is one of {whom}.")
        return values

    def ticket(self) -> NewTicket:
        """Returns the input for `open_ticket`. An address given by telephone proves nothing."""
        values = self.cleaned_data
        charger = values["station"]
        prefilled = prefill.of_charger(charger) if charger is not None else Prefill()
        return NewTicket(
            topic=values["topic"],
            text=values["text"].replace("\x00", ""),
            asker=Asker(values["asker"]),
            origin=Ticket.Origin.AGENT,
            email=values["email"],
            language=values["language"],
            facts=prefilled.facts,
            known_details=prefilled.details,
        )
