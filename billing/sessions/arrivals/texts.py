"""The text of the message: the host's own or the usual one, with placeholders in braces."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.models import Stay
from authorization.visits import stay_keys, stays
from billing.branding import domains
from billing.models import ArrivalText, RateVersion, StayTerms
from billing.pricing import price_card
from billing.sessions.stays import stay_chargers, terms, wording
from chargers.lib.i18n import mark
from chargers.models import Charger, Host

NAMES: Final = ("guest", "property", "unit", "chargers", "from", "until", "price", "link", "code")
_NAME: Final = re.compile(r"\{([^{}]*)\}")
_SUBJECT: Final = mark("Charging your car at {property}")
_TEXT: Final = mark(
    "Hello {guest},\n\nyou can charge your car at {property}.\n\nOpen this link on your phone; it is the key of your "
    "stay:\n{link}\n\nYour chargers: {chargers}\nFrom {from} until {until}\n\nWhat it costs: {price}\n\nOn the spot: "
    "plug in, scan the code on the charger, and start.\nWithout the link, choose “I have a booking” there and enter "
    "your code {code}.\n\nHave a good journey!"
)


class UnknownNameError(ValueError):
    """The text has an unknown placeholder; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class MessageText:
    """Subject and text, before or after the placeholders are filled in."""

    subject: str
    text: str


def usual_words(language: str) -> MessageText:
    """Returns the usual text, with which every host begins."""
    with translation.override(language):
        return MessageText(_(_SUBJECT), _(_TEXT))


def of_host(host: Host, language: str) -> MessageText:
    """Returns the host's own text in a language, or the usual one. One query."""
    own = ArrivalText.objects.filter(host=host, language=language).first()
    return MessageText(own.subject, own.text) if own else usual_words(language)


def check(text: str) -> None:
    """Raises UnknownNameError for an unknown placeholder."""
    unknown = sorted({name for name in _NAME.findall(text) if name not in NAMES})
    if unknown:
        known_names = ", ".join(f"{{{name}}}" for name in NAMES)
        raise UnknownNameError(f"Nothing is known that {{{unknown[0]}}} could stand for. You can write {known_names}.")


def render_message(stay: Stay, words: MessageText, language: str, *, now: datetime) -> MessageText:
    """Returns the message to the stay's guest. A line that a missing fact would leave half empty is left out."""
    with translation.override(language):
        facts = _facts(stay, now=now)
    lines = [line for line in words.text.splitlines() if not _is_empty(line, facts)]
    return MessageText(_fill(words.subject, facts), "\n".join(_fill(line, facts) for line in lines).strip())


def _is_empty(line: str, facts: Mapping[str, str]) -> bool:
    names = [name for name in _NAME.findall(line) if name in facts]
    return len(names) == 1 and not facts[names[0]] and names[0] not in {"guest", "unit"}


def _fill(text: str, facts: Mapping[str, str]) -> str:
    filled_in = _NAME.sub(lambda match: facts.get(match[1], match[0]), text)
    return re.sub(r" +([,.!])", r"\1", filled_in)


def _facts(stay: Stay, *, now: datetime) -> dict[str, str]:
    site = stay.property
    begins, ends = stays.access_span(stay)
    chargers = stay_chargers.chargers_of(stay)
    return {
        "guest": wording.first_name(stay),
        "property": site.name,
        "unit": stay.unit.name if stay.unit else "",
        "chargers": ", ".join(_describe_charger(charger) for charger in chargers),
        "from": wording.moment(begins, stay),
        "until": wording.moment(ends, stay),
        "price": _price(stay, chargers[0], now=now) if chargers else "",
        "link": domains.base_address(site.host_id) + reverse("guest:stay", args=[stay_keys.link_key(stay)]),
        "code": stay.reference,
    }


def _describe_charger(charger: Charger) -> str:
    return f"{charger.station_id} ({charger.name})" if charger.name else charger.station_id


def _price(stay: Stay, charger: Charger, *, now: datetime) -> str:
    """Returns what charging costs at the beginning of the stay, and who is paid."""
    resolved, _audience = terms.rate(charger, evse_number=1, at=max(now, stay.arrives_at))
    if resolved.version is None:
        return _("Charging is included in your stay.")
    agreed = terms.get_or_default(stay.property)
    return " ".join(part for part in (_card(stay, resolved.version, agreed), _payment(agreed)) if part)


def _card(stay: Stay, version: RateVersion, agreed: StayTerms) -> str:
    included = terms.allowance(stay, agreed, at=stay.arrives_at)
    card = price_card.build(version, plan=included)
    return " ".join(part for part in (card.text, card.plan) if part)


def _payment(agreed: StayTerms) -> str:
    match agreed.payment:
        case StayTerms.Payment.FOLIO:
            return _("It goes onto the bill of your stay: no card is asked for here.")
        case StayTerms.Payment.HOST:
            return _("You settle it with the host: no card is asked for here.")
        case _:
            return _("You pay by card on your phone when you start.")
