"""The charger as the subject of an audit entry."""

from authorization import audit
from chargers.models import Charger


def of_charger(charger: Charger) -> audit.Subject:
    return audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
