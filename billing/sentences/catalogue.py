"""Every sentence that billing may read from storage, including those of chargers and of refusals, in English. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authorization.decide import reasons as refusals
from billing.engine.reports import reasons as price_reasons
from billing.engine.reports.reasons import English, PriceReason
from billing.sentences import doubts, payments, sessions
from chargers.sentences import cases, commands, stored
from chargers.sentences.stored import Sentence, Sentences

_REFUSED: Final = "refused."
PATTERNS: Final[Mapping[str, str]] = {
    **{str(code): pattern for code, pattern in price_reasons.PATTERNS.items()},
    **{f"{_REFUSED}{code}": reason.guest.meaning for code, reason in refusals.CATALOGUE.items()},
    **cases.PATTERNS,
    **commands.PATTERNS,
    **sessions.PATTERNS,
    **payments.PATTERNS,
    **doubts.PATTERNS,
}


@dataclass(frozen=True, slots=True)
class Speech:
    """Formats the facts of billing's sentences, by a speech of the price engine."""

    speech: price_reasons.Speech

    def say(self, pattern: str) -> str:
        return self.speech.say(pattern) if pattern else ""

    def value(self, name: str, fact: Any) -> str:
        match fact:
            case [str(amount), str(currency)]:
                return self.speech.amount(amount, currency)
            case _:
                return price_reasons.value(name, fact, speech=self.speech)


_ENGLISH: Final = Speech(English())


def english(sentences: Iterable[Sentence]) -> str:
    """Returns the text for hosts, the API, webhooks and the audit trail: amounts as `40.00 USD`, times in UTC."""
    return stored.render(sentences, PATTERNS, speech=_ENGLISH)


def of_price(reasons: Iterable[PriceReason]) -> Sentences:
    """Returns the price engine's reasons as stored sentences."""
    return tuple(Sentence(reason.code, reason.facts) for reason in reasons)


def describe_refusal(reason: str) -> Sentences:
    """Returns why the chain refused, in the guest's words; empty if the catalogue does not know the reason."""
    return stored.build_sentence(f"{_REFUSED}{reason}") if reason in refusals.CATALOGUE else ()
