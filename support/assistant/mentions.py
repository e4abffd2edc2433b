"""Details that a person's words contain already, so that they need not be asked: amount, card, time, addresses. Pure.

Ambiguous words are not read; the question is then asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from chargers.text import card_numbers
from support.topics import details
from support.topics.details import Detail, DetailError
from support.topics.folding import normalize_text

_LONGEST: Final = 2000
_MAX_NUMBERS: Final = 12
_SHORT: Final = 2
_CURRENCY: Final = r"(?:[$€£]|\b(?:eur|euros?|usd|gbp|chf|dollars?|dolares|pounds?|pfund)\b)"
_NUMBER: Final = r"(\d{1,6}(?:[.,]\d{1,2})?)(?![\d])"
_AMOUNT: Final = re.compile(rf"{_CURRENCY}\s?{_NUMBER}|(?<![\d.,]){_NUMBER}\s?{_CURRENCY}")
_BY_UNIT: Final = re.compile(
    r"\s*(?:/|per|pro|par|por|le|la|el|a|an)?\s*(?:kwh|kw\b|min|minute|minuut|minuto|hour|stunde)"
)
_LAST4: Final = re.compile(
    r"(?:ending|ends|last (?:four|4)|eindig\w*|laatste (?:vier|4)|endet|endend\w*|letzte\w* (?:vier|4)"
    r"|termin\w*|finissant|derniers? (?:quatre|4)|quatre derniers|acab\w*|ultim\w* (?:cuatro|4)|cuatro ultim\w*)"
    r"[^\d]{0,30}(\d{4})(?!\d)"
)
_CARD: Final = r"(?:\b(?:with|mit|met|avec|con|on|auf|op|sur|en|mi|ma|my|the|der|meiner|mijn|de|la)\b )*\b(?:credit ?|debit ?|kredit|bank|visa |master)?(?:card|kaart|karte|carte|tarjeta|visa)\b(?: (?:number|no|nr|bancaire))?[^\w\d•*]{0,3}"  # noqa: E501
_MASKED: Final = re.compile(r"(?:[•*·]{2,}|\bx{2,})[\s•*·x-]{0,12}(\d{4})(?!\d)")
"""A card as receipts, banks and our own mask show it: •••• 4242."""
_OF_CARD: Final = re.compile(rf"(?:{_CARD})?(?:{_LAST4.pattern}|{_MASKED.pattern})")
_ADDRESS: Final = re.compile(r"[^@\s,;:<>\"'()]{1,64}@[^@\s,;:<>\"'()]{1,180}\.[a-z]{2,24}\b", re.IGNORECASE)
_PAYOUT: Final = re.compile(r"\bP-\d{6}\b", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"(?<![A-Za-z0-9-])(?:[RC]|SC?)?20\d\d-\d{6}(?![\d-])", re.IGNORECASE)
"""The number of a receipt, a corrected one, a credit note or an invoice: 2026-000042, R2026-000042, C2026-000042."""
_SESSION: Final = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
_PMS: Final = re.compile(
    r"\b(guesty|hospitable|hostaway|lodgify|smoobu|cloudbeds|mews|avantio|beds24|track(?= pms|hs|\.pms))", re.IGNORECASE
)
_STATION: Final = re.compile(r"(?<![\w@.])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]{2,46}(?![\w@])")
_TODAY: Final = r"today|tonight|this (?:morning|afternoon|evening)|vandaag|vanavond|vanmorgen|vanochtend|vanmiddag|heute|aujourd.?hui|ce (?:soir|matin)|hoy|esta (?:manana|tarde|noche)"  # noqa: E501
_YESTERDAY: Final = r"yesterday|last night|gisteren|gisteravond|gestern|ayer|anoche"
_DAY: Final = re.compile(rf"\b(?:(?P<today>{_TODAY})|(?P<yesterday>{_YESTERDAY}))\b")
_HIER: Final = re.compile(r"\bhier\b")
_CLOCK: Final = re.compile(
    r"(?<![\d.,:])(?:(?P<h>[01]?\d|2[0-3])[:h](?P<m>[0-5]\d)(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?P<h12>1[0-2]|0?[1-9])\s?(?P<half12>[ap])\.?m\b\.?"
    r"|(?<=\b(?:om|um) )(?P<h24>[01]?\d|2[0-3]) ?(?:uur|uhr)\b"
    r"|(?<=\ba )(?P<hfr>[01]?\d|2[0-3]) ?(?:h|heures?)\b)(?!\d)"
)
_DATE: Final = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)|(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_MONTHS: Final = (
    "jan|janv|january|januari|januar|janvier|enero|ene", "feb|fev|fevr|february|februari|februar|fevrier|febrero",
    "mar|mrt|march|maart|marz|mars|marzo", "apr|avr|abr|april|avril|abril", "may|mei|mai|mayo",
    "jun|june|juni|juin|junio", "jul|july|juli|juillet|julio", "aug|august|augustus|aout|ago|agosto",
    "sep|sept|september|septembre|septiembre", "oct|okt|october|oktober|octobre|octubre",
    "nov|november|novembre|noviembre", "dec|dez|dic|december|dezember|decembre|diciembre",
)  # fmt: skip
_OF_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split("|")}
_MONTH: Final = rf"(?:{'|'.join(sorted(_OF_MONTH, key=len, reverse=True))})"
_MONTH_DAY: Final = re.compile(
    rf"(?<![\d.,:])(?P<d>[12]?\d|3[01])(?:st|nd|rd|th|er|\.)?\s(?:of |de )?(?P<m>{_MONTH})\b(?:\.?,?\s(?:de )?(?P<y>20\d\d))?"  # noqa: E501
    rf"|\b(?P<m2>{_MONTH})\.?\s(?P<d2>[12]?\d|3[01])(?:st|nd|rd|th)?\b(?![:.,]\d)(?:,?\s(?P<y2>20\d\d))?"
)
_CARD_WORDS: Final = r"card|kaart|creditcard|kreditkarte|karte|carte|tarjeta"
_PLAN_WORDS: Final = r"subscription|plan|membership|abonnement|maandabonnement|abo|monatsabo|formule|suscripcion"
_ACCOUNT_WORDS: Final = r"account|accounts|konto|compte|cuenta|personal data|gegevens|daten|donnees|datos"
_REMOVE: Final = r"remov\w*|delet\w*|eras\w*|verwijder\w*|wis\w*|weghal\w*|losch\w*|entfern\w*|supprim\w*|retir\w*|effac\w*|elimin\w*|borr\w*|quit\w*"  # noqa: E501
_END: Final = r"cancel\w*|end|stop\w*|unsubscribe|opzeg\w*|zeg|beeind\w*|kundig\w*|beend\w*|resili\w*|annul\w*|arret\w*|termin\w*|cancel\w*|anul\w*|baja"  # noqa: E501
_WANTED: Final = (
    ("remove_card", re.compile(rf"\b(?:{_REMOVE})\b.*\b(?:{_CARD_WORDS})\b|\b(?:{_CARD_WORDS})\b.*\b(?:{_REMOVE})\b")),
    ("delete", re.compile(rf"\b(?:{_REMOVE})\b.*\b(?:{_ACCOUNT_WORDS})\b|\b(?:{_ACCOUNT_WORDS})\b.*\b(?:{_REMOVE})\b")),
    ("cancel", re.compile(rf"\b(?:{_END})\b.*\b(?:{_PLAN_WORDS})\b|\b(?:{_PLAN_WORDS})\b.*\b(?:{_END})\b")),
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """The details read. `addresses`: e-mail addresses, in order; whose they are depends on the topic."""

    details: dict[Detail, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()

    def of_topic(self, number: int) -> dict[Detail, str]:
        """Returns the details with the addresses.

        For a change of address, the old one comes first; a single one is new.
        """
        mentioned = dict(self.details)
        if number == 7 and len(self.addresses) == 2:
            mentioned[Detail.ACCOUNT_EMAIL], mentioned[Detail.NEW_EMAIL] = self.addresses
        elif len(self.addresses) == 1:
            mentioned[Detail.NEW_EMAIL if number == 7 else Detail.ACCOUNT_EMAIL] = self.addresses[0]
        return mentioned


def read(text: str, *, language: str, now: datetime) -> Mentions:
    """Reads the details. `now` is in the place's time zone, which people use; `language` is the conversation's."""
    masked = card_numbers.mask(text.replace("\x00", "")[:_LONGEST])
    plain = normalize_text(masked, max_length=_LONGEST)
    mentioned: dict[Detail, str] = {}
    _put(mentioned, Detail.AMOUNT, _find_only_match(_amounts(plain)))
    _put(
        mentioned,
        Detail.LAST4,
        _find_only_match(match[1] for pattern in (_LAST4, _MASKED) for match in pattern.finditer(plain)),
    )
    _put(mentioned, Detail.PAYOUT_ID, _find_only_match(match[0].upper() for match in _PAYOUT.finditer(masked)))
    documents = (match[0].upper() for match in _DOCUMENT.finditer(masked))
    sessions = (match[0].lower() for match in _SESSION.finditer(masked))
    _put(mentioned, Detail.DOCUMENT, _find_only_match(iter([*documents, *sessions])))
    _put(mentioned, Detail.PMS_NAME, _find_only_match(match[1].capitalize() for match in _PMS.finditer(masked)))
    _put(mentioned, Detail.CANCEL_OR_DELETE, next((code for code, words in _WANTED if words.search(plain)), None))
    if (moment := _moment(plain, language=language, now=now)) is not None:
        mentioned[Detail.ATTEMPTED_AT] = moment.isoformat(timespec="minutes")
    elif (day := _day_alone(plain, language=language, now=now)) is not None:
        mentioned[Detail.ATTEMPTED_AT] = day.isoformat()
    addresses = tuple(dict.fromkeys(match[0].lower() for match in _ADDRESS.finditer(masked)))
    return Mentions(mentioned, addresses if len(addresses) <= 2 else ())


def without_details(text: str) -> str:
    """Returns the text without amounts, times, cards and addresses; unchanged if nothing else is left."""
    plain = normalize_text(card_numbers.mask(text.replace("\x00", "")[:_LONGEST]))
    remaining_text = plain
    for pattern in (_ADDRESS, _DOCUMENT, _SESSION, _OF_CARD, _DATE, _MONTH_DAY, _CLOCK, _DAY, _AMOUNT, _PAYOUT):
        remaining_text = pattern.sub(" , ", remaining_text)
    return (
        remaining_text
        if any(word.isalpha() and len(word) > _SHORT for word in re.findall(r"[^\W_]+", remaining_text))
        else plain
    )


def stations(text: str) -> list[str]:
    """Returns words that may be Station IDs, with both letters and digits; a dozen at most."""
    matches = dict.fromkeys(match[0] for match in _STATION.finditer(text[:_LONGEST]))
    return list(matches)[:_MAX_NUMBERS]


def _amounts(plain: str) -> Iterator[str]:
    for match in _AMOUNT.finditer(plain):
        if not _BY_UNIT.match(plain, match.end()):
            yield match[1] or match[2]


def _moment(plain: str, *, language: str, now: datetime) -> datetime | None:
    """Returns the moment of a day and a time; a time alone means the last time it was. Never in the future."""
    clock = _find_only_match(_clocks(plain))
    if clock is None:
        return None
    local = now.replace(tzinfo=None, second=0, microsecond=0)
    hour, minute = divmod(int(clock), 60)
    at = time(hour, minute)
    if (days := list(_days(plain, language=language, today=local.date()))) and len(set(days)) > 1:
        return None
    if days:
        moment = datetime.combine(days[0], at)
        return moment if moment <= local else None
    moment = datetime.combine(local.date(), at)
    return moment if moment <= local else moment - timedelta(days=1)


def _day_alone(plain: str, *, language: str, now: datetime) -> date | None:
    """Returns the one day named without a time of day, today at the latest."""
    days = set(_days(plain, language=language, today=now.date()))
    if len(days) != 1 or next(_clocks(plain), None) is not None:
        return None
    day = days.pop()
    return day if day <= now.date() else None


def _days(plain: str, *, language: str, today: date) -> Iterator[date]:
    """Yields the named days. French "hier" is yesterday; in Dutch and German it means "here"."""
    for match in _DAY.finditer(plain):
        yield today if match["today"] else today - timedelta(days=1)
    if language == "fr" and _HIER.search(plain):
        yield today - timedelta(days=1)
    for match in _MONTH_DAY.finditer(plain):
        yield from _find_month_days(match, today)
    for match in _DATE.finditer(plain):
        year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def _find_month_days(match: re.Match[str], today: date) -> Iterator[date]:
    """Yields the days of named months; without a year, the last such day."""
    month, day = _OF_MONTH[match["m"] or match["m2"]], int(match["d"] or match["d2"])
    year_text = match["y"] or match["y2"]
    for year in (int(year_text),) if year_text else (today.year, today.year - 1):
        try:
            matching_day = date(year, month, day)
        except ValueError:
            continue
        if year_text or matching_day <= today:
            yield matching_day
            return


def _clocks(plain: str) -> Iterator[str]:
    """Yields times as minutes since midnight, as text."""
    for match in _CLOCK.finditer(plain):
        hour = int(match["h"] or match["h12"] or match["h24"] or match["hfr"])
        half = match["half"] or match["half12"]
        if half and not 1 <= hour <= 12:
            continue
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        yield str(hour * 60 + int(match["m"] or 0))


def _find_only_match(matches: Iterator[str]) -> str | None:
    """Returns the only match; None if there are several."""
    different = set(matches)
    return different.pop() if len(different) == 1 else None


def _put(mentioned: dict[Detail, str], detail: Detail, entry: str | None) -> None:
    """Stores the detail as if it had been typed into its field."""
    if entry is None:
        return
    try:
        mentioned[detail] = details.read(detail, entry)
    except DetailError:
        return


_YES: Final = re.compile(
    r"(?:yes|yep|yeah|yup|ja|jawel|jep|oui|si)(?: (?:it does|it is|there is|please|klopt|genau|exacto))?"
)
_NO: Final = re.compile(
    r"(?:no|nope|nee|neen|nein|non)(?: (?:it does not|it is not|not|nothing|none|niets|nichts|rien|nada))?"
)


def yes_or_no(text: str) -> bool | None:
    """Returns whether the words are only a yes or a no, in the guests' languages; None if they are neither."""
    plain = re.sub(r"[^\w ]+", "", normalize_text(text)).strip()
    if _YES.fullmatch(plain):
        return True
    return False if _NO.fullmatch(plain) else None
