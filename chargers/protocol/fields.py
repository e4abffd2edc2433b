"""Reads fields of a charger's payload, tolerating wrong types and spellings; missing or senseless values become None.

Pure. `require` raises MissingFieldError, which the translators turn into a CALLERROR.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import TypeVar

from chargers.protocol.events import Deviation, IdToken, MeterReading, StatedTime
from chargers.protocol.frames import Payload, dump_json

MAX_TEXT = 255
VEHICLE = "VID:"
MAX_INT = 2**63 - 1
_MAX_INT32 = 2**31 - 1
MAX_REGISTER_WH = 10**13
_MAX_POWER_W = 10**9
_MAX_TIME_TEXT = 64

_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_CLOCK_FITS = timedelta(seconds=60)
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6})\d*)?\s*(?:([Zz])|([+-]\d\d):?(\d\d))")

_T = TypeVar("_T")


class MissingFieldError(Exception):
    """A field that the message cannot do without is missing or makes no sense."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(slots=True)
class Zone:
    """How far ahead of UTC the clock of a charger is that states times without a zone; None if unknown."""

    offset: timedelta | None = None


@dataclass(slots=True)
class Reader:
    """Collects deviations while reading one payload. `now` decides which times are plausible."""

    now: datetime
    zone: Zone = field(default_factory=Zone)
    deviations: list[Deviation] = field(default_factory=list)

    def note(self, path: str, sentence: str) -> None:
        if len(self.deviations) < 20:
            self.deviations.append(Deviation(path, sentence))

    def time(self, value: object, path: str) -> StatedTime:
        """Reads a stated time; notes why it is not believed."""
        if value is None:
            return StatedTime("", None)
        time_text = text(value)[:_MAX_TIME_TEXT]
        at = instant(time_text) or self._parse_zoneless_time(time_text, path)
        if at is None:
            self.note(path, f"{path} is {time_text!r}: write a time such as 2026-03-10T12:00:00Z, with its zone.")
        elif not _EARLIEST <= at <= self.now + _AHEAD:
            self.note(path, f"{path} is {time_text!r}, which cannot be: set the charger's clock.")
            at = None
        return StatedTime(time_text, at)

    def decimal(self, value: object, path: str) -> Decimal | None:
        """Reads a number; a decimal comma is accepted and noted."""
        decimal = number(value)
        if decimal is None and isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value.strip()):
            decimal = number(value.replace(",", "."))
            self.note(path, f"{path} is {value[:20]!r}, read as {decimal}: write a decimal point.")
        return decimal

    def spelling(self, raw_word: str, spellings: Mapping[str, str], path: str) -> str:
        """Returns the standard's spelling of a word and notes wrong capitals; unknown words are returned unchanged."""
        standard_word = spellings.get(raw_word.lower(), raw_word)
        if standard_word != raw_word:
            self.note(path, f"{path} is {raw_word[:50]!r}: write {standard_word}.")
        return standard_word

    def _parse_zoneless_time(self, time_text: str, path: str) -> datetime | None:
        """Reads a time without a zone, in the charger's zone if it is known or can now be derived."""
        naive = instant(f"{time_text.strip()}Z")
        if naive is None:
            return None
        learned = self.zone.offset
        if learned is not None and naive - learned <= self.now + _CLOCK_FITS:
            offset = learned
        elif (apparent := _whole_hours(naive - self.now)) is not None:
            offset = self.zone.offset = apparent
        else:
            return None
        hours = int(offset.total_seconds() // 3600)
        self.note(
            path, f"{path} is {time_text!r}, without a zone: read as UTC{f'{hours:+d}' if hours else ''}, which fits."
        )
        return naive - offset


def _whole_hours(ahead: timedelta) -> timedelta | None:
    """Returns the whole hours by which a clock is ahead of ours, from -12 to 14; None if it is off in another way."""
    hours = round(ahead / timedelta(hours=1))
    fits = abs(ahead - timedelta(hours=hours)) <= _CLOCK_FITS and -12 <= hours <= 14
    return timedelta(hours=hours) if fits else None


def instant(time_text: str) -> datetime | None:
    """Parses RFC 3339 with a zone to aware UTC; None for anything else, including times without a zone."""
    match = _RFC3339.fullmatch(time_text.strip())
    if match is None:
        return None
    date, minutes, seconds, fraction, _, hours_off, minutes_off = match.groups()
    offset = f"{hours_off}:{minutes_off}" if hours_off else "+00:00"
    try:
        parsed = datetime.fromisoformat(f"{date}T{minutes}{seconds or ':00'}.{(fraction or '0').ljust(6, '0')}{offset}")
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text(value: object, limit: int = MAX_TEXT) -> str:
    """Returns a scalar as text, cut to the limit; anything else becomes its JSON text; None becomes ""."""
    if isinstance(value, str):
        return value[:limit]
    return "" if value is None else dump_json(value)[:limit]


def integer(value: object, *, limit: int = MAX_INT) -> int | None:
    """Returns a whole number, even from text or with a fraction of zero; None beyond the limit."""
    if type(value) is int:
        return value if -limit <= value <= limit else None
    parsed = number(value)
    if parsed is None or abs(parsed) > limit or parsed != parsed.to_integral_value():
        return None
    return int(parsed)


def count(value: object) -> int | None:
    """Returns a whole number from 0 to 2^31-1 (of an EVSE or a connector)."""
    parsed = integer(value, limit=_MAX_INT32)
    return parsed if parsed is not None and parsed >= 0 else None


def number(value: object) -> Decimal | None:
    """Returns a finite decimal number, even from text with surrounding spaces."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return None
    try:
        parsed = Decimal(value.strip())
    except DecimalException:
        return None
    return parsed if parsed.is_finite() and (not parsed or abs(parsed.adjusted()) < 40) else None


def boolean(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def section(payload: Payload, key: str) -> Payload:
    """Returns an object in the payload; {} if there is none."""
    nested = payload.get(key)
    return nested if isinstance(nested, dict) else {}


def entries(value: object) -> list[Payload]:
    """Returns the objects of a list, or a single object in place of a list; [] otherwise."""
    if isinstance(value, dict):
        return [value]
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def require(value: _T | None, path: str) -> _T:
    if value is None or value == "":
        raise MissingFieldError(path)
    return value


def token_16(value: object) -> IdToken | None:
    token_text = text(value)
    return IdToken(token_text) if token_text.strip() else None


def token_2x(value: object) -> IdToken | None:
    """Reads a token; NoAuthorization tokens have an empty text and count as none (OCPP 2.0.1 C04).

    A car's MacAddress gets the `VID:` prefix of 1.6, so that it is the same car in both versions.
    """
    if not isinstance(value, dict):
        return token_16(value)
    token_text, kind = text(value.get("idToken")), text(value.get("type"), 40)
    if not token_text.strip():
        return None
    is_bare_car = kind == "MacAddress" and not token_text.strip().upper().startswith(VEHICLE)
    return IdToken(f"{VEHICLE}{token_text.strip()}"[:MAX_TEXT] if is_bare_car else token_text, kind)


def is_no_authorization(value: object) -> bool:
    """Whether an idToken states that no token was required (OCPP 2.0.1 C02, type NoAuthorization)."""
    return isinstance(value, dict) and value.get("type") == "NoAuthorization"


_REGISTER = "Energy.Active.Import.Register"
_POWER = "Power.Active.Import"
_SOC = "SoC"
_MEASURANDS = {name.lower(): name for name in (_REGISTER, _POWER, _SOC)}
_UNIT_FACTORS = {"": 1, "Wh": 1, "kWh": 1000, "W": 1, "kW": 1000, "Percent": 1, "%": 1, "MWh": 1_000_000}
_UNIT_NAMES = {name.lower(): name for name in _UNIT_FACTORS if name != "MWh"}
"""Milliwatt hours and megawatt hours differ only by their capitals."""
_PHASES = ("L1", "L2", "L3")
_AGE = {"Transaction.End": 0, "Transaction.Begin": 2}


def readings(value: object, *, reader: Reader, path: str, sample: "Sample") -> tuple[MeterReading, ...]:
    """Reads the MeterValue entries of a message. `sample` reads one sampled value in the version's own shape."""
    return tuple(
        _reading(entry, reader=reader, path=f"{path}.{index}", sample=sample)
        for index, entry in enumerate(entries(value))
    )


@dataclass(slots=True)
class SampledNumber:
    """A sampled value in base units (Wh, W, percent); `value` None: it is not a number."""

    phase: str
    location: str
    value: Decimal | None
    context: str = ""


Sample = Callable[[Payload, Reader, str], SampledNumber]
"""Reads one sampled value in the version's own shape; the text is its path."""


def _reading(entry: Payload, *, reader: Reader, path: str, sample: "Sample") -> MeterReading:
    sampled_values = entries(entry.get("sampledValue"))
    sampled_by_measurand: dict[str, list[SampledNumber]] = {_REGISTER: [], _POWER: [], _SOC: []}
    kinds = []
    for index, raw in enumerate(sampled_values):
        value_path = f"{path}.sampledValue.{index}"
        measurand = reader.spelling(text(raw.get("measurand")) or _REGISTER, _MEASURANDS, f"{value_path}.measurand")
        kinds.append(f"{measurand}/{raw.get('phase')}/{raw.get('location')}/{raw.get('context')}")
        same_measurand = sampled_by_measurand.get(measurand)
        if same_measurand is None:
            continue
        sampled = sample(raw, reader, value_path)
        if sampled.value is None:
            reader.note(f"{value_path}.value", "A sampled value that is no number was not used.")
        else:
            sampled.context = text(raw.get("context"), 40)
            same_measurand.append(sampled)
    registers = _latest(sampled_by_measurand[_REGISTER])
    return MeterReading(
        time=reader.time(entry.get("timestamp"), f"{path}.timestamp"),
        register_wh=_round_to_whole(_total(registers), maximum=MAX_REGISTER_WH),
        power_w=_round_to_whole(_total(sampled_by_measurand[_POWER]), maximum=_MAX_POWER_W),
        soc_pct=_round_to_whole(_total(sampled_by_measurand[_SOC]), maximum=100),
        context=registers[0].context
        if registers
        else text(sampled_values[0].get("context"), 40)
        if sampled_values
        else "",
        samples=dump_json(sampled_values),
        kinds="|".join(sorted(kinds)),
    )


def unit_factor(unit_name: str, reader: Reader, path: str) -> int | None:
    """Returns the factor to Wh, W or percent; None for an unknown unit."""
    return _UNIT_FACTORS.get(reader.spelling(unit_name, _UNIT_NAMES, path))


def _latest(samples: list[SampledNumber]) -> list[SampledNumber]:
    """If a reading has registers for both the beginning and the end of a transaction, keeps those of the end."""
    newest = min((_AGE.get(sample.context, 1) for sample in samples), default=0)
    return [sample for sample in samples if _AGE.get(sample.context, 1) == newest]


def _total(samples: list[SampledNumber]) -> Decimal | None:
    """Returns the total of all phases, at the outlet if a location is stated; else the sum of the phases."""
    if not samples:
        return None
    outlet_samples = [sample for sample in samples if sample.location in {"", "Outlet"}] or samples
    unphased_value = next((sample.value for sample in outlet_samples if not sample.phase), None)
    if unphased_value is not None:
        return unphased_value
    by_phase = {sample.phase.partition("-")[0]: sample.value for sample in outlet_samples}
    values = [value for phase in _PHASES if (value := by_phase.get(phase)) is not None]
    return sum(values, Decimal(0)) if values else None


def _round_to_whole(value: Decimal | None, *, maximum: int) -> int | None:
    """Rounds to a whole unit; None if it is negative or impossibly large."""
    if value is None or not 0 <= value <= maximum:
        return None
    return int(value.to_integral_value(ROUND_HALF_UP))
