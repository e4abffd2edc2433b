"""What somebody pasted, read in every way that it may be meant: an amount, a number, a reference. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

_LONGEST: Final = 200
_SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "US$": "USD", "CHF": "CHF"}
_SPACES: Final = re.compile(r"[\s\u00a0\u202f']+")
_CURRENCY: Final = re.compile(
    r"^(?P<before>[A-Z]{3}|US\$|[€$£¥])?(?P<number>[-+\u2212]?[\d.,]+)(?P<after>[A-Z]{3}|[€$£¥])?$"
)
_PAYOUT: Final = re.compile(r"^P-?0*(\d{1,9})$", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"^(?P<series>[A-Z0-9][A-Z0-9-]{0,19})-(?P<number>\d{1,12})$", re.IGNORECASE)
_LABELS: Final = re.compile(
    r"^(receipt|credit note|corrected receipt|invoice|payout|session|transfer|trace|reference|ref|amount|iban|card)"
    r"\s*(ending|number|no\.?|id)?\s*[:#]?\s+",
    re.IGNORECASE,
)
_MASK: Final = re.compile(r"^[•*.xX\s]*(\d{4})$")
_REFERENCE: Final = re.compile(r"^[\w-]{6,140}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """All that it may be. `amounts` are major units without sign; an empty `currency`: none was said."""

    text: str
    amounts: frozenset[Decimal] = frozenset()
    currency: str = ""
    payout_number: int | None = None
    document: tuple[str, int] | None = None
    identifier: UUID | None = None
    last4: str = ""
    reference: str = ""

    @property
    def is_something(self) -> bool:
        return bool(
            self.amounts or self.payout_number or self.document or self.identifier or self.last4 or self.reference
        )


def read(text: str) -> Pasted:
    """Words before it, such as "Receipt no. 2026-000042", and quotes around it do not matter."""
    plain = text.replace("\x00", " ").strip()[:_LONGEST].strip().strip("\"'“”„").rstrip(".;")
    plain = _LABELS.sub("", plain).strip()
    amounts, currency = _amount(plain)
    payout, document, mask = _PAYOUT.match(plain), _DOCUMENT.match(plain), _MASK.match(plain)
    return Pasted(
        text=plain,
        amounts=amounts,
        currency=currency,
        payout_number=int(payout[1]) if payout and int(payout[1]) else None,
        document=(document["series"].upper(), int(document["number"])) if document and not payout else None,
        identifier=_uuid(plain),
        last4=mask[1] if mask else "",
        reference=plain if _REFERENCE.match(plain) else "",
    )


def _amount(text: str) -> tuple[frozenset[Decimal], str]:
    match = _CURRENCY.match(_SPACES.sub("", text).upper())
    if match is None or (match["before"] and match["after"] and match["before"] != match["after"]):
        return frozenset(), ""
    said = match["before"] or match["after"] or ""
    return _values(match["number"].lstrip("-+\u2212")), _SYMBOLS.get(said, said)


def _values(digits: str) -> frozenset[Decimal]:
    """Of one separator before three digits it cannot be said whether thousands or decimals come: both are meant."""
    marks = [one for one in digits if one in ".,"]
    if not any(one.isdigit() for one in digits):
        return frozenset()
    if not marks:
        return frozenset({Decimal(digits)})
    last = marks[-1]
    whole, _, decimals = digits.rpartition(last)
    found = set()
    if last not in marks[:-1] and _is_grouped(whole) and 0 < len(decimals) <= 3 and decimals.isdigit():
        found.add(Decimal(f"{re.sub('[.,]', '', whole) or '0'}.{decimals}"))
    if _is_grouped(digits) and len(set(marks)) == 1:
        found.add(Decimal(re.sub("[.,]", "", digits)))
    return frozenset(found)


def _is_grouped(whole: str) -> bool:
    """Digits, or groups of three (in India of two) by one kind of mark."""
    return re.fullmatch(r"\d*|\d{1,3}(,\d{2,3})*,\d{3}|\d{1,3}(\.\d{3})+", whole) is not None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None
