"""The chargers that the guest of a booking may use."""

from authorization.models import Stay
from authorization.visits import stays
from chargers.models import Charger


def chargers_of(stay: Stay) -> list[Charger]:
    """Returns the chargers of the stay's unit, and those of the property that belong to no unit. One query."""
    rows = Charger.objects.filter(property=stay.property_id, retired_at=None).exclude(station_id="")
    return [charger for charger in rows.order_by("station_id") if stays.includes_charger(stay, charger)]
