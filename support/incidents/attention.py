"""Open incidents at a charger, as its host may see them: nothing about other hosts."""

from dataclasses import dataclass
from datetime import datetime

from chargers.models import Charger
from support.incidents import patterns
from support.models import AffectedCharger, CommonFault


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAtCharger:
    """An open incident at one charger. `note`: support's text about it; empty: none yet."""

    sentence: str
    since: datetime
    note: str
    noted_at: datetime | None


def list_open(charger: Charger) -> list[IncidentAtCharger]:
    """Returns the open incidents that include the charger. One query."""
    rows = AffectedCharger.objects.filter(charger=charger, recovered_at=None, fault__closed_at=None)
    return [
        IncidentAtCharger(
            sentence=sentence(row.fault), since=row.since, note=row.fault.note, noted_at=row.fault.noted_at
        )
        for row in rows.select_related("fault").order_by("since")
    ]


def sentence(row: CommonFault) -> str:
    symptom = "are offline" if row.code == patterns.OFFLINE else f"report {row.code}"
    match row.kind:
        case CommonFault.Kind.SITE:
            return "Several chargers of this property do not work"
        case CommonFault.Kind.FIRMWARE:
            return f"Several chargers with this firmware {symptom}"
        case _:
            return f"Several chargers {symptom}"
