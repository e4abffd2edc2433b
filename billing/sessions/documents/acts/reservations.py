"""Mails to drivers whose reservation of an outlet ends early."""

from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing.formatting import times
from billing.models import DriverToken
from billing.sessions.documents import outbox
from chargers.models import Maintenance, Reservation


def ended_by_maintenance(reservation: Reservation, row: Maintenance, *, now: datetime) -> bool:
    """Mails the driver of the reservation's charging card, once. False if the card is on no account."""
    tokens = DriverToken.objects.select_related("driver__user", "token")
    own = tokens.filter(token__canonical_uid=reservation.id_token.upper(), token__host=row.property.host).first()
    if own is None or own.driver.user is None:
        return False
    with translation.override(own.driver.language), timezone.override(row.property.time_zone):
        values = {
            "station": reservation.charger.station_id or reservation.charger.charger_id,
            "place": row.property.name,
            "end": times.format_moment(row.ends_at),
            "reason": row.reason,
        }
        subject = _("Your reservation at %(station)s has ended") % values
        text = _(
            "Your reservation at station %(station)s, %(place)s, has ended: there is maintenance until %(end)s "
            "(%(reason)s). You pay nothing for it."
        )
        key = f"reservation:{reservation.pk}:maintenance"
        outbox.queue_for_driver(own.driver, key=key, subject=subject, text=text % values, now=now)
    return True
