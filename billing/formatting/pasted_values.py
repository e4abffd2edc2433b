"""Parses pasted text in every way that it may be meant: as an amount, a number, a reference. Pure."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from authorization.identifiers import uids
from billing.engine.values.money import EXPONENTS

_LONGEST: Final = 200
_SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "US$": "USD", "CHF": "CHF"}
_SPACES: Final = re.compile(r"[\s\u00a0\u202f']+")
_CURRENCY: Final = re.compile(
    r"^(?P<before>[A-Z]{3}|US\$|[€$£¥])?(?P<number>[-+\u2212]?[\d.,]+)(?P<after>[A-Z]{3}|[€$£¥])?$"
)
_PAYOUT: Final = re.compile(r"^P-?0*(\d{1,9})$", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"^(?P<series>[A-Z0-9][A-Z0-9-]{0,19})-(?P<number>\d{1,12})$", re.IGNORECASE)
_LABELS: Final = re.compile(
    r"^(receipt|credit note|corrected receipt|invoice|payout|session|transaction|transfer|trace|reference|ref|amount"
    r"|iban|card|charger|charging station|station|property|unit|token|rfid|tag|uid|rate|tariff|member|guest|person"
    r"|user|driver|mobility provider|provider|emsp|msp|statement|payment file|file|decision)"
    r"\s*(ending|number|no\.?|id)?\s*[:#]?\s+",
    re.IGNORECASE,
)
_MASK: Final = re.compile(r"^[•*.xX\s]*(\d{4})$")
_BETWEEN: Final = re.compile(r"[\s:/;|()]+")
_GROUPED: Final = re.compile(r"(?<!\S)(\d{1,3})[ \u00a0\u202f](?=\d{3}[.,]\d{2}(?!\S))")
_MAX_WORDS: Final = 20
_REFERENCE: Final = re.compile(r"^[\w-]{6,140}$")
_EMAIL: Final = re.compile(r"^<?([^\s@<>]+@[^\s@<>]+)>?$")
STOP: Final = frozenset(
    {
        "a", "am", "an", "and", "are", "at", "be", "by", "can", "change", "do", "does", "find", "for", "from", "get",
        "go", "have", "how", "i", "in", "is", "it", "list", "me", "my", "of", "on", "one", "open", "our", "page",
        "pages", "see", "show", "the", "their", "this", "to", "up", "us", "want", "was", "we", "were", "what", "when",
        "where", "which", "who", "why", "with", "you", "your",
    }
)  # fmt: skip
"""Words that questions on any subject contain."""
_KINDS: Final = frozenset(
    {
        "card", "charger", "emsp", "guest", "member", "person", "plan", "property", "provider", "rate", "rfid",
        "station", "tariff", "token", "unit", "user",
    }
)  # fmt: skip
_MAX_WORDS_OF_A_NAME: Final = 8
_SHORTEST_UID: Final = 4
_SHORTEST_NUMBER: Final = 8
"""The fewest digits for a number in a line to be a key by itself: shorter ones are dates and amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedValue:
    """All possible meanings. `amounts` are major units without sign; `currency` may be empty.

    `text` excludes a label before it, `whole` includes it; `uid` is a card's number in canonical form.
    """

    text: str
    whole: str = ""
    amounts: frozenset[Decimal] = frozenset()
    currency: str = ""
    payout_number: int | None = None
    document: tuple[str, int] | None = None
    identifier: UUID | None = None
    last4: str = ""
    reference: str = ""
    uid: str = ""
    email: str = ""

    @property
    def terms(self) -> tuple[str, ...]:
        """Returns the words to search names by: without common words of questions, and words that only name a kind."""
        parts = tuple(part for part in _BETWEEN.split(self.whole.casefold().replace(",", " ")) if part)
        meaningful_parts = tuple(part for part in parts if part not in STOP)
        return (tuple(part for part in meaningful_parts if part not in _KINDS) or meaningful_parts or parts)[
            :_MAX_WORDS_OF_A_NAME
        ]

    @property
    def is_something(self) -> bool:
        numbers = self.amounts or self.payout_number or self.document or self.identifier or self.last4
        return bool(numbers or self.reference or self.uid or self.email)


def read(text: str) -> PastedValue:
    """Parses the text. A label before it, such as "Receipt no. 2026-000042", and quotes around it are ignored."""
    full_text = text.replace("\x00", " ").strip()[:_LONGEST].strip().strip("\"'“”„").rstrip(".;?!")
    plain = _LABELS.sub("", full_text).strip()
    amounts, currency = _amount(plain)
    payout, document, mask = _PAYOUT.match(plain), _DOCUMENT.match(plain), _MASK.match(plain)
    email = _EMAIL.match(plain)
    return PastedValue(
        text=plain,
        whole=full_text,
        amounts=amounts,
        currency=currency,
        payout_number=int(payout[1]) if payout and int(payout[1]) else None,
        document=(document["series"].upper(), int(document["number"])) if document and not payout else None,
        identifier=_uuid(plain),
        last4=mask[1] if mask else "",
        reference=plain if _REFERENCE.match(plain) else "",
        uid=_uid(plain),
        email=email[1].lower() if email else "",
    )


def fragments(text: str) -> list[PastedValue]:
    """Parses each part of a whole line by itself, and returns only unlikely coincidences.

    A number counts as an amount if it has decimals or a currency next to it; other parts need a digit.
    """
    line = _GROUPED.sub(r"\1", text.replace("\x00", " ")[:_LONGEST])
    parts = [stripped for part in _BETWEEN.split(line) if (stripped := part.strip(",.;"))][:_MAX_WORDS]
    read_parts = (_read_fragment(part, neighbours=parts[max(at - 1, 0) : at + 2]) for at, part in enumerate(parts))
    return [fragment for fragment in read_parts if fragment.is_something]


def _read_fragment(part: str, *, neighbours: list[str]) -> PastedValue:
    pasted = read(part)
    is_key = any(each.isalpha() for each in part) or len(part) >= _SHORTEST_NUMBER
    currency = pasted.currency or next((each.upper() for each in neighbours if each.upper() in EXPONENTS), "")
    is_amount = bool(pasted.currency) or "." in part or "," in part
    return replace(
        pasted,
        text=pasted.text if is_key else "",
        whole=pasted.whole if is_key else "",
        uid=pasted.uid if is_key and not is_amount else "",
        amounts=pasted.amounts if is_amount else frozenset(),
        currency=currency if is_amount and pasted.amounts else "",
        last4="",
        reference=pasted.reference if any(each.isdigit() for each in part) else "",
    )


def _amount(text: str) -> tuple[frozenset[Decimal], str]:
    match = _CURRENCY.match(_SPACES.sub("", text).upper())
    if match is None or (match["before"] and match["after"] and match["before"] != match["after"]):
        return frozenset(), ""
    symbol = match["before"] or match["after"] or ""
    return _values(match["number"].lstrip("-+\u2212")), _SYMBOLS.get(symbol, symbol)


def _values(digits: str) -> frozenset[Decimal]:
    """Returns the possible values.

    One separator before three digits may be a thousands or a decimal separator: both are returned.
    """
    marks = [digit for digit in digits if digit in ".,"]
    if not any(character.isdigit() for character in digits):
        return frozenset()
    if not marks:
        return frozenset({Decimal(digits)})
    last = marks[-1]
    integer_part, _, decimals = digits.rpartition(last)
    values = set()
    if last not in marks[:-1] and _is_grouped(integer_part) and 0 < len(decimals) <= 3 and decimals.isdigit():
        values.add(Decimal(f"{re.sub('[.,]', '', integer_part) or '0'}.{decimals}"))
    if _is_grouped(digits) and len(set(marks)) == 1:
        values.add(Decimal(re.sub("[.,]", "", digits)))
    return frozenset(values)


def _is_grouped(numeral: str) -> bool:
    """Whether it has digits only, or groups of three (in India of two) with one kind of separator."""
    return re.fullmatch(r"\d*|\d{1,3}(,\d{2,3})*,\d{3}|\d{1,3}(\.\d{3})+", numeral) is not None


def _uid(text: str) -> str:
    """Returns a card's number, which contains a digit; eMAIDs and bytes in any notation are accepted."""
    uid = uids.from_wire(text) or ""
    return uid if len(uid) >= _SHORTEST_UID and any(char.isdigit() for char in uid) else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None
