"""A property as an OCPI 2.2.1 Location (8.3), and the obstacles to that. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from authorization.roaming import ocpi_ids
from authorization.roaming.transport.routing import Party
from billing.roaming.locations.country_codes import three_letters

Body = dict[str, Any]
_MAX_TEXT: Final = 45
_IN_USE: Final = frozenset(
    ("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Occupied", "EVConnected", "Idle")
)
_STATUSES: Final = {
    "Available": "AVAILABLE",
    "Reserved": "RESERVED",
    "Unavailable": "INOPERATIVE",
    "Faulted": "OUTOFORDER",
}
_DC: Final = frozenset(
    ("CHADEMO", "CHAOJI", "GBT_DC", "IEC_62196_T1_COMBO", "IEC_62196_T2_COMBO", "MCS", "PANTOGRAPH_BOTTOM_UP",
     "PANTOGRAPH_TOP_DOWN", "SAE_J3400", "TESLA_S")
)  # fmt: skip
_THREE_PHASES: Final = frozenset(("IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64"))
_SOCKETS: Final = frozenset(("IEC_62196_T2", "IEC_62196_T3A", "IEC_62196_T3C"))
_SOCKET_PREFIXES: Final = ("DOMESTIC_", "NEMA_", "IEC_60309_")
_ONE_PHASE_UP_TO_W: Final = 7_400
_USUAL_W: Final = {"AC_1_PHASE": 3_680, "AC_3_PHASE": 11_040, "DC": 50_000}
_VOLTS: Final = {"AC_1_PHASE": 230, "AC_3_PHASE": 230, "DC": 500}
_PHASES: Final = {"AC_1_PHASE": 1, "AC_3_PHASE": 3, "DC": 1}
_LOW_VOLTAGE: Final = frozenset(("US", "CA", "MX"))
_LOW_VOLTS: Final = 240
_CAPABILITIES: Final = ("REMOTE_START_STOP_CAPABLE", "RFID_READER", "UNLOCK_CAPABLE")
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorFacts:
    """A plug. `tariff_ids` for every partner; `tariffs_by_provider` for those with their own rate."""

    number: int
    standard: str
    max_power_w: int | None
    tariff_ids: tuple[str, ...] = ()
    tariffs_by_provider: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseFacts:
    """An outlet with its charger's newest report. `is_heard`: whether the charger is connected."""

    charger_id: str
    station_id: str
    number: int
    evse_id: str
    status: str
    is_heard: bool
    is_set_up: bool
    is_served: bool
    is_reservable: bool
    connectors: tuple[ConnectorFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationFacts:
    slug: str
    name: str
    address: str
    city: str
    postal_code: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    opening_hours: Mapping[str, Sequence[str]]
    operator: str
    party: Party
    evses: tuple[EvseFacts, ...]


def obstacles(facts: LocationFacts) -> list[str]:
    """Returns what is missing, as texts for the host. Without it the location is sent to no partner."""
    missing = [
        name
        for name, value in (
            ("its address", facts.address),
            ("its city", facts.city),
            ("its country", three_letters(facts.country)),
            ("its position on the map", facts.latitude is not None and facts.longitude is not None),
        )
        if not value
    ]
    if not any(_connectors(evse, country=facts.country) for evse in facts.evses):
        missing.append("a charger whose connector type is known")
    return missing


def location(facts: LocationFacts) -> Body:
    """Returns the Location without any `last_updated`, which publication adds. Only for facts without obstacles."""
    assert facts.latitude is not None
    assert facts.longitude is not None
    optional: Body = {}
    if facts.postal_code:
        optional["postal_code"] = facts.postal_code[:10]
    return {
        "country_code": facts.party.country_code,
        "party_id": facts.party.party_id,
        "id": ocpi_ids.location_id(facts.slug),
        "publish": True,
        "name": facts.name[:255],
        "address": facts.address[:_MAX_TEXT],
        "city": facts.city[:_MAX_TEXT],
        **optional,
        "country": three_letters(facts.country),
        "coordinates": {"latitude": degrees(facts.latitude), "longitude": degrees(facts.longitude)},
        "evses": [
            evse(evse_facts, facts=facts)
            for evse_facts in facts.evses
            if _connectors(evse_facts, country=facts.country)
        ],
        "operator": {"name": facts.operator[:100]},
        "time_zone": facts.time_zone,
        "opening_times": opening_times(facts.opening_hours),
    }


def degrees(value: Decimal) -> str:
    """Returns degrees with five to seven decimals, as OCPI's pattern requires."""
    text = f"{value:.7f}"
    integer_part, _, decimals = text.partition(".")
    return f"{integer_part}.{decimals.rstrip('0').ljust(5, '0')}"


def evse(facts_of_evse: EvseFacts, *, facts: LocationFacts) -> Body:
    capabilities = [*_CAPABILITIES, *(["RESERVABLE"] if facts_of_evse.is_reservable else [])]
    return {
        "uid": ocpi_ids.evse_uid(facts_of_evse.charger_id, facts_of_evse.number),
        "evse_id": evse_id(facts_of_evse, party=facts.party),
        "status": status(facts_of_evse),
        "capabilities": sorted(capabilities),
        "connectors": _connectors(facts_of_evse, country=facts.country),
        "physical_reference": facts_of_evse.station_id[:16],
    }


def evse_id(facts_of_evse: EvseFacts, *, party: Party) -> str:
    """Returns the eMI3 id that was entered, or one made from the party and the number on the label."""
    if facts_of_evse.evse_id:
        return facts_of_evse.evse_id
    station = "".join(letter for letter in facts_of_evse.station_id.upper() if letter.isascii() and letter.isalnum())
    return f"{party.country_code}*{party.party_id}*E{station[:30]}*{facts_of_evse.number}"


def status(facts_of_evse: EvseFacts) -> str:
    """Returns the status (OCPI 2.2.1 8.4.22). The charger's report counts only while it is connected and served."""
    if not facts_of_evse.is_set_up:
        return "PLANNED"
    if not facts_of_evse.is_served:
        return "INOPERATIVE"
    if not facts_of_evse.is_heard or not facts_of_evse.status:
        return "UNKNOWN"
    if facts_of_evse.status in _IN_USE:
        return "CHARGING"
    return _STATUSES.get(facts_of_evse.status, "UNKNOWN")


def opening_times(hours: Mapping[str, Sequence[str]]) -> Body:
    """Returns the hours (OCPI 2.2.1 8.4.14).

    Hours past midnight are split there, because a period lies within its day.
    """
    if not hours:
        return {"twentyfourseven": True}
    regular: list[Body] = []
    for number, day in enumerate(_WEEK, start=1):
        if day not in hours:
            continue
        begin, end = hours[day][0], hours[day][1]
        if begin < end:
            regular.append({"weekday": number, "period_begin": begin, "period_end": end})
            continue
        regular.append({"weekday": number, "period_begin": begin, "period_end": "23:59"})
        if end > "00:00":
            regular.append({"weekday": number % 7 + 1, "period_begin": "00:00", "period_end": end})
    return {"twentyfourseven": False, "regular_hours": sorted(regular, key=_period_sort_key)}


def _period_sort_key(period: Body) -> tuple[int, str]:
    return period["weekday"], period["period_begin"]


def _connectors(facts_of_evse: EvseFacts, *, country: str) -> list[Body]:
    return [connector(plug, country=country) for plug in facts_of_evse.connectors if plug.standard]


def connector(plug: ConnectorFacts, *, country: str) -> Body:
    """Returns the connector (OCPI 2.2.1 8.3.3).

    Volts and amperes are derived from the power, which is what people enter.
    """
    power_type = power_type_of(plug)
    watts = plug.max_power_w or _USUAL_W[power_type]
    volts = _LOW_VOLTS if country in _LOW_VOLTAGE and power_type == "AC_1_PHASE" else _VOLTS[power_type]
    power_field = {"max_electric_power": plug.max_power_w} if plug.max_power_w else {}
    tariffs: Body = {"tariff_ids": list(plug.tariff_ids)} if plug.tariff_ids else {}
    if plug.tariffs_by_provider:
        tariffs["_tariffs_of"] = {key: list(ids) for key, ids in sorted(plug.tariffs_by_provider.items())}
    return {
        "id": str(plug.number),
        "standard": plug.standard,
        "format": "SOCKET" if _is_socket(plug) else "CABLE",
        "power_type": power_type,
        "max_voltage": volts,
        "max_amperage": max(round(watts / volts / _PHASES[power_type]), 1),
        **power_field,
        **tariffs,
    }


def power_type_of(plug: ConnectorFacts) -> str:
    if plug.standard in _DC:
        return "DC"
    has_three = plug.standard.startswith(("IEC_62196_T2", "IEC_62196_T3C", "GBT_AC"))
    if plug.standard in _THREE_PHASES or (has_three and (plug.max_power_w or 0) > _ONE_PHASE_UP_TO_W):
        return "AC_3_PHASE"
    return "AC_1_PHASE"


def _is_socket(plug: ConnectorFacts) -> bool:
    return plug.standard in _SOCKETS or plug.standard.startswith(_SOCKET_PREFIXES)
