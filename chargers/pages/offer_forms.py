"""The form of an offer: its inputs as fields for this charger, in the property's time zone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from authorization.identifiers import uids
from authorization.models import Token
from chargers.commands import sending
from chargers.commands.forms import CommandForm, Input, Kind
from chargers.fleet import condition
from chargers.models import Charger, Transaction
from chargers.pages.frame import Frame

_MAX_INT = 2**31 - 1
_MAX_CARDS = 8
_LOOKED_AT = 50


class CardInput(forms.TextInput):
    """An input for a card number that suggests recently used cards."""

    def __init__(self, recent: Sequence[str]) -> None:
        super().__init__(attrs={"class": "mono", "autocomplete": "off"})
        self.recent = recent

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}-recent"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((card,) for card in self.recent))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


class OutletSelect(forms.Select):
    """A choice of outlets in which occupied ones are disabled."""

    in_use: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.in_use:
            option["attrs"]["disabled"] = True
        return option


class OutletField(forms.TypedChoiceField):
    """An outlet that nobody uses, by its number."""

    def __init__(self, choices: Sequence[tuple[str, str]], in_use: Collection[str]) -> None:
        free = [number for number, _ in choices if number not in in_use]
        marked = [(number, f"{label} (in use)" if number in in_use else label) for number, label in choices]
        options = marked if free else [("", "Every connector is in use"), *marked]
        super().__init__(choices=options, coerce=int, empty_value=None, widget=OutletSelect)
        self.widget.in_use = frozenset(in_use)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value in self.widget.in_use:
            raise forms.ValidationError("This connector is in use: choose another, or stop its session first.")


class OfferForm(forms.Form):
    """The inputs of one offer."""

    def __init__(self, offer: CommandForm, frame: Frame, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id=f"{offer.key}-%s")
        self.offer = offer
        for command_input in offer.inputs(sending.version_of(frame.charger)):
            self.fields[command_input.name] = _field(command_input, frame)


def _field(command_input: Input, frame: Frame) -> forms.Field:
    field = _plain_field(command_input, frame)
    field.label, field.required, field.help_text = command_input.label, command_input.required, command_input.hint
    if command_input.initial:
        field.initial = command_input.initial
    if command_input.required and not isinstance(field, forms.ChoiceField):
        field.widget.attrs["required"] = True
    return field


def _plain_field(command_input: Input, frame: Frame) -> forms.Field:
    match command_input.kind:
        case Kind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=command_input.most or _MAX_INT)
        case Kind.DECIMAL:
            return forms.DecimalField(min_value=0, max_digits=12, decimal_places=4)
        case Kind.CHOICE:
            return forms.ChoiceField(choices=command_input.choices)
        case Kind.TIME:
            picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
            return forms.DateTimeField(widget=picker)
        case Kind.CHECK:
            return forms.BooleanField()
        case Kind.EVSE:
            field = forms.TypedChoiceField(choices=_outlets(command_input, frame), coerce=int, empty_value=None)
            field.initial = _free(frame) if command_input.required else None
            return field
        case Kind.FREE_EVSE:
            outlet = OutletField(_outlets(command_input, frame), _outlets_in_use(frame))
            outlet.initial = _free(frame)
            return outlet
        case Kind.CARD:
            return forms.CharField(max_length=command_input.most, widget=CardInput(_recent_cards(frame.charger)))
        case Kind.TRANSACTION:
            return forms.ChoiceField(choices=_sessions(command_input, frame))
        case Kind.LONG | Kind.CERTIFICATE:
            rows = {"rows": 6 if command_input.kind is Kind.CERTIFICATE else 4, "class": "mono"}
            return forms.CharField(max_length=command_input.most, widget=forms.Textarea(attrs=rows))
        case _:
            return forms.CharField(max_length=command_input.most)


def _free(frame: Frame) -> str | None:
    """Returns the first outlet where a car could begin to charge now."""
    numbers = sorted(plug.connector.evse.number for plug in frame.plugs if plug.condition.can_start)
    return str(numbers[0]) if numbers else None


def _outlets_in_use(frame: Frame) -> frozenset[str]:
    """Returns the outlets where somebody charges, or is about to."""
    return frozenset(
        str(plug.connector.evse.number)
        for plug in frame.plugs
        if condition.taken_of(plug.connector) or (plug.condition.kind == "busy" and not plug.condition.is_plugged_in)
    )


def _recent_cards(charger: Charger) -> list[str]:
    """Returns cards that charged here recently, latest first, without the ids made for guest payments. Two queries."""
    used = charger.transactions.filter(authorization_status="Accepted").exclude(id_token="").order_by("-started_at")
    latest = list(dict.fromkeys(used.values_list("id_token", flat=True)[:_LOOKED_AT]))
    cards_by_uid = {plain: card for card in latest if (plain := uids.from_wire(card))}
    cards = set(Token.objects.filter(canonical_uid__in=cards_by_uid).values_list("canonical_uid", flat=True))
    return [card for plain, card in cards_by_uid.items() if plain in cards][:_MAX_CARDS]


def _outlets(command_input: Input, frame: Frame) -> list[tuple[str, str]]:
    words: dict[int, list[str]] = {}
    for plug in frame.plugs:
        words.setdefault(plug.connector.evse.number, []).append(plug.condition.word)
    choices = [(str(number), f"{number}: {' / '.join(states)}") for number, states in sorted(words.items())]
    choices = choices or [("1", "1")]
    return choices if command_input.required else [("", "The whole charger"), *choices]


def _sessions(command_input: Input, frame: Frame) -> list[tuple[str, str]]:
    running = frame.charger.transactions.filter(stopped_at=None).order_by("evse_number")
    choices = [(row.transaction_id, _label(row)) for row in running]
    if command_input.required:
        return choices or [("", "Nobody charges now")]
    lately = frame.charger.transactions.exclude(stopped_at=None).order_by("-started_at")[:5]
    return [("", "None"), *choices, *((row.transaction_id, f"{_label(row)}, ended") for row in lately)]


def _label(row: Transaction) -> str:
    connector_label = f"Connector {row.evse_number}" if row.evse_number else "Connector not reported"
    return f"{connector_label}: {row.id_token or 'no card'} (session {row.transaction_id[:12]})"
