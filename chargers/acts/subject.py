"""The charger as the subject of an audit entry."""

from authorization import audit
from chargers.models import Charger


def of_charger(charger: Charger) -> audit.Subject:
    """Returns the charger under the id that stays when its hardware is replaced."""
    return audit.Subject("charger", charger.lasting_id(), charger.station_id, charger.property.host)
